"""How many nurses the children in the unit need, moment by moment.

A visit is a row of phases, such as cannulation and the drip; each asks for a chair or not, and for a nurse's
care in one of three ways. Nurses are counted over all phases of all visits at every minute.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

# Phases last a whole number of quarter hours, because a chair is searched for in cells of that length.
PHASE_STEP = 15


class Care(StrEnum):
    """What a child asks of the nurses during a phase."""

    NONE = "none"
    SHARED = "shared"  # of a nurse who looks after other children, too
    OWN = "own"  # a nurse for this child alone


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a visit, `minutes` long; `in_chair`: whether it takes the visit's chair.

    Raises ValueError for a length below zero.
    """

    minutes: int
    care: Care = Care.SHARED
    in_chair: bool = True

    def __post_init__(self) -> None:
        if self.minutes < 0:
            raise ValueError("A phase cannot last less than no time.")


@dataclass(frozen=True, slots=True)
class Stretch:
    """One child's phase in a day, from `start` up to but not including `end`."""

    start: int
    end: int
    care: Care


@dataclass(frozen=True, slots=True)
class NurseRule:
    """Cannulation takes one nurse; afterwards one nurse looks after up to `children_per_nurse` children.

    A visit without phases of its own is cannulating for its first `cannulation_minutes` and monitored from
    then until its end.
    """

    cannulation_minutes: int
    children_per_nurse: int

    def __post_init__(self) -> None:
        if self.cannulation_minutes < 0:
            raise ValueError("Cannulation cannot take less than no time.")
        if self.children_per_nurse < 1:
            raise ValueError("A nurse must be able to look after at least one child.")

    def nurses_needed(self, cannulating: int, monitored: int) -> int:
        """One for each child with a nurse of its own, and the others shared out, rounded up."""
        return cannulating + -(-monitored // self.children_per_nurse)

    @lru_cache(maxsize=1000)  # noqa: B019 - rules are few, and equal ones share it
    def usual_phases(self, minutes: int) -> tuple[Phase, ...]:
        """Cannulation, then the drip: how a visit of `minutes` passes if nothing else is agreed."""
        cannulation = min(self.cannulation_minutes, minutes)
        return Phase(cannulation, Care.OWN), Phase(minutes - cannulation)


def stretches(start: int, phases: Iterable[Phase]) -> Iterator[Stretch]:
    """The phases of a visit that begins at `start`, at their times; none that needs no nurse."""
    for phase in phases:
        if phase.minutes and phase.care is not Care.NONE:
            yield Stretch(start, start + phase.minutes, phase.care)
        start += phase.minutes


@dataclass(frozen=True, slots=True)
class Load:
    """From `start` up to but not including `end`, the children who need nurses, and how many nurses.

    cannulating: those with a nurse of their own; monitored: those who share one.
    """

    start: int
    end: int
    cannulating: int
    monitored: int
    nurses: int


def nurse_load(cared_for: Iterable[Stretch], rule: NurseRule) -> tuple[Load, ...]:
    """The load of one day as steps, from the first child's arrival to the last one's leaving.

    Steps follow each other without gaps; a stretch with no child in is a step that needs no nurse.
    """
    cannulating: Counter[int] = Counter()  # moment -> change at that moment
    monitored: Counter[int] = Counter()
    for stretch in cared_for:
        changes = cannulating if stretch.care is Care.OWN else monitored
        changes[stretch.start] += 1
        changes[stretch.end] -= 1

    steps = []
    now_cannulating = now_monitored = 0
    for moment, next_moment in pairwise(sorted(cannulating.keys() | monitored.keys())):
        now_cannulating += cannulating[moment]
        now_monitored += monitored[moment]
        nurses = rule.nurses_needed(now_cannulating, now_monitored)
        steps.append(Load(moment, next_moment, now_cannulating, now_monitored, nurses))
    return tuple(steps)
