"""Which days still have a place, and which a course strands: free on their own, so of no use for a pair."""

from collections.abc import Sequence
from datetime import date, timedelta

from scheduling.rules.course import Shape, Visit
from scheduling.rules.diary import Diary

ONE_DAY = timedelta(days=1)


class FreeDays:
    """Which days of a diary have a place for a visit of that shape.

    A day has a place if some chair is free for that long within opening hours. Nurses and the grid are
    ignored, and a day before today has none. A day is stranded if it has a place and neither the calendar day
    before it nor the one after it has.
    """

    def __init__(self, diary: Diary, shape: Shape) -> None:
        self._diary = diary
        self._shape = shape
        self._found: dict[date, bool] = {}

    def has_place(self, day: date) -> bool:
        if (found := self._found.get(day)) is None:
            found = day >= self._diary.today and self._diary.index_of(day).has_place(
                self._shape.chair_minutes
            )
            self._found[day] = found
        return found

    def has_place_beside(self, visit: Visit) -> bool:
        """Whether the visit's day would still have a place once the visit is in the diary."""
        if visit.day < self._diary.today:
            return False
        start, minutes = visit.start + self._shape.chair_from, self._shape.chair_minutes
        return self._diary.index_of(visit.day).keeps_place(visit.chair, start, minutes)

    def stranded_by(self, days: Sequence[date], still_free: Sequence[bool]) -> tuple[date, ...]:
        """The days that a course on `days` (in a row) strands; `still_free`: which of `days` keep a place."""
        nearby = [days[0] - 2 * ONE_DAY, days[0] - ONE_DAY, *days, days[-1] + ONE_DAY, days[-1] + 2 * ONE_DAY]
        before = [self.has_place(day) for day in nearby]
        after = [*before[:2], *still_free, *before[-2:]]
        if after == before:
            return ()
        return tuple(
            nearby[n] for n in range(1, len(nearby) - 1) if _is_single(after, n) and not _is_single(before, n)
        )


def _is_single(free: Sequence[bool], n: int) -> bool:
    return free[n] and not free[n - 1] and not free[n + 1]
