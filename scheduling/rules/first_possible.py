"""The first run of days, by date, on which a course can be given: what the waiting list shows on every row.

An offer is the best run; this is the earliest that no rule forbids, at its best start and in its best chairs.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from scheduling.rules.chairs import Taken
from scheduling.rules.course import CourseRequest, Visit, taken_by
from scheduling.rules.diary import Diary, by_day
from scheduling.rules.no_place import Obstacle, refusals
from scheduling.rules.pricing import DEFAULT_WEIGHTS, Weights
from scheduling.rules.search import Search
from scheduling.rules.window import search_window

A_WEEK = 7
# These say of a day that the unit is open and the family can come, and that there is no room.
NO_ROOM = frozenset(
    {
        Obstacle.TOO_LATE,
        Obstacle.CHAIR,
        Obstacle.CANNULATION,
        Obstacle.MONITORING,
        Obstacle.ROLE,
        Obstacle.KEPT_BACK,
    }
)


def first_possible(
    request: CourseRequest, diary: Diary, weights: Weights = DEFAULT_WEIGHTS
) -> tuple[Visit, ...] | None:
    """The visits of the first run of days in the search window that has a place; None if none has."""
    search = Search(request, diary, weights)
    # Most days ahead are full, for anybody.
    days = filter(search.may_start_on, search_window(request, diary))
    found = (search.best_from(day) for day in days)
    return next((best[1] for best in found if best), None)


def possible_in_turn(
    requests: Iterable[CourseRequest], diary: Diary, weights: Weights = DEFAULT_WEIGHTS
) -> list[tuple[Visit, ...] | None]:
    """For each course its first possible visits, as if those before it had their places already."""
    found = []
    for request in requests:
        visits = first_possible(request, diary, weights)
        if visits:
            added = [taken_by(visit, request.course_id, request, diary.nurse_rule) for visit in visits]
            diary = replace(diary, taken=_AndThese(diary.taken, added))
        found.append(visits)
    return found


def nothing_before(request: CourseRequest, diary: Diary) -> date | None:
    """The day after the last first day that was tried; None if the search window has no day at all."""
    days = search_window(request, diary)
    return days[-1] + timedelta(days=1) if days else None


def what_is_in_the_way(request: CourseRequest, diary: Diary) -> Obstacle | None:
    """Why no run of days has a place, in one word: lack of room if that is it on any day.

    Else the family if it cannot come on a day, else the first obstacle; None if the search window is empty.
    """
    days, seen = search_window(request, diary), []
    for n in range(0, len(days), A_WEEK):
        for refusal in refusals(request, diary, days[n : n + A_WEEK]).values():
            if refusal and refusal.obstacle in NO_ROOM:
                return refusal.obstacle
            seen += [refusal.obstacle] if refusal else []
    return Obstacle.FAMILY if Obstacle.FAMILY in seen else next(iter(seen), None)


class _AndThese(Mapping[date, Sequence[Taken]]):
    """What is taken by day, and these visits of a course as well; days are still read only when asked for."""

    def __init__(self, taken: Mapping[date, Sequence[Taken]], added: Iterable[Taken]) -> None:
        self._taken = taken
        self._added = {row.day: row for row in added}

    def __getitem__(self, day: date) -> Sequence[Taken]:
        if day not in self._added:
            return self._taken[day]
        return by_day([*self._taken.get(day, ()), self._added[day]])[day]

    def __iter__(self) -> Iterator[date]:
        return iter({*self._taken, *self._added})

    def __len__(self) -> int:
        return len({*self._taken, *self._added})
