"""When a family cannot come, kept with the child: it holds for every course, until the day it ends.

Each contact has limits of their own, and separated parents are not shown each other's days. What holds for
the whole family has no contact. A course may have limits beside these, which staff enter and which end with
it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from django.db import transaction
from django.utils import timezone

from patients import audit
from patients.models import Contact, Patient
from scheduling.models import ChildLimits, Course, DateRange
from scheduling.states import CourseStatus
from scheduling.unit.lock import lock_unit
from scheduling.unit.recheck import close_unfit, recheck_course

# Courses for which days are looked for, or whose days may no longer fit.
OPEN = (CourseStatus.WAITING, CourseStatus.HELD, CourseStatus.BOOKED)


@dataclass(frozen=True)
class Limits:
    """When somebody cannot come.

    dates: pairs of first and last day, both included. weekdays: Monday is 0. not_before: the earliest time of
    arrival. weekdays_until, not_before_until: the last day on which these hold; None for no end.
    short_notice: whether they can come at short notice; None if not asked.
    """

    dates: frozenset[DateRange] = frozenset()
    weekdays: frozenset[int] = frozenset()
    weekdays_until: date | None = None
    not_before: time | None = None
    not_before_until: date | None = None
    short_notice: bool | None = None

    def forbid(self, day: date) -> bool:
        """Whether they cannot come on that day at all."""
        weekdays_hold = self.weekdays_until is None or day <= self.weekdays_until
        in_a_range = any(first <= day <= last for first, last in self.dates)
        return in_a_range or (weekdays_hold and day.weekday() in self.weekdays)

    def earliest_on(self, day: date) -> time:
        """When they can be there at the earliest on that day."""
        holds = self.not_before_until is None or day <= self.not_before_until
        return (holds and self.not_before) or time.min


def limits_in(row: ChildLimits) -> Limits:
    return Limits(
        dates=frozenset(row.impossible_ranges),
        weekdays=frozenset(row.impossible_weekdays),
        weekdays_until=row.weekdays_until,
        not_before=row.not_before,
        not_before_until=row.not_before_until,
        short_notice=row.short_notice,
    )


def limits_of(patient_id: int, contact: Contact | None) -> Limits:
    """The limits of one contact, or of the whole family. One query."""
    row = ChildLimits.objects.filter(patient=patient_id, contact=contact).first()
    return limits_in(row) if row else Limits()


def all_limits(course: Course) -> list[Limits]:
    """Everybody's limits that hold for a course, and then its own. Two queries."""
    own = Limits(
        dates=frozenset(course.impossible_ranges),
        weekdays=frozenset(course.impossible_weekdays),
        not_before=course.not_before,
        short_notice=course.short_notice,
    )
    return [*map(limits_in, ChildLimits.objects.filter(patient=course.patient_id)), own]


@transaction.atomic
def set_limits(*, patient: Patient, contact: Contact | None, said: Limits, by: audit.Actor) -> None:
    """Save when a contact cannot come, or the whole family, in place of what was saved before.

    The booked courses of the child are checked again: a task is opened for one that no longer fits.
    """
    courses = Course.objects.filter(patient=patient, status__in=OPEN).order_by("unit", "pk")
    for unit_id in courses.order_by("unit").values_list("unit", flat=True).distinct():
        lock_unit(unit_id)
    values = _values(said)
    row = ChildLimits.objects.filter(patient=patient, contact=contact).first()
    if row is None and values == _values(Limits()):
        return
    row = row or ChildLimits(patient=patient, contact=contact)
    for name, value in values.items():
        setattr(row, name, value)
    if audit.save(row, by=by, patient=patient.pk):
        _recheck(list(courses.select_related("unit", "patient")), by)


def _recheck(courses: Collection[Course], by: audit.Actor) -> None:
    for course in courses:
        recheck_course(course, by=by)
    for unit in {course.unit for course in courses}:
        close_unfit(unit, now=timezone.now(), by=by)


def _values(said: Limits) -> dict[str, Any]:
    return {
        "impossible_dates": [[first.isoformat(), last.isoformat()] for first, last in sorted(said.dates)],
        "impossible_weekdays": sorted(said.weekdays),
        "weekdays_until": said.weekdays_until if said.weekdays else None,
        "not_before": said.not_before,
        "not_before_until": said.not_before_until if said.not_before else None,
        "short_notice": said.short_notice,
    }
