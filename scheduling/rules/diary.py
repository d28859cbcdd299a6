"""A unit's diary as a value: its calendar, its chairs and who is in them."""

from collections import defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from scheduling.rules.calendar import MINUTES_A_DAY, Calendar
from scheduling.rules.capacity import NurseRule


@dataclass(frozen=True, slots=True)
class Chair:
    """A chair or bed; `name` is what the coordinator calls it, such as "Chair 3"."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A chair, by its id, is taken on `day` from `start` up to but not including `end`.

    With a `course` a child sits in it. With None something else has it, which `label` names and which needs
    no nurse.
    """

    chair: int
    day: date
    start: int
    end: int
    course: Hashable | None = None
    label: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= MINUTES_A_DAY:
            raise ValueError("A chair is taken for a part of one day.")


@dataclass(frozen=True, kw_only=True)
class Diary:
    """All that a placement is judged against, as it stood at `now` (naive, Europe/London wall clock).

    Visits start on the grid: a whole number of `slot_minutes` after midnight. `taken` must hold everything
    from yesterday to the last day asked about; days before `now` are never offered.

    Raises ValueError for an aware `now` or a grid of less than a minute.
    """

    calendar: Calendar
    chairs: tuple[Chair, ...]
    nurse_rule: NurseRule
    now: datetime
    taken: tuple[Taken, ...] = ()
    slot_minutes: int = 15
    _taken_by_day: Mapping[date, tuple[Taken, ...]] = field(init=False, repr=False, compare=False)
    _chairs_by_id: Mapping[int, Chair] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.now.tzinfo is not None:
            raise ValueError("The diary's now is local time, without a time zone.")
        if self.slot_minutes < 1:
            raise ValueError("Visits must start on a grid of at least a minute.")
        by_day = defaultdict(list)
        for taken in self.taken:
            by_day[taken.day].append(taken)
        in_order = {day: tuple(sorted(rows, key=_in_order)) for day, rows in by_day.items()}
        object.__setattr__(self, "_taken_by_day", in_order)
        object.__setattr__(self, "_chairs_by_id", {chair.id: chair for chair in self.chairs})

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def chair_ids(self) -> tuple[int, ...]:
        """The ids of the chairs, smallest first."""
        return tuple(sorted(self._chairs_by_id))

    def chair(self, chair_id: int) -> Chair | None:
        """The chair with that id, or None if the unit has no such chair."""
        return self._chairs_by_id.get(chair_id)

    def taken_on(self, day: date) -> tuple[Taken, ...]:
        """What is taken on `day`, by start and then chair."""
        return self._taken_by_day.get(day, ())

    def children_on(self, day: date) -> tuple[tuple[int, int], ...]:
        """Start and end of each child's visit on `day`."""
        return tuple((taken.start, taken.end) for taken in self.taken_on(day) if taken.course is not None)

    def free_runs(self, day: date, chair_id: int) -> tuple[tuple[int, int], ...]:
        """The stretches, start and end, in which a chair is free while the unit is open."""
        hours = self.calendar.hours_on(day)
        if hours is None:
            return ()
        runs = []
        free_from = hours.opens
        for taken in self.taken_on(day):
            if taken.chair == chair_id:
                runs.append((free_from, min(taken.start, hours.closes)))
                free_from = max(free_from, taken.end)
        runs.append((free_from, hours.closes))
        return tuple((start, end) for start, end in runs if start < end)

    def without(self, course_id: Hashable | None) -> "Diary":
        """The diary as if that course had no visits in it, for moving the course; None leaves out nothing."""
        kept = tuple(taken for taken in self.taken if taken.course is None or taken.course != course_id)
        return self if len(kept) == len(self.taken) else replace(self, taken=kept)


def _in_order(taken: Taken) -> tuple[int, int]:
    return taken.start, taken.chair
