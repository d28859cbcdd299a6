"""The one lock of scheduling: every act that changes what a unit can carry takes it first."""

from datetime import datetime

from django.db.models import F, Q

from patients.stale import is_stale
from scheduling.errors import ChangedMeanwhile
from scheduling.models import Course, Session, Unit
from scheduling.unit.lapse import lapse_holds_of


def lock_unit(unit_id: int) -> None:
    """Lock the unit until the transaction ends, and give its diary a new version.

    One UPDATE does both, so that no change can forget the version. On PostgreSQL it locks the row; on SQLite
    the transaction already holds the write lock. A refusal rolls the version back.
    """
    Unit.objects.filter(pk=unit_id).update(diary_version=F("diary_version") + 1)


def lock_course(course: Course, now: datetime, seen: str | None) -> Course:
    """The course, read again under the unit's lock. Holds of the unit that have lapsed are released first.

    Its `when_locked` has its sessions with their bookings, and the other live ones of the child. Raises
    ChangedMeanwhile if its version is not `seen`; None accepts any version.
    """
    known = course.unit
    lock_unit(course.unit_id)
    # The course and the lapsed holds, in one query: hardly ever are there any.
    lapsed = Q(unit=course.unit_id, held_until__lte=now)
    # What is kept of the act before is joined only where acts can be undone.
    undoable = ["undoable"] if course.unit.undo_minutes else []
    read = Course.objects.select_related("unit", "patient", *undoable)
    rows = {row.pk: row for row in read.filter(Q(pk=course.pk) | lapsed).order_by()}
    if any(row.is_lapsed(now) for row in rows.values()):
        lapse_holds_of(course.unit_id, now)
        rows = {course.pk: read.get(pk=course.pk)}
    course = rows[course.pk]
    if course.unit.diary_version == known.diary_version + 1:
        _take_over(known, course.unit)
    of_child = Session.objects.filter(course__patient=course.patient_id).select_related("booking")
    course.when_locked = [each for each in of_child if each.course_id == course.pk or each.is_live]
    own = [session for session in course.when_locked if session.course_id == course.pk]
    for session in own:
        session.course = course
    if is_stale(seen, course.version_on(session for session in own if session.is_live)):
        raise ChangedMeanwhile(course)
    return course


def _take_over(known: Unit, unit: Unit) -> None:
    """Give the locked unit what was prefetched for it before: nobody has changed since what it can carry."""
    read = getattr(known, "_prefetched_objects_cache", {})
    kept = {name: rows for name, rows in read.items() if name in ("chairs", "opening_hours")}
    vars(unit).setdefault("_prefetched_objects_cache", {}).update(kept)
