"""Which days still have a place, and which a course leaves single: free on their own, no use for a pair."""

from datetime import date, timedelta
from functools import cache

from scheduling.rules.course import Visit
from scheduling.rules.diary import Diary

ONE_DAY = timedelta(days=1)


class FreeDays:
    """The days of a diary seen from a visit of `minutes`.

    A day has a place while some chair is free for that long within opening hours; nurses and the grid are
    left aside, and a day before today has none. A day is single if it has a place and neither the calendar
    day before it nor the one after it has.
    """

    def __init__(self, diary: Diary, minutes: int) -> None:
        self.diary = diary
        self.minutes = minutes
        self._chairs_with_a_place = cache(self._find_chairs_with_a_place)
        self.stranded_by = cache(self._find_stranded)

    def has_place(self, day: date) -> bool:
        return bool(self._chairs_with_a_place(day))

    def has_place_beside(self, visit: Visit) -> bool:
        """Whether the visit's day would still have a place once the visit is in the diary."""
        chairs = self._chairs_with_a_place(visit.day)
        if chairs != {visit.chair}:
            return bool(chairs)
        return any(
            self._long_enough(start, min(end, visit.start)) or self._long_enough(max(start, visit.end), end)
            for start, end in self.diary.free_runs(visit.day, visit.chair)
        )

    def _find_stranded(self, days: tuple[date, ...], still_free: tuple[bool, ...]) -> tuple[date, ...]:
        """The days that a course on `days`, in a row, makes single; `still_free` says which keep a place."""
        after = dict(zip(days, still_free, strict=True))
        nearby = (days[0] - ONE_DAY, *days, days[-1] + ONE_DAY)
        return tuple(day for day in nearby if self._is_single(day, after) and not self._is_single(day, {}))

    def _is_single(self, day: date, after: dict[date, bool]) -> bool:
        before_it, itself, after_it = (
            after.get(near, self.has_place(near)) for near in (day - ONE_DAY, day, day + ONE_DAY)
        )
        return itself and not before_it and not after_it

    def _find_chairs_with_a_place(self, day: date) -> frozenset[int]:
        if day < self.diary.today:
            return frozenset()
        return frozenset(
            chair
            for chair in self.diary.chair_ids
            if any(self._long_enough(start, end) for start, end in self.diary.free_runs(day, chair))
        )

    def _long_enough(self, start: int, end: int) -> bool:
        return end - start >= self.minutes
