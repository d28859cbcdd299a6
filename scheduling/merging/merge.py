"""Making two records of one child one: what points to the one that goes follows, and then it is gone.

It is deleted, so that the database itself refuses a merge that leaves anything behind, and whoever saves
something about it in the same second. Nothing is sent, and no calendar entry changes.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, ProtectedError, Q

from crmo_clinic.nhsuk.fingerprint import fingerprint
from patients import audit
from patients.acts import PatientAct
from patients.errors import Refused
from patients.models import AuditEvent, Contact, Patient
from patients.models.merged import FormerNumber, Merge, NumberKind
from patients.stale import is_stale
from scheduling.merging.against import against, same_address
from scheduling.merging.following import Moved, kept_values, move, rename_messages
from scheduling.models import ChildLimits, Course, PatientNeed
from scheduling.states import CourseStatus
from scheduling.unit.lock import lock_unit
from scheduling.unit.recheck import recheck_course

# What a person chooses between, field by field.
FIELDS = (
    *("name", "known_as", "birth_date", "nhs_number", "hospital_number", "sex", "language"),
    *("interpreter_needed", "address", "needs", "allergies", "restricted_because", "sensitive"),
)
# What an empty field of a contact who is in both records gets from the other.
FILLED = ("phone", "language")
CHANGED = "Somebody changed one of the two records while you looked at them. Look at them again."


def mark_of(kept: Patient, gone: Patient) -> str:
    """A text that is another when either record, its contacts or its courses have changed."""
    return fingerprint([_mark(kept), _mark(gone)])


def _mark(patient: Patient) -> list[Any]:
    contacts = patient.contacts.order_by("pk")
    courses = patient.courses.order_by("pk").prefetch_related("sessions")
    return [
        kept_values(patient),
        [kept_values(contact) for contact in contacts],
        [[course.pk, course.version] for course in courses],
    ]


def merge(
    *, kept: Patient, gone: Patient, from_gone: Iterable[str], by: audit.Actor, seen: str | None = None
) -> Merge:
    """Put the record `gone` into `kept`. from_gone: the fields of which the value of `gone` counts.

    Raises Refused with every reason why it cannot be, also if one changed since `seen`.
    """
    try:
        with transaction.atomic():
            return _merge(kept, gone, from_gone, by, seen)
    except (ProtectedError, IntegrityError) as fault:
        # Somebody saved something about the record just now; the database looks when the merge is saved.
        raise Refused(CHANGED) from fault


def _merge(
    kept: Patient, gone: Patient, from_gone: Iterable[str], by: audit.Actor, seen: str | None
) -> Merge:
    kept, gone = lock_both(kept.pk, gone.pk)
    if is_stale(seen, mark_of(kept, gone)):
        raise Refused(CHANGED)
    if reasons := against(kept, gone):
        raise Refused(*reasons)
    before, gone_was = kept_values(kept), kept_values(gone)
    rows: dict[str, Any] = {"gone": gone_was, "kept": {}, "contacts": [], "limits": [], "needs": []}
    rows["contacts"] = [_unite_contacts(ours, theirs, by) for ours, theirs in same_address(kept, gone)]
    rows["needs"] = _drop_double_needs(kept, gone)
    rows["limits"] = _unite_limits(kept, gone)
    moved = move(gone, kept)
    rows["moved"] = moved
    gone.delete()
    for name in set(from_gone) & set(FIELDS):
        setattr(kept, name, getattr(gone, name))
    audit.save(kept, by=by)
    after = kept_values(kept)
    rows["kept"] = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
    done = Merge(kept=kept, gone_id=gone_was["id"], gone_number=gone_was["hospital_number"], by_name=by.name)
    done.save()
    _keep_numbers(done, kept, before, gone_was)
    _record(done, kept, gone_was, moved, by)
    recheck(kept.pk, by)
    done.rows = rows
    done.last_event = AuditEvent.objects.aggregate(last=Max("pk"))["last"] or 0
    done.save(update_fields=["rows", "last_event"])
    return done


def lock_both(*keys: int) -> list[Patient]:
    """The children, in this order, locked: their units first, as every act that writes mails does, then the
    children and then their contacts, each by key. Raises Refused if one is gone."""
    units = Course.objects.filter(patient__in=keys).order_by().values_list("unit", flat=True)
    for unit_id in sorted(set(units)):
        lock_unit(unit_id)
    found = Patient.objects.select_for_update().filter(pk__in=keys).order_by("pk").in_bulk()
    if len(found) < len(set(keys)):
        raise Refused("One of the two records is no longer there. Search for the child again.")
    list(Contact.objects.select_for_update().filter(patient__in=keys).order_by("pk").values_list("pk"))
    return [found[key] for key in keys]


def _unite_contacts(ours: Contact, theirs: Contact, by: audit.Actor) -> dict[str, Any]:
    """Let what is about a contact of the record that goes be about the same person in the other."""
    was, theirs_was = kept_values(ours), kept_values(theirs)
    limits = _unite_limits_of(
        ChildLimits.objects.filter(contact=ours), ChildLimits.objects.filter(contact=theirs)
    )
    moved = move(theirs, ours)
    rename_messages(moved.get("scheduling.Message.contact", ()), theirs.pk, ours.pk)
    for name in FILLED:
        if not getattr(ours, name):
            setattr(ours, name, getattr(theirs, name))
    ours.brings_child |= theirs.brings_child
    audit.delete(theirs, by=by, patient=theirs.patient_id)
    audit.save(ours, by=by, patient=ours.patient_id)
    now = kept_values(ours)
    changed = {name: [was[name], now[name]] for name in was if was[name] != now[name]}
    return {"ours": ours.pk, "theirs": theirs_was, "moved": moved, "changed": changed, "limits": limits}


def _drop_double_needs(kept: Patient, gone: Patient) -> list[dict[str, Any]]:
    """What both children need is there twice."""
    double = list(PatientNeed.objects.filter(patient=gone, need__in=kept.need_rows.values("need")))
    PatientNeed.objects.filter(pk__in=[row.pk for row in double]).delete()
    return [kept_values(row) for row in double]


def _unite_limits(kept: Patient, gone: Patient) -> list[dict[str, Any]]:
    of_family = ChildLimits.objects.filter(contact=None)
    return _unite_limits_of(of_family.filter(patient=kept), of_family.filter(patient=gone))


def _unite_limits_of(ours: Any, theirs: Any) -> list[dict[str, Any]]:
    """When somebody cannot come is what either record says. Both rows as they were, if there are two."""
    mine, other = ours.first(), theirs.first()
    if mine is None or other is None:
        return []
    rows = [kept_values(mine), kept_values(other)]
    dates = {tuple(dates) for dates in (*mine.impossible_dates, *other.impossible_dates)}
    mine.impossible_dates = sorted(map(list, dates))
    mine.weekdays_until = _later(
        mine.impossible_weekdays, mine.weekdays_until, other.impossible_weekdays, other.weekdays_until
    )
    mine.impossible_weekdays = sorted({*mine.impossible_weekdays, *other.impossible_weekdays})
    mine.not_before_until = _later(
        mine.not_before, mine.not_before_until, other.not_before, other.not_before_until
    )
    mine.not_before = max(filter(None, (mine.not_before, other.not_before)), default=None)
    if mine.short_notice is None:
        mine.short_notice = other.short_notice
    elif other.short_notice not in (None, mine.short_notice):
        mine.short_notice = None
    other.delete()
    mine.save()
    return rows


def _later(mine: Any, until: Any, other: Any, other_until: Any) -> Any:
    """Until when what either says holds: without an end if one has none."""
    ends = [end for said, end in ((mine, until), (other, other_until)) if said]
    return None if None in ends else max(ends, default=None)


def _keep_numbers(done: Merge, kept: Patient, *before: Mapping[str, Any]) -> None:
    """The numbers that either record had and the child no longer has."""
    numbers = {
        (kind, values[name])
        for values in before
        for kind, name in ((NumberKind.HOSPITAL, "hospital_number"), (NumberKind.NHS, "nhs_number"))
        if values[name] and values[name] != getattr(kept, name)
    }
    FormerNumber.objects.bulk_create(
        FormerNumber(patient=kept, kind=kind, number=number, merge=done) for kind, number in sorted(numbers)
    )


def _record(done: Merge, kept: Patient, gone: Mapping[str, Any], moved: Moved, by: audit.Actor) -> None:
    followed = sum(map(len, moved.values()))
    details = {"number": gone["hospital_number"], "rows": followed}
    audit.record(PatientAct.PATIENT_MERGED, by=by, on=kept, patient=kept, changes=details)
    # Under the record that is gone too: whoever reads its log reads where it went.
    into = {"into": kept.hospital_number}
    row = Patient(pk=gone["id"])
    audit.record(PatientAct.PATIENT_MERGED_INTO, by=by, on=row, patient=gone["id"], changes=into)


def recheck(patient_id: int, by: audit.Actor) -> None:
    """What the one record says of the family or the child holds for the courses of the other now too."""
    booked = Q(patient=patient_id, status=CourseStatus.BOOKED)
    for course in Course.objects.filter(booked).select_related("unit", "patient").order_by("pk"):
        recheck_course(course, by=by)
