"""The one lock of scheduling: whoever changes what a unit can carry takes it first."""

from datetime import datetime

from django.db.models import F

from patients.stale import is_stale
from scheduling.errors import ChangedMeanwhile
from scheduling.models import Course, Unit
from scheduling.unit.lapse import lapse_holds_of


def lock_unit(unit_id: int) -> None:
    """Nothing else is booked or changed in the unit until the transaction ends; its diary has a new version.

    One UPDATE does both, so that no change can forget the version: on PostgreSQL it locks the row, on SQLite
    the transaction holds the write lock already. A refusal rolls the version back.
    """
    Unit.objects.filter(pk=unit_id).update(diary_version=F("diary_version") + 1)


def lock_course(course: Course, now: datetime, seen: str | None) -> Course:
    """The course read anew under the unit's lock, with the holds of the unit that have lapsed let go.

    Raises ChangedMeanwhile if its version is not the one `seen`; None stands for any.
    """
    lock_unit(course.unit_id)
    lapse_holds_of(course.unit_id, now)
    course = Course.objects.select_related("unit", "patient").get(pk=course.pk)
    if is_stale(seen, course.version):
        raise ChangedMeanwhile(course)
    return course
