"""Booked courses that no longer fit what the unit has or what was agreed, and the coming weeks with them."""

from collections import defaultdict
from collections.abc import Collection, Set
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property

from django.db.models import Prefetch
from django.utils import timezone

from crmo_clinic.nhsuk.wording import capitalised, clock_range
from scheduling.models import Course, Session, Unit
from scheduling.rules import CourseRequest, Diary, Objection, OpeningHours, Placement, Rule, objections
from scheduling.states import LIVE, CourseStatus
from scheduling.unit.asks import as_booked
from scheduling.unit.diary_rows import load_diary, request_for, requests_for

WEEKS = 8
A_DAY, A_WEEK = timedelta(days=1), timedelta(weeks=1)
# All rules but one: that a visit is in the past by now cannot be put right.
RULES = frozenset(Rule) - {Rule.PAST}
# Courses that have places in the diary.
PLACED = (CourseStatus.HELD, CourseStatus.BOOKED)


@dataclass(frozen=True)
class Misfit:
    """A booked course that no longer fits, and the objections to it on one of its days."""

    course: Course
    day: date
    objections: tuple[Objection, ...]


@dataclass(frozen=True)
class Day:
    """One day of a unit, as the preview of the coming weeks shows it."""

    day: date
    diary: Diary
    misfits: tuple[Misfit, ...]

    @property
    def hours(self) -> OpeningHours | None:
        """The opening hours with the number of nurses actually on; None if the unit is closed."""
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
        """`Chair 2, 9am to 1pm: repair`, for each chair taken by something other than a visit."""
        return [
            f"{self._chair_name(taken.chair)}, {clock_range(taken.start, taken.end)}: {taken.label}"
            for taken in self.diary.taken_on(self.day)
            if taken.course is None
        ]

    @property
    def is_worth_a_row(self) -> bool:
        """False for weekdays on which the unit is never open, unless something is booked on them."""
        return self.day.weekday() in self.diary.calendar.weekly or bool(self.diary.taken_on(self.day))

    def _chair_name(self, chair_id: int) -> str:
        chair = self.diary.chair(chair_id)
        return chair.name if chair else "A chair out of use"


def load_weeks(unit: Unit, now: datetime) -> list[tuple[date, list[Day]]]:
    """The rest of this week and the next eight weeks: the Monday of each, and its days. Ten queries."""
    today, last = _weeks_shown(now)
    diary = load_diary(unit, today, last, now)
    misfits = defaultdict(list)
    for misfit in find_misfits(unit, diary, today, last):
        misfits[misfit.day].append(misfit)
    weeks = defaultdict(list)
    for day in (today + n * A_DAY for n in range((last - today).days + 1)):
        row = Day(day, diary, tuple(misfits[day]))
        if row.is_worth_a_row:
            weeks[day - day.weekday() * A_DAY].append(row)
    return list(weeks.items())


def count_misfits(unit: Unit, now: datetime) -> int:
    """How many booked courses no longer fit in the weeks that `load_weeks` shows. Ten queries."""
    today, last = _weeks_shown(now)
    diary = load_diary(unit, today, last, now)
    return len({misfit.course for misfit in find_misfits(unit, diary, today, last)})


def misfits_of(course: Course, now: datetime) -> tuple[Objection, ...]:
    """The objections to a booked or held course for its visits from today on; none for any other course.

    Eight queries, and those for its sessions and their bookings unless they are prefetched.
    """
    sessions, today = course.live_sessions, timezone.localdate(now)
    if course.status not in PLACED or not sessions or sessions[-1].day < today:
        return ()
    first, last = max(today, sessions[0].day), sessions[-1].day
    diary = load_diary(course.unit, first, last, now)
    by_day = _against(course, request_for(course), diary, first, last, RULES)
    return tuple(objection for found in by_day.values() for objection in found)


def short_of_nurses(unit: Unit, day: date, nurses: int | None, now: datetime) -> list[Misfit]:
    """The visits on `day` for which this many nurses would be too few. nurses: None is the weekly number."""
    diary = load_diary(unit, day, day, now)
    staffing = {} if nurses is None else {day: nurses}
    changed = replace(diary, calendar=replace(diary.calendar, staffing=staffing))
    return find_misfits(unit, changed, day, day, {Rule.NURSES})


def find_misfits(
    unit: Unit,
    diary: Diary,
    first: date,
    last: date,
    rules: Set[Rule] = RULES,
    leaving_out: Collection[int] = (),
) -> list[Misfit]:
    """What `rules` say against the unit's booked and held courses from `first` to `last`, by course and day.

    diary: has to cover `first` to `last`. leaving_out: keys of courses to leave out. Four queries whatever is
    booked.
    """
    shown = Session.objects.filter(day__range=(first, last), status__in=LIVE)
    courses = Course.objects.filter(unit=unit, status__in=PLACED, pk__in=shown.values("course"))
    with_chairs = Prefetch("sessions", Session.objects.select_related("booking"))
    courses = courses.exclude(pk__in=leaving_out)
    courses = courses.select_related("patient").prefetch_related(with_chairs)
    requests = requests_for(courses)
    found = []
    for course in sorted(requests, key=lambda course: course.live_sessions[0].starts_at):
        against = _against(course, requests[course], diary, first, last, rules)
        found += [Misfit(course, day, tuple(sentences)) for day, sentences in against.items()]
    return found


def _against(
    course: Course, request: CourseRequest, diary: Diary, first: date, last: date, rules: Set[Rule]
) -> dict[date, list[Objection]]:
    """The objections to where a course is booked, by day, for its days from `first` to `last`.

    An objection to the course as a whole is listed on the first of these days.
    """
    visits = tuple(session.visit for session in course.live_sessions)
    request = replace(request, is_split=course.is_split)
    days = [visit.day for visit in visits if first <= visit.day <= last]
    against = defaultdict(list)
    for number, asked in enumerate(as_booked(course, request, timezone.make_aware(diary.now))):
        of_days = {session.day for session in asked.sessions}
        for objection in objections(Placement(asked.request, visits), diary):
            # Those to the course as a whole are the same each time.
            if objection.day not in of_days and (objection.day or number):
                continue
            day = objection.day or days[0]
            if objection.rule in rules and day in days:
                against[day].append(objection)
    return against


def _weeks_shown(now: datetime) -> tuple[date, date]:
    """Today, and the last day of the eighth whole week from now."""
    today = timezone.localdate(now)
    return today, today - today.weekday() * A_DAY + (WEEKS + 1) * A_WEEK - A_DAY
