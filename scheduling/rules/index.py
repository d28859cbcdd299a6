"""A day as bits of one int, so that a question about all its chairs and times is a few operations.

How the bits are laid out is in `grid`. Everything here depends on a unit's day and the shape of a visit, not
on a course, so it is worked out once and kept. `objections` applies the same rules to one visit at a time,
and has the last word.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from datetime import date
from functools import cached_property
from itertools import chain

from scheduling.rules.calendar import MINUTES_A_DAY, OpeningHours
from scheduling.rules.capacity import Care, Load, NurseRule, Stretch, nurse_load
from scheduling.rules.chairs import KeptBack, Taken
from scheduling.rules.course import Shape, local_moment
from scheduling.rules.grid import Grid, runs

# One or two sets of starts, as bits, each beside whether its day keeps a place for another such visit.
Choices = tuple[tuple[bool, int], ...]


class DayIndex:
    """What one day of a unit has room for. `hours` is None on a day on which it is closed."""

    def __init__(
        self,
        day: date,
        hours: OpeningHours | None,
        taken: Sequence[Taken],
        rule: NurseRule,
        grid: Grid,
        kept: Sequence[KeptBack] = (),
    ) -> None:
        self.day = day
        self.hours = hours
        self.owners = frozenset(row.whose for row in taken if row.whose is not None)
        self._taken = taken
        self._rule = rule
        self._grid = grid
        self._kept = kept
        self._choices: dict[Shape, Choices] = {}
        self._not_kept: dict[bool, int] = {}

    def choices(self, shape: Shape) -> Choices:
        """The starts that hours, chairs, nurses, roles and places kept back allow: one or two sets of bits.

        Each set comes with a flag: whether the day would still have a place for another such visit.
        """
        if (found := self._choices.get(shape)) is None:
            times = self.times_with_nurses_after(self.times_with_a_nurse(self.times(shape), shape), shape)
            times = self.times_not_kept_back(self.times_with_roles(times, shape), shape)
            starts = self.free(shape) & self._grid.rows(times)
            keeping = self._that_keep_a_place(starts, shape)
            split = (True, keeping), (False, starts & ~keeping)
            found = self._choices[shape] = tuple((keeps, group) for keeps, group in split if group)
        return found

    # One rule after another, which is also how a refusal is explained

    def times(self, shape: Shape) -> list[int]:
        """The times on the grid at which a visit ends before the unit closes, and not over a clock change."""
        if self.hours is None:
            return []
        times = self.hours.starts_for(shape.length, self._grid.slot_minutes)
        if self._offset(0) == self._offset(MINUTES_A_DAY):
            return list(times)
        return [time for time in times if self._offset(time) == self._offset(time + shape.length)]

    def free(self, shape: Shape) -> int:
        """The starts, on the grid or off, with a chair of the right kind free while the visit needs it."""
        cell, width = self._grid.cell, self._grid.width
        starts = (
            runs(self._free_cells, shape.chair_minutes // cell, width) >> shape.chair_from // cell * width
        )
        return self._grid.in_chairs_of(starts, shape.chair_kinds) if shape.chair_kinds else starts

    def times_with_a_nurse(self, times: Iterable[int], shape: Shape) -> list[int]:
        """Those of the times at which there is a nurse for whatever takes a nurse of its own: cannulation."""
        return self._times_with_care(times, shape, Care.OWN, self._room_to_cannulate)

    def times_with_nurses_after(self, times: Iterable[int], shape: Shape) -> list[int]:
        """Those of the times at which nurses are enough for the rest of the visit."""
        return self._times_with_care(times, shape, Care.SHARED, self._room_to_monitor)

    def times_with_roles(self, times: list[int], shape: Shape) -> list[int]:
        """Those of the times at which somebody of each role that the visit asks for is on shift."""
        for role in shape.roles:
            good = runs(self._minutes_with(role), shape.roles_until)
            times = [time for time in times if good >> time & 1]
        return times

    def times_not_kept_back(self, times: list[int], shape: Shape) -> list[int]:
        """Those of the times at which the visit takes no place that is kept for others."""
        if self._kept:
            good = (
                runs(self._minutes_not_kept_from(shape.for_course), shape.chair_minutes) >> shape.chair_from
            )
            times = [time for time in times if good >> time & 1]
        return times

    def _times_with_care(self, times: Iterable[int], shape: Shape, care: Care, room: int) -> list[int]:
        good = -1
        for stretch in shape.care:
            if stretch.care is care:
                good &= runs(room, stretch.end - stretch.start) >> stretch.start
        return [time for time in times if good >> time & 1]

    # Places: minute by minute; nurses and the grid are ignored

    def has_place(self, minutes: int) -> bool:
        """Whether some chair is free for that long within the opening hours."""
        return self._longest_runs[0][0] >= minutes

    def keeps_place(self, chair: int, start: int, minutes: int) -> bool:
        """Whether the day would still have such a place with a visit of that length in `chair`."""
        (longest, longest_in), (second, _) = self._longest_runs[:2]
        if longest < minutes or second >= minutes or longest_in != chair:
            return longest >= minutes
        return any(
            min(end, start) - begin >= minutes or end - max(begin, start + minutes) >= minutes
            for begin, end in self._free_runs[chair]
        )

    def _that_keep_a_place(self, starts: int, shape: Shape) -> int:
        """The starts that leave a place. All do if two chairs have one; else all starts are in one chair."""
        (_, chair), (second, _) = self._longest_runs[:2]
        minutes, begins = shape.chair_minutes, shape.chair_from
        if not starts or second >= minutes:
            return starts
        kept = [time for time in self._grid.times(starts) if self.keeps_place(chair, time + begins, minutes)]
        return starts & self._grid.rows(kept)

    @cached_property
    def _longest_runs(self) -> list[tuple[int, int]]:
        """Each chair's longest free stretch in minutes, and the chair; longest first, two entries or more."""
        longest = [(max(end - start for start, end in found), c) for c, found in self._free_runs.items()]
        return sorted([*longest, (0, -1), (0, -1)], reverse=True)

    @cached_property
    def _free_runs(self) -> dict[int, list[tuple[int, int]]]:
        """The stretches, from and to, in which a chair is free while the unit is open.

        Some of them end no later than they begin, where one booking follows another; no visit fits into
        those.
        """
        if self.hours is None:
            return {}
        found = defaultdict(list)
        free_from = dict.fromkeys(self._grid.chairs, self.hours.opens)
        for taken in self._taken:
            if (since := free_from.get(taken.chair)) is not None:
                found[taken.chair].append((since, min(taken.start, self.hours.closes)))
                free_from[taken.chair] = max(since, taken.end)
        for chair, since in free_from.items():
            found[chair].append((since, self.hours.closes))
        return dict(found)

    # What all of this is made of

    @cached_property
    def _free_cells(self) -> int:
        if self.hours is None:
            return 0
        busy = 0
        for taken in self._taken:
            busy |= self._grid.cells_of(taken)
        return self._grid.open_cells(self.hours.opens, self.hours.closes) & ~busy

    def care_of(self, owners: frozenset[Hashable]) -> tuple[Stretch, ...]:
        """What these of the day's children ask of the nurses."""
        here = owners & self.owners
        rows = (row for row in self._taken if row.whose in here) if here else ()
        return tuple(chain.from_iterable(row.care(self._rule) for row in rows))

    @cached_property
    def loads(self) -> tuple[Load, ...]:
        return nurse_load((stretch for row in self._taken for stretch in row.care(self._rule)), self._rule)

    @cached_property
    def _room_to_cannulate(self) -> int:
        """The minutes, bit by bit from midnight, in which the nurses could cannulate one child more."""
        return self._minutes_with_nurses_for(cannulating=1, monitored=0)

    @cached_property
    def _room_to_monitor(self) -> int:
        """The minutes in which they could look after one child more."""
        return self._minutes_with_nurses_for(cannulating=0, monitored=1)

    def _minutes_with_nurses_for(self, cannulating: int, monitored: int) -> int:
        if self.hours is None:
            return 0
        minutes, empty = 0, self._rule.nurses_needed(cannulating, monitored)
        for start, end, nurses in self.hours.nurses_steps():
            if empty > nurses:
                continue
            minutes |= _minutes(start, end)
            for load in self.loads:
                needed = self._rule.nurses_needed(load.cannulating + cannulating, load.monitored + monitored)
                if needed > nurses and load.start < end and start < load.end:
                    minutes &= ~_minutes(max(load.start, start), min(load.end, end))
        return minutes

    def _minutes_with(self, role: str) -> int:
        """The minutes in which somebody of a role is on."""
        minutes = 0
        for shift in self.hours.roles if self.hours else ():
            if shift.role == role:
                minutes |= _minutes(shift.start, shift.end)
        return minutes

    def _minutes_not_kept_from(self, for_course: bool) -> int:
        """The minutes in which one more chair may go to a course, or to another infusion."""
        if (minutes := self._not_kept.get(for_course)) is None:
            minutes = _minutes(0, MINUTES_A_DAY)
            for kept in self._kept:
                for start, end in kept.taken_up(self._taken, len(self._grid.chairs), for_course):
                    minutes &= ~_minutes(start, end)
            self._not_kept[for_course] = minutes
        return minutes

    def _offset(self, time: int) -> object:
        return local_moment(self.day, time).utcoffset()


def _minutes(start: int, end: int) -> int:
    """The bits of the minutes from `start` up to but not including `end`."""
    return (1 << end) - (1 << start)
