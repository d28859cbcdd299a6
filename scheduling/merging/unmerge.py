"""Undoing a merge: within a day, and only while nobody has worked on the record since."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from crmo_clinic.nhsuk.wording import moment, quantity
from patients import audit
from patients.acts import PatientAct
from patients.errors import Refused
from patients.log_words import title
from patients.models import AuditEvent, Contact, Patient
from patients.models.merged import TO_UNDO, Merge
from scheduling.merging.following import move_back, rename_messages, row_of
from scheduling.merging.merge import lock_both, recheck
from scheduling.models import ChildLimits, Message, PatientNeed

BY_HAND = (
    "so it cannot be undone by itself any more. Add the other record again, and enter there what is its own."
)


def why_not_undone(done: Merge, now: datetime) -> str:
    """Why a merge cannot be undone, as a sentence; empty if it can. Three queries at most."""
    if done.undone_at:
        return f"{done.undone_by} has undone this merge already."
    if not done.is_open(now):
        return "A merge can be undone for a day."
    if Merge.objects.filter(kept=done.kept_id, undone_at__isnull=True, pk__gt=done.pk).exists():
        return "Another record was merged into this one later. Undo that first."
    since = AuditEvent.objects.filter(patient_id=done.kept_id, pk__gt=done.last_event, actor_id__isnull=False)
    # Sending an event to another system again changes nothing of the record.
    if event := since.exclude(record="webhookevent").order_by("pk").first():
        at = moment(timezone.localtime(event.at), timezone.localdate(now))
        what = title(event)
        what = f"{what[0].lower()}{what[1:]}, {at}"
        return f"{event.actor_name} has worked on this record since ({what}), {BY_HAND}"
    gone = done.rows["gone"]
    taken = Q(hospital_number__iexact=gone["hospital_number"])
    if gone["nhs_number"]:
        taken |= Q(nhs_number=gone["nhs_number"])
    if Patient.objects.filter(taken).exclude(pk=done.kept_id).exists():
        return f"Another child has a number of the record that is gone by now, {BY_HAND}"
    return ""


@transaction.atomic
def unmerge(*, done: Merge, by: audit.Actor) -> Patient:
    """Make two records of one again, each as it was. Returns the one that was gone. Raises Refused."""
    (kept,) = lock_both(done.kept_id)
    done = Merge.objects.select_for_update().get(pk=done.pk)
    if why := why_not_undone(done, timezone.now()):
        raise Refused(why)
    rows: dict[str, Any] = done.rows
    done.numbers.all().delete()
    before = row_of(Patient, {name: was for name, (was, _) in rows["kept"].items()})
    for name in rows["kept"]:
        setattr(kept, name, getattr(before, name))
    audit.save(kept, by=by)
    gone = row_of(Patient, rows["gone"])
    gone.save(force_insert=True)
    move_back(rows["moved"], kept.pk, gone.pk)
    for values in rows["needs"]:
        row_of(PatientNeed, values).save(force_insert=True)
    _put_back_limits(rows["limits"])
    for united in rows["contacts"]:
        _part(united, gone, by)
    done.undone_at, done.undone_by, done.rows = timezone.now(), by.name, {}
    done.save(update_fields=["undone_at", "undone_by", "rows"])
    for patient, other in ((kept, gone), (gone, kept)):
        details = {"from": other.hospital_number}
        audit.record(PatientAct.PATIENT_UNMERGED, by=by, on=patient, patient=patient, changes=details)
        recheck(patient.pk, by)
    return gone


@dataclass(frozen=True)
class Forgotten:
    """Of how many merges it was forgotten how they would be undone; false if of none."""

    merges: int

    def __bool__(self) -> bool:
        return self.merges > 0

    def __str__(self) -> str:
        return f"Merges: {quantity(self.merges, 'merge')} can no longer be undone."


def forget_old(*, stopping: Callable[[], bool] = lambda: False) -> Forgotten:
    """Forget what would undo merges that can no longer be undone. That they were done stays."""
    old = Merge.objects.filter(at__lte=timezone.now() - TO_UNDO).exclude(rows={})
    return Forgotten(old.update(rows={}))


def _part(united: dict[str, Any], gone: Patient, by: audit.Actor) -> None:
    """Make two contacts of one again. What was written since about courses of the record is its own."""
    theirs = row_of(Contact, united["theirs"])
    theirs.save(force_insert=True)
    ours = Contact.objects.get(pk=united["ours"])
    move_back(united["moved"], ours.pk, theirs.pk)
    Message.objects.filter(contact=ours, course__patient=gone).update(contact=theirs)
    mails = Message.objects.filter(contact=theirs).values_list("pk", flat=True)
    rename_messages(list(mails), ours.pk, theirs.pk)
    before = row_of(Contact, {name: was for name, (was, _) in united["changed"].items()})
    for name in united["changed"]:
        setattr(ours, name, getattr(before, name))
    audit.save(ours, by=by, patient=ours.patient_id)
    _put_back_limits(united["limits"])


def _put_back_limits(rows: list[dict[str, Any]]) -> None:
    """The row that stayed as it was, and the one that was dropped."""
    if rows:
        mine, other = (row_of(ChildLimits, values) for values in rows)
        mine.save(force_update=True)
        other.save(force_insert=True)
