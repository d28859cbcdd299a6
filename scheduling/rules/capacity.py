"""How many nurses the children in the chairs need, moment by moment."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class NurseRule:
    """Cannulation takes one nurse; afterwards one nurse looks after up to `children_per_nurse` children.

    A visit is cannulating for its first `cannulation_minutes` and monitored from then until its end.
    """

    cannulation_minutes: int
    children_per_nurse: int

    def __post_init__(self) -> None:
        if self.cannulation_minutes < 0:
            raise ValueError("Cannulation cannot take less than no time.")
        if self.children_per_nurse < 1:
            raise ValueError("A nurse must be able to look after at least one child.")

    def nurses_needed(self, cannulating: int, monitored: int) -> int:
        """One for each cannulation, and the monitored children shared out, rounded up."""
        return cannulating + -(-monitored // self.children_per_nurse)


@dataclass(frozen=True, slots=True)
class Load:
    """From `start` up to but not including `end`, the children in the unit and the nurses they need."""

    start: int
    end: int
    cannulating: int
    monitored: int
    nurses: int


def nurse_load(visits: Iterable[tuple[int, int]], rule: NurseRule) -> tuple[Load, ...]:
    """The load of one day's `visits` (start and end in minutes) as steps, from first arrival to last leaving.

    Steps follow each other without gaps; a stretch with no child in is a step that needs no nurse.
    """
    cannulating: Counter[int] = Counter()  # moment -> change at that moment
    monitored: Counter[int] = Counter()
    for start, end in visits:
        settled = min(start + rule.cannulation_minutes, end)
        cannulating[start] += 1
        cannulating[settled] -= 1
        monitored[settled] += 1
        monitored[end] -= 1

    steps = []
    now_cannulating = now_monitored = 0
    for moment, next_moment in pairwise(sorted(cannulating.keys() | monitored.keys())):
        now_cannulating += cannulating[moment]
        now_monitored += monitored[moment]
        nurses = rule.nurses_needed(now_cannulating, now_monitored)
        steps.append(Load(moment, next_moment, now_cannulating, now_monitored, nurses))
    return tuple(steps)
