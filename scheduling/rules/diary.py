"""A unit's diary as a value: its calendar, its chairs and who is in them."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from scheduling.rules.calendar import Calendar
from scheduling.rules.capacity import NurseRule
from scheduling.rules.chairs import Chair, Taken
from scheduling.rules.index import DayIndex, Grid

# What is taken on a day, by start and then chair; a day left out has nothing.
TakenByDay = Mapping[date, Sequence[Taken]]
NOBODY: frozenset[Hashable] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Diary:
    """All that a placement is judged against, as it stood at `now` (naive, Europe/London wall clock).

    Visits start on the grid: a multiple of `slot_minutes` after midnight. `by_day` makes `taken` from a list;
    any mapping will do, even one that reads a day only when it is asked for it. The courses in `left_out` are
    ignored. Days before `now` are never offered.

    Raises ValueError for an aware `now` or a grid of less than a minute.
    """

    calendar: Calendar
    chairs: tuple[Chair, ...]
    nurse_rule: NurseRule
    now: datetime
    taken: TakenByDay = field(default_factory=dict)
    slot_minutes: int = 15
    left_out: frozenset[Hashable] = NOBODY
    grid: Grid = field(init=False, repr=False, compare=False)
    _chairs_by_id: dict[int, Chair] = field(init=False, repr=False, compare=False)
    _indexes: dict[tuple[date, frozenset[Hashable]], DayIndex] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.now.tzinfo is not None:
            raise ValueError("The diary's now is local time, without a time zone.")
        if self.slot_minutes < 1:
            raise ValueError("Visits must start on a grid of at least a minute.")
        chairs = {chair.id: chair for chair in self.chairs}
        object.__setattr__(self, "_chairs_by_id", chairs)
        object.__setattr__(self, "grid", Grid(chairs, self.slot_minutes))
        object.__setattr__(self, "_indexes", {})

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def chair_ids(self) -> tuple[int, ...]:
        """The ids of the chairs, smallest first."""
        return self.grid.chairs

    def chair(self, chair_id: int) -> Chair | None:
        """The chair with that id, or None if the unit has no such chair."""
        return self._chairs_by_id.get(chair_id)

    def taken_on(self, day: date) -> tuple[Taken, ...]:
        """What is taken on `day`, by start and then chair."""
        return tuple(taken for taken in self.taken.get(day, ()) if taken.course not in self.left_out)

    def children_on(self, day: date) -> tuple[tuple[int, int], ...]:
        """Start and end of each child's visit on `day`."""
        return tuple((taken.start, taken.end) for taken in self.taken_on(day) if taken.course is not None)

    def index_of(self, day: date) -> DayIndex:
        """What `day` has room for: worked out once, and shared with the diaries of `at` and `without`."""
        whole = self._index_of(day, NOBODY)
        absent = self.left_out and self.left_out & whole.courses
        return self._index_of(day, absent) if absent else whole

    def without(self, course_id: Hashable | None) -> "Diary":
        """The diary as if that course had no visits in it, for moving the course; None changes nothing."""
        if course_id is None or course_id in self.left_out:
            return self
        return self._alike(left_out=self.left_out | {course_id})

    def at(self, now: datetime) -> "Diary":
        """The diary at another moment."""
        return self._alike(now=now)

    def _alike(self, **changes: Any) -> "Diary":
        """A copy that shares the indexes: only for changes after which they are still right."""
        copy = replace(self, **changes)
        object.__setattr__(copy, "_indexes", self._indexes)
        return copy

    def _index_of(self, day: date, absent: frozenset[Hashable]) -> DayIndex:
        if (found := self._indexes.get((day, absent))) is None:
            taken = [row for row in self.taken.get(day, ()) if row.course not in absent]
            hours = self.calendar.hours_on(day)
            found = DayIndex(day, hours, taken, self.nurse_rule, self.grid)
            self._indexes[day, absent] = found
        return found


def by_day(rows: Iterable[Taken]) -> TakenByDay:
    """The `taken` of a diary, from rows in any order."""
    days = defaultdict(list)
    for row in rows:
        days[row.day].append(row)
    return {day: tuple(sorted(found, key=_in_order)) for day, found in days.items()}


def _in_order(taken: Taken) -> tuple[int, int]:
    return taken.start, taken.chair
