"""Who did what to a row while somebody else had its page open, as sentences. The log knows."""

from collections.abc import Mapping, Sequence

from django.db.models import Model, Q
from django.utils import timezone

from crmo_clinic.nhsuk.wording import listed, moment
from patients.models import AuditEvent

# What was done, by the action's name in the log: a clause in which `{who}` stands for the actor.
Acts = Mapping[str, str]


def last_act(rows: Sequence[Model], acts: Acts) -> str:
    """`Ann Lee moved this course at 10:42am today`, for the latest of `acts` on these rows, if any."""
    about = Q()
    for row in rows:
        about |= Q(record=row._meta.model_name, record_id=row.pk)
    event = AuditEvent.objects.filter(about, action__in=acts).first()
    return _clause(event, acts[event.action]) if event else ""


def removal_of(model: type[Model], pk: int) -> AuditEvent | None:
    """The log's entry about the removal of a row that is gone."""
    name = model._meta.model_name
    return AuditEvent.objects.filter(record=name, record_id=pk, action=f"{name}.removed").first()


def removed(model: type[Model], pk: int) -> str:
    """`Ann Lee removed this closure at 10:42am today.`"""
    noun = model._meta.verbose_name
    event = removal_of(model, pk)
    return (
        f"{_clause(event, f'{{who}} removed this {noun}')}."
        if event
        else f"The {noun} was removed by somebody else."
    )


def changes_since(row: Model, last_seen: int, labels: Mapping[str, str], acts: Acts) -> list[str]:
    """What was done to a row since the log's entry number `last_seen`, one clause for each person and minute.

    labels: what a page calls each field; a change of any other is only "changed this child".
    """
    noun = row._meta.verbose_name
    events = AuditEvent.objects.filter(record=row._meta.model_name, record_id=row.pk, pk__gt=last_seen)
    said: dict[tuple[str, str], list[str]] = {}
    for event in events.order_by("pk"):
        if event.action in acts:
            said[_clause(event, acts[event.action]), ""] = []
        else:
            changed = said.setdefault((event.actor_name, moment_of(event)), [])
            changed += [label for name, label in labels.items() if name in event.changes]
    return [
        f"{who} changed {listed(dict.fromkeys(changed)) or f'this {noun}'} {when}" if when else who
        for (who, when), changed in said.items()
    ]


def moment_of(event: AuditEvent) -> str:
    """`at 10:42am today`."""
    return moment(timezone.localtime(event.at), timezone.localdate())


def _clause(event: AuditEvent, act: str) -> str:
    return f"{act.format(who=event.actor_name)} {moment_of(event)}"
