"""Which days can start a course; a day that is free on its own is of no use for a pair.

The week board, the month and the tasks about freed places ask this. A day has room if hours, chairs and
nurses allow a start on it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum
from functools import reduce
from operator import or_

from scheduling.rules.calendar import days_in_a_row
from scheduling.rules.course import MOST_DAYS, CourseRequest, Placement, Shape, Visit, taken_by
from scheduling.rules.diary import Diary
from scheduling.rules.search import Search

ONE_DAY = timedelta(days=1)


class DayUse(StrEnum):
    """What a day can still do for a course."""

    STARTS = "starts"  # it and the days after it have room
    CONTINUES = "continues"  # it has room, but only for a later day of a course begun before
    STRANDED = "stranded"  # it has room, and no neighbour to make a run of days with
    FULL = "full"  # open, without room
    FAMILY = "family"  # open, and the family cannot come
    CLOSED = "closed"
    PAST = "past"


def use_of(search: Search, day: date) -> DayUse:
    """What `day` can still do for the course that is searched for."""
    if day < search.diary.today:
        return DayUse.PAST
    if search.diary.calendar.run([day]).closed:
        return DayUse.CLOSED
    if search.request.cannot_do(day):
        return DayUse.FAMILY
    if not search.choices(day):
        return DayUse.FULL
    runs = [day - n * ONE_DAY for n in range(search.request.days)]
    if search.best_from(runs[0]):
        return DayUse.STARTS
    return DayUse.CONTINUES if any(map(search.best_from, runs[1:])) else DayUse.STRANDED


def best_in(search: Search, day: date, chair: int, start: int, end: int) -> tuple[Visit, ...] | None:
    """The best placement whose first visit is in that chair on `day` between two times, if there is any."""
    if search.diary.chair(chair) is None:
        return None
    grid = search.diary.grid
    first_start, last_start = start - search.shape.chair_from, end - search.shape.chair_to
    times = range(-(-first_start // grid.slot_minutes) * grid.slot_minutes, last_start + 1, grid.slot_minutes)
    found = search.best_from(day, {day: grid.in_chair(grid.rows(times), chair)})
    return found and found[1]


def courses_that_could_start(request: CourseRequest, diary: Diary, day: date) -> int:
    """How many courses like this one could start on `day`, one booked after another."""
    days = days_in_a_row(day, request.days)
    diary = replace(diary, taken={each: diary.taken_on(each) for each in days}, left_out=frozenset())
    number = 0
    while found := Search(request, diary).best_from(day):
        number += 1
        diary = with_visits(diary, found[1], ("another", number), request)
    return number


def with_visits(
    diary: Diary, visits: Iterable[Visit], course: object, request: CourseRequest | None = None
) -> Diary:
    """The diary as if these visits of a course stood in it too; without a request, with the usual phases."""
    return diary.with_taken(taken_by(visit, course, request, diary.nurse_rule) for visit in visits)


class FreedRoom:
    """Which courses become possible now that some visits are gone.

    `after` is the diary without the `freed` visits. A start counts as freed if its chair or its nurse was not
    free before; so one freed day helps only if its neighbour has room. Make it once and ask about many
    courses: what the days have room for is worked out once for all of them.
    """

    # As far as a run with a freed day reaches, and two days more, because pricing looks for stranded days.
    REACH = MOST_DAYS + 1

    def __init__(self, after: Diary, freed: Iterable[Visit]) -> None:
        freed = tuple(freed)
        self._days = sorted({visit.day for visit in freed})
        near = {day + n * ONE_DAY for day in self._days for n in range(-self.REACH, self.REACH + 1)}
        taken = {day: after.taken_on(day) for day in near}
        self._after = replace(after, taken=taken, left_out=frozenset())
        self._before = with_visits(self._after, freed, "freed")

    def placements(self, request: CourseRequest) -> Iterator[Placement]:
        """The best placement of each run of days that was impossible while the visits were booked."""
        search, before = Search(request, self._after), self._before.without(request.course_id)
        gained = {
            day: _all(search.diary, day, search.shape) & ~_all(before, day, search.shape)
            for day in self._days
            if search.choices(day)
        }
        first_days = {day - n * ONE_DAY for day in gained for n in range(request.days)}
        for first_day in sorted(first_days):
            run = days_in_a_row(first_day, request.days)
            found = [search.best_from(first_day, {day: gained[day]}) for day in run if gained.get(day)]
            if best := min(filter(None, found), default=None):
                yield Placement(request, best[1])


def _all(diary: Diary, day: date, shape: Shape) -> int:
    """Every start that a day has room for."""
    return reduce(or_, (starts for _, starts in diary.index_of(day).choices(shape)), 0)
