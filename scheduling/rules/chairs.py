"""A unit's chairs, and what takes them."""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date

from scheduling.rules.calendar import MINUTES_A_DAY


@dataclass(frozen=True, slots=True)
class Chair:
    """A chair or bed; `name` is what the coordinator calls it, such as "Chair 3"."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A chair, by its id, is taken on `day` from `start` up to but not including `end`.

    With a `course`, a child is in it. With None something else takes it: `label` says what, and no nurse is
    needed. Raises ValueError if the times are not a part of one day.
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
