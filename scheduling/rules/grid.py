"""The layout of a day's bits, and what is done with them: rows of chairs, one row for each cell of the day.

The bits are in rows, one for each cell of the day (15 minutes on the usual grid) from midnight, and in a
row is one bit for each chair. With three chairs:

    9:00   chair 1, chair 2, chair 3        bits 108, 109, 110
    9:15   chair 1, chair 2, chair 3        bits 111, 112, 113      and so on.

Two things follow from rows of chairs. Shifting by a row moves every chair by one cell at once, so "free for
five hours from here" is a handful of shifts for the whole unit (`runs`). And the lowest bit of a set of
starts is its earliest start and, of the chairs free then, the lowest: so are offers of equal cost ranked.
"""

from collections.abc import Iterable, Iterator
from math import gcd

from scheduling.rules.calendar import MINUTES_A_DAY
from scheduling.rules.chairs import Chair, Taken
from scheduling.rules.course import LENGTH_STEP


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

    def __init__(self, chairs: Iterable[Chair], slot_minutes: int) -> None:
        kinds = {chair.id: chair.kinds for chair in chairs}
        self.chairs = tuple(sorted(kinds))
        self.slot_minutes = slot_minutes
        self.cell = gcd(slot_minutes, LENGTH_STEP)
        self.width = len(self.chairs)
        self._lanes = {chair: lane for lane, chair in enumerate(self.chairs)}
        # _columns[n] has the bit of the lowest lane in each of the first n rows.
        self._columns = [0]
        for row in range(MINUTES_A_DAY // self.cell):
            self._columns.append(self._columns[row] | 1 << row * self.width)
        self._kinds = [kinds[chair] for chair in self.chairs]

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

    def in_chairs_of(self, starts: int, kinds: frozenset[str]) -> int:
        """The starts in chairs of all these kinds."""
        row = sum(1 << lane for lane, has in enumerate(self._kinds) if kinds <= has)
        return starts & self._columns[-1] * row

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
