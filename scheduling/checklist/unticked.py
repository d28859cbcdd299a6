"""Courses with a visit soon whose checklist is not complete, so that somebody can chase what is left."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from patients.models import Contact
from scheduling.checklist.chasing import last_about_items
from scheduling.checklist.readiness import AHEAD, ItemState, Readiness, load_readiness
from scheduling.models import ChaseNote, Course, Unit
from scheduling.states import CourseStatus

DAYS_AHEAD = 14


@dataclass(frozen=True)
class ToChase:
    """A course, and what of its checklist is left."""

    course: Course
    readiness: Readiness
    notes: Mapping[str, ChaseNote]

    @property
    def musts(self) -> list[ItemState]:
        return [each for each in self._left if each.item.is_must]

    @property
    def others(self) -> list[ItemState]:
        return [each for each in self._left if not each.item.is_must]

    @property
    def _left(self) -> list[ItemState]:
        """What runs out first is first; then what was never done, in the order of the checklist."""
        return sorted(self.readiness.left, key=lambda each: each.until or date.max)

    @property
    def contacts(self) -> list[Contact]:
        """Contacts with a phone number; none for a restricted child."""
        return [] if self.course.patient.restricted else self.course.patient.contacts_with_phone


def find_to_chase(unit: Unit, now: datetime, *, only_musts: bool = False) -> list[ToChase]:
    """Courses with a visit in the next 14 days, the soonest first; within a day those with most musts left.

    Six queries, however much is booked.
    """
    today = timezone.localdate(now)
    soon = Course.objects.filter(
        unit=unit,
        status__in=[CourseStatus.HELD, CourseStatus.BOOKED],
        sessions__status__in=AHEAD,
        sessions__day__range=(today, today + timedelta(days=DAYS_AHEAD)),
    )
    courses = soon.distinct().select_related("patient", "unit").prefetch_related("patient__contacts")
    found = list(_left([course for course in courses if not _has_lapsed(course, now)], now))
    if only_musts:
        found = [each for each in found if each.readiness.musts_left]
    return sorted(found, key=_soonest)


def _left(courses: list[Course], now: datetime) -> Iterator[ToChase]:
    by_course, notes = load_readiness(courses, now), last_about_items(courses)
    for course in courses:
        readiness = by_course.get(course.pk)
        if readiness and readiness.left and not readiness.is_over:
            about = {item: note for (pk, item), note in notes.items() if pk == course.pk}
            yield ToChase(course, readiness, about)


def _has_lapsed(course: Course, now: datetime) -> bool:
    return course.status == CourseStatus.HELD and course.held_until <= now


def _soonest(each: ToChase) -> tuple:
    return each.readiness.days[0].day, -each.readiness.musts_left, each.course.patient.name, each.course.pk
