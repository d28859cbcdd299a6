"""Ticking what has been done before a course, taking a tick back, and answering for what was not done."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone

from crmo_clinic.nhsuk.wording import long_date, moment
from patients import audit
from patients.access import Permission, may
from patients.stale import is_stale, nothing_done
from scheduling.acts import Act, record
from scheduling.checklist.readiness import ItemState, readiness_of
from scheduling.errors import NotDone, Refused
from scheduling.models import Course, ReadinessCheck, ReadinessOverride, Session, TickedBy
from scheduling.states import CourseStatus


@dataclass(frozen=True)
class Override:
    """Who decided that a drip starts without a must, and why. seen: keys of the items that the page named."""

    approved_by: str
    reason: str
    seen: frozenset[str]


@transaction.atomic
def tick(
    *, course: Course, key: str, done_on: date, note: str = "", by: audit.Actor, seen: int | None = None
) -> ReadinessCheck:
    """Record that an item was done on that day.

    seen: the key of the newest row about it that the page showed, 0 if none. Raises Refused if there is a
    newer one, if the item is not on the checklist or not for `by` to tick, or if the day is still to come or
    before the child was born.
    """
    course = _locked(course)
    found = _item(course, key)
    today = timezone.localdate()
    _refuse_role(found, by)
    if done_on > today:
        raise Refused(f"Nothing can be ticked as done on {long_date(done_on)}, which is still to come.")
    if done_on < course.patient.birth_date:
        raise Refused("Nothing can be ticked as done before the child was born.")
    same = found.check and found.check.done_on == done_on and found.check.note == note
    if same and found.check.checked_by == by.name:
        return found.check
    _refuse_stale(found, seen)
    return _add(course, found, by, is_done=True, done_on=done_on, note=note)


@transaction.atomic
def take_back(*, course: Course, key: str, by: audit.Actor, seen: int | None = None) -> ReadinessCheck:
    """Record that an item is not done after all; the tick stays in the record. Raises as `tick` does."""
    course = _locked(course)
    found = _item(course, key)
    _refuse_role(found, by)
    if found.check and not found.check.is_done and found.check.checked_by == by.name:
        return found.check
    _refuse_stale(found, seen)
    if found.done_on is None:
        raise Refused(f"“{found.item.label}” is not ticked, so nothing was taken back.")
    return _add(course, found, by, is_done=False)


def answer_for(session: Session, override: Override | None, *, by: audit.Actor) -> None:
    """Called before a drip starts: if a must is missing on that day, record who answers for it.

    An override given earlier for the same visit still counts, so a press that is undone and repeated asks
    nothing new. Raises NotDone without an override, or if more is missing than the page named. The caller
    holds the unit's lock.
    """
    now = timezone.now()
    readiness = readiness_of(session.course, now)
    missing = readiness.must_be_done_on(session.day) if readiness else []
    keys = {each.item.key for each in missing}
    if not missing or any(keys <= set(earlier.missing) for earlier in readiness.overrides_of(session.pk)):
        return
    if override is None or not keys <= override.seen:
        raise NotDone(missing)
    labels = [each.item.label for each in missing]
    row = ReadinessOverride.objects.create(
        session=session,
        approved_by=override.approved_by,
        reason=override.reason,
        missing=[[each.item.key, each.item.label] for each in missing],
        by_name=by.name,
        at=now,
    )
    changes = {
        "day": session.number,
        "missing": labels,
        "reason": row.reason,
        "decided": row.approved_by,
    }
    record(Act.OVERRIDE_ADDED, row, by, changes)


def _locked(course: Course) -> Course:
    """The course, locked, so that of two colleagues the second sees what the first ticked."""
    rows = Course.objects.select_for_update(of=("self",)).select_related("patient", "unit")
    course = rows.get(pk=course.pk)
    if course.status == CourseStatus.CANCELLED:
        raise Refused("This course was cancelled, so its checklist stays as it is.")
    return course


def _item(course: Course, key: str) -> ItemState:
    readiness = readiness_of(course, timezone.now())
    found = readiness.of(key) if readiness else None
    if found is None:
        raise Refused("This is not on the checklist of this course any more. The page shows what is.")
    return found


def _refuse_role(found: ItemState, by: audit.Actor) -> None:
    if found.item.ticked_by == TickedBy.NURSE and not may(by, Permission.CHECK_AS_NURSE):
        raise Refused(f"“{found.item.label}” is for a nurse or the unit lead to tick.")


def _refuse_stale(found: ItemState, seen: int | None) -> None:
    check = found.check
    if not is_stale(seen, check.pk if check else 0):
        return
    when = moment(timezone.localtime(check.checked_at), timezone.localdate())
    act = "ticked" if check.is_done else "took back"
    did = f"{check.checked_by} {act} “{found.item.label}” {when}"
    raise Refused(nothing_done(did))


def _add(
    course: Course,
    found: ItemState,
    by: audit.Actor,
    *,
    is_done: bool,
    done_on: date | None = None,
    note: str = "",
) -> ReadinessCheck:
    check = ReadinessCheck.objects.create(
        course=course,
        key=found.item.key,
        label=found.item.label,
        is_done=is_done,
        done_on=done_on,
        note=note,
        # Somebody who can read private notes may have kept the old words; anybody else has written new ones.
        private=found.note_is_private and may(by, Permission.CHECK_AS_NURSE),
        checked_by=by.name,
        checked_at=timezone.now(),
    )
    # The note is left out: more people may read the log than a private note.
    changes = {"item": check.label, "done_on": [found.done_on, done_on]}
    act = Act.CHECK_TICKED if is_done else Act.CHECK_TAKEN_BACK
    record(act, check, by, changes)
    return check
