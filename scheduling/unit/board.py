"""The week board: a unit's chairs and days as lanes of segments, and what each day still has room for.

`drawing.py` draws it, and decides nothing. Times are minutes after midnight, widths are cells of a quarter of
an hour. A lane's segments fill its day from `Board.opens` to `Board.closes` without a gap.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from scheduling.models import Course, Session
from scheduling.rules import (
    Chair,
    Closure,
    CourseRequest,
    DayUse,
    OpeningHours,
    Visit,
)
from scheduling.rules.course import SHORTEST

CELL = 15
HOUR = 60
A_DAY = timedelta(days=1)
# The course that the board assumes if days are not chosen for one: the usual number of days, at the shortest.
USUAL = CourseRequest(days=2, minutes=SHORTEST)


class Kind(StrEnum):
    VISIT = "visit"
    DRAFT = "draft"  # a visit that a draft proposes: nothing of it is booked
    OTHER = "other"  # taken by something other than a visit
    FREE = "free"  # long enough for a visit
    GAP = "gap"  # free, but too short
    SHUT = "shut"  # the unit is not open, or the time has passed


@dataclass(frozen=True)
class Segment:
    """A stretch of one chair's day, from `start` to `end`. cells: its width."""

    kind: Kind
    chair: Chair
    day: date
    start: int
    end: int
    cells: int
    session: Session | None = None
    label: str = ""
    # The key of another infusion.
    infusion: int | None = None
    # The course for which a draft proposes it.
    course: Course | None = None
    # The visits of the best pair that begins here, and the names of all segments that it needs.
    visits: tuple[Visit, ...] = ()
    pair: tuple[str, ...] = ()

    @property
    def minutes(self) -> int:
        return self.end - self.start

    @property
    def name(self) -> str:
        """Its id on the page, the same each time the week is drawn."""
        return f"s{self.day:%m%d}-{self.chair.id}-{self.start}"


@dataclass(frozen=True)
class Hour:
    """How many nurses the children need in one hour, at its busiest moment.

    on: how many nurses are on, when fewest are.
    """

    start: int
    nurses: int
    is_full: bool
    on: int = 0


@dataclass(frozen=True)
class Day:
    """One column: the head of the day, and its lanes by the keys of their chairs."""

    day: date
    hours: OpeningHours | None
    why_closed: str
    use: DayUse
    free_minutes: int
    used_percent: int
    load: tuple[Hour, ...]
    is_empty: bool
    parts_closed: tuple[Closure, ...] = ()
    # Places that are still kept back, in words.
    kept_back: tuple[str, ...] = ()
    lanes: dict[int, tuple[Segment, ...]] = field(repr=False, default_factory=dict)

    @property
    def is_blank(self) -> bool:
        """Closed, with nothing booked on it: one note replaces the lanes."""
        return self.hours is None and self.is_empty

    @property
    def busiest(self) -> int:
        return max((hour.nurses for hour in self.load), default=0)


@dataclass(frozen=True)
class Board:
    """A unit's chairs and days. opens, closes: the stretch of each day that is drawn."""

    opens: int
    closes: int
    chairs: tuple[Chair, ...]
    days: tuple[Day, ...]

    @property
    def rows(self) -> Iterator[tuple[Chair, list[tuple[Day, tuple[Segment, ...]]]]]:
        """For each chair its lane on every day."""
        for chair in self.chairs:
            yield chair, [(day, day.lanes[chair.id]) for day in self.days]

    @property
    def has_shifts(self) -> bool:
        """Whether nurses come and go on any of the days."""
        return any(day.hours and day.hours.shifts for day in self.days)

    @property
    def hour_marks(self) -> range:
        return range(self.opens, self.closes, 2 * HOUR)

    @property
    def cells(self) -> int:
        return (self.closes - self.opens) // CELL


def week_of(day: date) -> list[date]:
    monday = day - day.weekday() * A_DAY
    return [monday + n * A_DAY for n in range(7)]
