"""A unit's coming weeks, and the booked courses that no longer fit into them."""

from collections import defaultdict
from collections.abc import Set
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property

from django.db.models import QuerySet
from django.utils import timezone

from crmo_clinic.nhsuk.wording import capitalised, clock_range
from scheduling.diary import asked_by, load_diary
from scheduling.models import Course, Session, Unit
from scheduling.rules import CourseRequest, Diary, Objection, OpeningHours, Placement, Rule, Visit, objections
from scheduling.states import CourseStatus, SessionStatus

WEEKS = 8
A_DAY, A_WEEK = timedelta(days=1), timedelta(weeks=1)
# That a visit has begun since it was booked is nothing to put right.
RULES = frozenset(Rule) - {Rule.PAST}


@dataclass(frozen=True)
class Misfit:
    """A booked course that no longer fits, and what speaks against it on one of its days."""

    course: Course
    day: date
    objections: tuple[Objection, ...]


@dataclass(frozen=True)
class Day:
    """One day of a unit, as the preview shows it."""

    day: date
    diary: Diary
    misfits: tuple[Misfit, ...]

    @property
    def hours(self) -> OpeningHours | None:
        """The hours with the nurses really on; None if the unit is closed."""
        return self.diary.calendar.hours_on(self.day)

    @property
    def why_closed(self) -> str:
        return capitalised(self.diary.calendar.why_closed(self.day) or "")

    @property
    def usual_nurses(self) -> int:
        return self.diary.calendar.weekly[self.day.weekday()].nurses

    @property
    def visits(self) -> int:
        return len(self.diary.children_on(self.day))

    @cached_property
    def taken_otherwise(self) -> list[str]:
        """`Chair 2, 9am to 1pm: repair`, for each chair that something else has."""
        return [
            f"{self._chair_name(taken.chair)}, {clock_range(taken.start, taken.end)}: {taken.label}"
            for taken in self.diary.taken_on(self.day)
            if taken.course is None
        ]

    @property
    def is_worth_a_row(self) -> bool:
        """Weekdays on which the unit is never open stay out unless something stands on them."""
        return self.day.weekday() in self.diary.calendar.weekly or bool(self.diary.taken_on(self.day))

    def _chair_name(self, chair_id: int) -> str:
        chair = self.diary.chair(chair_id)
        return chair.name if chair else "A chair out of use"


def load_weeks(unit: Unit, now: datetime) -> list[tuple[date, list[Day]]]:
    """What is left of this week, and the next eight: the Monday of each and its days. Nine queries."""
    today = timezone.localdate(now)
    this_monday = today - timedelta(days=today.weekday())
    mondays = [this_monday + n * A_WEEK for n in range(WEEKS + 1)]
    last = mondays[-1] + A_WEEK - A_DAY
    diary = load_diary(unit, today - A_WEEK, last + A_WEEK, now)
    misfits = defaultdict(list)
    for misfit in find_misfits(diary, today, last):
        misfits[misfit.day].append(misfit)
    weeks = []
    for monday in mondays:
        dates = (monday + n * A_DAY for n in range(7))
        days = [Day(day, diary, tuple(misfits[day])) for day in dates if day >= today]
        weeks.append((monday, [day for day in days if day.is_worth_a_row]))
    return [(monday, days) for monday, days in weeks if days]


def count_misfits(unit: Unit, now: datetime) -> int:
    """How many booked courses no longer fit in the next eight weeks."""
    return len({misfit.course for _, days in load_weeks(unit, now) for day in days for misfit in day.misfits})


def short_of_nurses(unit: Unit, day: date, nurses: int | None, now: datetime) -> list[Misfit]:
    """The visits of `day` for which that many nurses would be too few; None stands for the weekly number."""
    diary = load_diary(unit, day - A_WEEK, day + A_WEEK, now)
    staffing = {other: number for other, number in diary.calendar.staffing.items() if other != day}
    if nurses is not None:
        staffing[day] = nurses
    changed = replace(diary, calendar=replace(diary.calendar, staffing=staffing))
    return find_misfits(changed, day, day, {Rule.NURSES})


def find_misfits(diary: Diary, first: date, last: date, rules: Set[Rule] = RULES) -> list[Misfit]:
    """What `rules` say against the courses booked from `first` to `last`, by course and day. Three queries.

    The diary must reach a week further on either side, so that it holds every course as a whole. An
    objection to a course as a whole stands at its first day shown.
    """
    visits = defaultdict(list)
    for taken in sorted(diary.taken, key=lambda taken: (taken.day, taken.start)):
        if taken.course is not None:
            visits[taken.course].append(Visit(taken.day, taken.chair, taken.start, taken.end - taken.start))
    shown = {pk: days for pk in visits if (days := [v.day for v in visits[pk] if first <= v.day <= last])}
    requests = _requests(Course.objects.filter(pk__in=shown, status=CourseStatus.BOOKED))
    found = []
    for pk in shown:
        if pk not in requests:
            continue
        course, request = requests[pk]
        against = defaultdict(list)
        for objection in objections(Placement(request, tuple(visits[pk])), diary):
            day = objection.day or shown[pk][0]
            if objection.rule in rules and day in shown[pk]:
                against[day].append(objection)
        found += [Misfit(course, day, tuple(sentences)) for day, sentences in against.items()]
    return found


def _requests(courses: QuerySet[Course]) -> dict[int, tuple[Course, CourseRequest]]:
    """Each course with what it asks for, as `request_for` gives it for one: three queries for any number."""
    courses = courses.select_related("patient").prefetch_related("impossible_dates")
    sessions = Session.objects.exclude(status=SessionStatus.CANCELLED)
    sessions = sessions.filter(course__patient__courses__in=courses)
    visits = defaultdict(set)
    for child, course_id, day in sessions.values_list("course__patient", "course", "day"):
        visits[child].add((course_id, day))
    return {
        course.pk: (
            course,
            asked_by(course, frozenset(day for pk, day in visits[course.patient_id] if pk != course.pk)),
        )
        for course in courses
    }
