"""Stale pages, whose contents somebody changed while they were open: how to notice, and what to say.

A page carries the `fingerprint` of what it was drawn from in a hidden field `seen`, and `is_stale` compares
it with that of now: a form through `nhsuk.forms.WatchedForm`, a button through the `version` of its row.
Who did what meanwhile is read from the log. Acts on courses, visits and tasks are refused with
`scheduling.errors.ChangedMeanwhile`, whose sentence is made here too.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Model, Q
from django.utils import timezone

from crmo_clinic.nhsuk.fingerprint import fingerprint
from crmo_clinic.nhsuk.wording import listed, moment
from patients.errors import Refused
from patients.models import AuditEvent

__all__ = [
    "KEPT", "Acts", "Clash", "changes_since", "fingerprint", "is_stale", "last_act", "mark_of", "moment_of",
    "nothing_done", "read_mark", "removal_of", "removed", "typed_is_kept", "while_here",
]  # fmt: skip

# By the name of an act in the log: a clause in which `{who}` stands for the actor.
Acts = Mapping[str, str]

KEPT = "What you typed is kept: check it and save again."


class Clash(Refused):
    """Somebody else just saved a row that conflicts with this one, or this row is gone."""


def is_stale(seen: Any, now: Any) -> bool:
    """Whether a page was drawn from another version than the present one. seen: None if there was no page."""
    return seen is not None and seen != now


def while_here(act: str) -> str:
    """`Ann Lee wrote version 3 while you were on this page`."""
    return f"{act} while you were on this page"


def nothing_done(act: str) -> str:
    """`Ann Lee moved this course at 10:42am today, while you were on this page, so nothing was done.`"""
    return f"{while_here(f'{act},')}, so nothing was done."


def typed_is_kept(acts: Sequence[str]) -> str:
    """What a form says when others have changed the same row; empty if nobody has."""
    return f"{'. '.join(acts)}. {KEPT}" if acts else ""


def mark_of(last: AuditEvent | None) -> str:
    """The number of the log's latest entry, for a page to send back; empty if none. `read_mark` reads it."""
    return str(last.pk) if last else ""


def read_mark(text: str) -> int:
    """The number of the log's entry that a page sent back; 0 if it was spoiled."""
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def last_act(rows: Sequence[Model], acts: Acts, *, since: int = 0) -> str:
    """`Ann Lee moved this course at 10:42am today`, for the latest of `acts` on these rows, if any.

    since: only what the log has after its entry of this number.
    """
    about = Q(pk=None)
    for row in rows:
        about |= Q(record=row._meta.model_name, record_id=row.pk)
    event = AuditEvent.objects.filter(about, action__in=acts, pk__gt=since).first()
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
