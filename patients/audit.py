"""The two logs: every write (`record`, `save`, `delete`) and every look (`looked_at`). Both are append-only.

Call these inside the transaction of what they record: a log that can lag behind is not evidence.
"""

from collections.abc import Iterable, Mapping, Sequence
from secrets import token_urlsafe
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, models, transaction
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.functional import Promise

from crmo_clinic.nhsuk import review
from patients import stale
from patients.acts import LoggedAct, act_on_row, known_acts
from patients.models import AccessEvent, AuditEvent, Merge, Patient, User
from patients.stale import Clash

# Where a session keeps the keys of sensitive records for which a reason was given.
OPENED = "opened_with_reason"
# A secret is one even hashed or sealed, a sign-in is no change, and `search_name` only repeats the name.
NEVER_LOGGED = {"password", "secret_hash", "sealed_secret", "former_sealed", "last_login", "search_name"}


class OnlyForReview(Exception):
    """A form that was only brought back for review would have been acted on."""


class WasMerged(Exception):
    """A record was asked for that was merged into another, which stands for it."""

    def __init__(self, merge: Merge) -> None:
        self.merge = merge


class NeedsReason(Exception):
    """A sensitive record is about to be opened, and no reason was given in this sign-in."""

    def __init__(self, patient_id: int) -> None:
        self.patient_id = patient_id


class System:
    """An actor that is not a person: the worker, an import. Named like one, so the log reads the same."""

    pk = None
    is_authenticated = True

    def __init__(self, name: str) -> None:
        self.name = name


Actor = User | System
WORKER = System("worker")


def record(
    act: LoggedAct,
    *,
    by: Actor,
    on: models.Model,
    patient: Patient | int | None,
    changes: Mapping[str, Any] = {},
) -> None:
    """Write one audit row.

    changes: the details of the act, by name. Raises ValueError if nobody is named, if the act is unknown,
    or if its details have another shape.
    """
    _event(act, by, on, patient, changes).save(force_insert=True)


def _event(
    act: LoggedAct, by: Actor, on: models.Model, patient: Patient | int | None, changes: Mapping[str, Any]
) -> AuditEvent:
    if review.reason():
        # Every write leaves a row here, in its transaction: so this undoes whatever was written.
        raise OnlyForReview
    if act not in known_acts() or not isinstance(act, LoggedAct):
        raise ValueError(f"{act!r} is no act that the log knows.")
    details = {name: _plain(value) for name, value in changes.items()}
    act.check(type(on), details)
    return AuditEvent(
        at=timezone.now(),
        **_who(by),
        patient_id=patient.pk if isinstance(patient, Patient) else patient,
        action=act.value,
        record=on._meta.model_name,
        record_id=on.pk,
        changes=details,
        salt=token_urlsafe(12),
    )


def save(
    instance: models.Model,
    *,
    by: Actor,
    patient: Patient | int | None = None,
    details: Mapping[str, Any] = {},
) -> bool:
    """Save one row with its audit row. Returns whether anything changed; else nothing is written.

    details: what the act keeps beside the fields, such as where a change came from.
    Raises Clash if the row is gone, or if it conflicts with one that somebody else saved just now.
    """
    with transaction.atomic():
        before = _values(_locked(instance)) if instance.pk else {}
        after = _values(instance)
        changes = _pairs(before, after)
        if before and not changes:
            return False
        try:
            with transaction.atomic():
                instance.save()
        except IntegrityError:
            # The error's text contains the values, such as children's numbers, which must not reach a log.
            noun = instance._meta.verbose_name
            raise Clash(f"Somebody else saved a {noun} like this just now. Open the list again.") from None
        if patient is None and isinstance(instance, Patient):
            patient = instance
        verb = "changed" if before else "added"
        act = act_on_row(type(instance), verb)
        record(act, by=by, on=instance, patient=patient, changes={**changes, **details})
        return True


def save_all(rows: Sequence[models.Model], *, by: Actor, batch: int = 500) -> None:
    """Save rows of one model about children, each with its audit row, as `save` does; a few queries a batch.

    Raises Clash if one is gone, or cannot stand beside one that somebody else saved just now.
    """
    for start in range(0, len(rows), batch):
        with transaction.atomic():
            _save_batch(rows[start : start + batch], by)


def _save_batch(rows: Sequence[models.Model], by: Actor) -> None:
    model = type(rows[0])
    new, kept = [row for row in rows if not row.pk], [row for row in rows if row.pk]
    stored = {
        row.pk: row
        for row in model._base_manager.select_for_update()
        .filter(pk__in=[row.pk for row in kept])
        .order_by("pk")
    }
    if gone := next((row.pk for row in kept if row.pk not in stored), None):
        raise Clash(stale.removed(model, gone))
    compared = [(row, _pairs(_values(stored[row.pk]), _values(row))) for row in kept]
    changed = [(row, pairs) for row, pairs in compared if pairs]
    fields = {name for _, pairs in changed for name in pairs}
    try:
        with transaction.atomic():
            model._base_manager.bulk_create(new)
            if changed:
                model._base_manager.bulk_update([row for row, _ in changed], fields)
    except IntegrityError:
        # As in `save`: its text holds numbers of children.
        noun = model._meta.verbose_name
        raise Clash(f"Somebody else saved a {noun} like this just now. Open the list again.") from None
    events = [
        _event(act_on_row(model, "added"), by, row, row.patient_id, _pairs({}, _values(row))) for row in new
    ]
    events += [_event(act_on_row(model, "changed"), by, row, row.patient_id, pairs) for row, pairs in changed]
    AuditEvent.objects.bulk_create(events)


def _pairs(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """What changed, as the log keeps it."""
    return {name: [before.get(name), value] for name, value in after.items() if before.get(name) != value}


def delete(instance: models.Model, *, by: Actor, patient: Patient | int | None = None) -> None:
    """Delete one row, its last values kept in the audit row. Raises Clash if it is gone already."""
    with transaction.atomic():
        changes = {name: [value, None] for name, value in _values(_locked(instance)).items()}
        record(act_on_row(type(instance), "removed"), by=by, on=instance, patient=patient, changes=changes)
        instance.delete()


def delete_all(rows: models.QuerySet[Any], *, by: Actor) -> None:
    """Delete rows of one model that are children or about one, each with its audit row, as `delete` does."""
    with transaction.atomic():
        found = list(rows.select_for_update().order_by("pk"))
        events = [
            _event(
                act_on_row(type(row), "removed"),
                by,
                row,
                row.pk if isinstance(row, Patient) else row.patient_id,
                {name: [value, None] for name, value in _values(row).items()},
            )
            for row in found
        ]
        AuditEvent.objects.bulk_create(events)
        rows.model._base_manager.filter(pk__in=[row.pk for row in found]).delete()


def last(instance: models.Model, act: LoggedAct | None = None) -> AuditEvent | None:
    """The latest audit row about this row, of that act if one is named."""
    events = AuditEvent.objects.filter(record=instance._meta.model_name, record_id=instance.pk)
    return (events.filter(action=act) if act else events).first()


def looked_at(page: str, *, by: Actor, patients: Iterable[Patient | int] = ()) -> None:
    """Log that `by` saw these children on `page` (a URL name), in one row; also that a list was empty."""
    ids = list(dict.fromkeys(p.pk if isinstance(p, Patient) else p for p in patients))
    event = AccessEvent(at=timezone.now(), **_who(by), page=page)
    if len(ids) > 1:
        event.children = f",{','.join(map(str, ids))},"
    else:
        event.patient_id = ids[0] if ids else None
    event.save(force_insert=True)


def look_at_patient(request: HttpRequest, pk: int) -> Patient:
    """Load a child for a page and log the look in one call, so that neither is forgotten. 404 if unknown.

    Raises WasMerged if the record was merged into another.
    """
    patient = Patient.objects.with_has_merges().filter(pk=pk).first()
    if patient is None:
        if merge := Merge.objects.filter(gone_id=pk, undone_at__isnull=True).first():
            raise WasMerged(merge)
        raise Http404
    look_at_records(request, [patient])
    return patient


def look_at_records(request: HttpRequest, patients: Sequence[Patient]) -> None:
    """Log that the page shows these children's records. Raises NeedsReason before a sensitive one opens."""
    for patient in patients:
        if patient.sensitive and patient.pk not in request.session.get(OPENED, ()):
            raise NeedsReason(patient.pk)
    looked_at(request.resolver_match.view_name, by=request.user, patients=patients)


def _who(by: Actor) -> dict[str, Any]:
    if not getattr(by, "is_authenticated", False) or not by.name:
        raise ValueError("Every write and every look names its actor.")
    return {"actor_id": by.pk, "actor_name": by.name}


def _locked(instance: models.Model) -> models.Model:
    """The stored row, locked until the transaction ends. Raises Clash if it is gone."""
    stored = type(instance)._base_manager.select_for_update().filter(pk=instance.pk).first()
    if stored is None:
        raise Clash(stale.removed(type(instance), instance.pk))
    return stored


def _values(instance: models.Model) -> dict[str, Any]:
    fields = [f for f in instance._meta.concrete_fields if not f.primary_key and f.name not in NEVER_LOGGED]
    return {field.name: field.value_from_object(instance) for field in fields}


def _plain(value: Any) -> Any:
    """The value as JSON can hold it. Raises TypeError for others, like bytes: these never belong in a log."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Promise):
        return str(value)
    return DjangoJSONEncoder().default(value)
