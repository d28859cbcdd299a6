"""A day as bits of one int, so that a question about all its chairs and times is a few operations.

The bits are in rows, one for each cell of the day (15 minutes on the usual grid) from midnight, and in a
row is one bit for each chair. With three chairs:

    9:00   chair 1, chair 2, chair 3        bits 108, 109, 110
    9:15   chair 1, chair 2, chair 3        bits 111, 112, 113      and so on.

Two things follow from rows of chairs. Shifting by a row moves every chair by one cell at once, so "free for
five hours from here" is a handful of shifts for the whole unit (`runs`). And the lowest bit of a set of
starts is its earliest start and, of the chairs free then, the lowest: so are offers of equal cost ranked.

Everything here depends on a unit's day and a length of visit, not on a course, so it is worked out once and
kept. `objections` applies the same rules to one visit at a time, and has the last word.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cached_property
from math import gcd

from scheduling.rules.calendar import MINUTES_A_DAY, OpeningHours
from scheduling.rules.capacity import Load, NurseRule, nurse_load
from scheduling.rules.chairs import Taken
from scheduling.rules.course import LENGTH_STEP, local_moment


def runs(bits: int, length: int, step: int = 1) -> int:
    """The bits from which `length` bits in a row are set, counting every `step`th bit.

    It works by doubling: a run of 8 is two runs of 4, one after the other. A length of 0 is found everywhere.
    """
    if length == 0:
        return -1
    covered = 1
    while covered < length:
        further = min(covered, length - covered)
        bits &= bits >> further * step
        covered += further
    return bits


def spread(bits: int, length: int, step: int = 1) -> int:
    """The bits from which any of `length` bits in a row is set, counting every `step`th bit."""
    covered = 1
    while covered < length:
        further = min(covered, length - covered)
        bits |= bits >> further * step
        covered += further
    return bits


def lowest(bits: int) -> int:
    """The number of the lowest bit of a set that is not empty."""
    return (bits & -bits).bit_length() - 1


class Grid:
    """The layout of a unit's bits: rows of `width` chairs, each row `cell` minutes long.

    Every start on the grid, and every end of a visit that starts there, is the edge of a cell.
    """

    def __init__(self, chairs: Iterable[int], slot_minutes: int) -> None:
        self.chairs = tuple(sorted(chairs))
        self.slot_minutes = slot_minutes
        self.cell = gcd(slot_minutes, LENGTH_STEP)
        self.width = len(self.chairs)
        self._lanes = {chair: lane for lane, chair in enumerate(self.chairs)}
        # _columns[n] has the bit of the lowest lane in each of the first n rows.
        self._columns = [0]
        for row in range(MINUTES_A_DAY // self.cell):
            self._columns.append(self._columns[row] | 1 << row * self.width)

    def open_cells(self, opens: int, closes: int) -> int:
        """The bits of every chair in the cells that lie wholly between two times."""
        first, last = -(-opens // self.cell), closes // self.cell
        return (1 << last * self.width) - (1 << first * self.width) if first < last else 0

    def cells_of(self, taken: Taken) -> int:
        """The bits of a taken chair, in every cell of which any part is taken; 0 for a chair not in use."""
        if (lane := self._lanes.get(taken.chair)) is None:
            return 0
        first, last = taken.start // self.cell, -(-taken.end // self.cell)
        return self._columns[last - first] << first * self.width + lane

    def rows(self, times: Iterable[int]) -> int:
        """The bits of every chair at these times."""
        row, bits = (1 << self.width) - 1, 0
        for time in times:
            bits |= row << time // self.cell * self.width
        return bits

    def from_time(self, starts: int, time: int) -> int:
        """The starts at that time or later."""
        below = -(-time // self.cell) * self.width
        return starts >> below << below

    def times(self, starts: int) -> Iterator[int]:
        """The times in a set of starts, each once, earliest first."""
        while starts:
            row = lowest(starts) // self.width
            yield row * self.cell
            starts = starts >> (row + 1) * self.width << (row + 1) * self.width

    def in_chair(self, starts: int, chair: int) -> int:
        """The starts in one chair."""
        return starts & self._columns[-1] << self._lanes[chair]

    def in_any_chair(self, starts: int) -> int:
        """The times in a set of starts, each as the bit of the lowest lane."""
        return spread(starts, self.width) & self._columns[-1]

    def at_any_time(self, starts: int) -> int:
        """The chairs in a set of starts, each as its bit of the first row."""
        return spread(starts, len(self._columns) - 1, self.width) & (1 << self.width) - 1

    def first(self, starts: int) -> tuple[int, int]:
        """The earliest start of a set that is not empty, and the lowest of its chairs then."""
        row, lane = divmod(lowest(starts), self.width)
        return row * self.cell, self.chairs[lane]


class DayIndex:
    """What one day of a unit has room for. `hours` is None on a day on which it is closed."""

    def __init__(
        self, day: date, hours: OpeningHours | None, taken: Sequence[Taken], rule: NurseRule, grid: Grid
    ) -> None:
        self.day = day
        self.hours = hours
        self.courses = frozenset(row.course for row in taken if row.course is not None)
        self._taken = taken
        self._rule = rule
        self._grid = grid
        self._choices: dict[int, tuple[tuple[bool, int], ...]] = {}

    def choices(self, minutes: int) -> tuple[tuple[bool, int], ...]:
        """The starts that hours, chairs and nurses allow, as one or two sets of bits.

        Each set comes with a flag: whether the day would still have a place for another such visit.
        """
        if (found := self._choices.get(minutes)) is None:
            times = self.times_with_nurses_after(
                self.times_with_a_nurse(self.times(minutes), minutes), minutes
            )
            starts = self.free(minutes) & self._grid.rows(times)
            keeping = self._that_keep_a_place(starts, minutes)
            split = (True, keeping), (False, starts & ~keeping)
            found = self._choices[minutes] = tuple((keeps, group) for keeps, group in split if group)
        return found

    # One rule after another, which is also how a refusal is explained

    def times(self, minutes: int) -> list[int]:
        """The times on the grid at which a visit ends before the unit closes, and not over a clock change."""
        if self.hours is None:
            return []
        times = self.hours.starts_for(minutes, self._grid.slot_minutes)
        if self._offset(0) == self._offset(MINUTES_A_DAY):
            return list(times)
        return [time for time in times if self._offset(time) == self._offset(time + minutes)]

    def free(self, minutes: int) -> int:
        """The starts, on the grid or off, from which a chair is free for that long while the unit is open."""
        return runs(self._free_cells, minutes // self._grid.cell, self._grid.width)

    def times_with_a_nurse(self, times: Iterable[int], minutes: int) -> list[int]:
        """Those of the times at which there is a nurse for the whole cannulation."""
        good = runs(self._room_to_cannulate, self._cannulation(minutes))
        return [time for time in times if good >> time & 1]

    def times_with_nurses_after(self, times: Iterable[int], minutes: int) -> list[int]:
        """Those of the times at which nurses are enough from the end of cannulation to that of the visit."""
        cannulation = self._cannulation(minutes)
        good = runs(self._room_to_monitor, minutes - cannulation) >> cannulation
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

    def _that_keep_a_place(self, starts: int, minutes: int) -> int:
        """The starts that leave a place. All do if two chairs have one; else all starts are in one chair."""
        (_, chair), (second, _) = self._longest_runs[:2]
        if not starts or second >= minutes:
            return starts
        kept = [time for time in self._grid.times(starts) if self.keeps_place(chair, time, minutes)]
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

    @cached_property
    def _loads(self) -> tuple[Load, ...]:
        children = [(row.start, row.end) for row in self._taken if row.course is not None]
        return nurse_load(children, self._rule)

    @cached_property
    def _room_to_cannulate(self) -> int:
        """The minutes, bit by bit from midnight, in which the nurses could cannulate one child more."""
        return self._minutes_with_nurses_for(cannulating=1, monitored=0)

    @cached_property
    def _room_to_monitor(self) -> int:
        """The minutes in which they could look after one child more."""
        return self._minutes_with_nurses_for(cannulating=0, monitored=1)

    def _minutes_with_nurses_for(self, cannulating: int, monitored: int) -> int:
        steps = self.hours.nurses_steps() if self.hours else ()
        empty = self._rule.nurses_needed(cannulating, monitored)
        minutes = sum((1 << end) - (1 << start) for start, end, nurses in steps if empty <= nurses)
        for load in self._loads:
            needed = self._rule.nurses_needed(load.cannulating + cannulating, load.monitored + monitored)
            for start, end, nurses in steps:
                if needed > nurses and start < load.end and load.start < end:
                    minutes &= ~((1 << min(load.end, end)) - (1 << max(load.start, start)))
        return minutes

    def _cannulation(self, minutes: int) -> int:
        return min(self._rule.cannulation_minutes, minutes)

    def _offset(self, time: int) -> object:
        return local_moment(self.day, time).utcoffset()
