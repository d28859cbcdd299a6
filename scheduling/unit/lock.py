"""The one lock of scheduling: every act that changes what a unit can carry takes it first."""

from datetime import datetime

from django.db.models import F

from patients.stale import is_stale
from scheduling.errors import ChangedMeanwhile
from scheduling.models import Course, Unit
from scheduling.unit.lapse import lapse_holds_of


def lock_unit(unit_id: int) -> None:
    """Lock the unit until the transaction ends, and give its diary a new version.

    One UPDATE does both, so that no change can forget the version. On PostgreSQL it locks the row; on SQLite
    the transaction already holds the write lock. A refusal rolls the version back.
    """
    Unit.objects.filter(pk=unit_id).update(diary_version=F("diary_version") + 1)


def lock_course(course: Course, now: datetime, seen: str | None) -> Course:
    """The course, read again under the unit's lock. Holds of the unit that have lapsed are released first.

    Raises ChangedMeanwhile if its version is not `seen`; None accepts any version.
    """
    lock_unit(course.unit_id)
    lapse_holds_of(course.unit_id, now)
    course = Course.objects.select_related("unit", "patient").get(pk=course.pk)
    if is_stale(seen, course.version):
        raise ChangedMeanwhile(course)
    return course
