"""What a course asks for, and one way of giving it: values only, no judgement.

Times are minutes after local midnight and lengths are minutes; `Visit.starts_at` makes them moments.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduling.rules.calendar import MINUTES_A_DAY
from scheduling.rules.school import SchoolTerms

LONDON = ZoneInfo("Europe/London")
FEWEST_DAYS, MOST_DAYS = 1, 3
SHORTEST, LONGEST, LENGTH_STEP = 240, 360, 15


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseRequest:
    """One child's course that needs a place: the clinician's decision and the family's limits.

    `days` is 1 to 3; `minutes` is 240 to 360 in quarter hours, the same on each day. `earliest`, `target`
    and `latest` are about the FIRST day: earliest and latest are hard, target is soft. The family cannot do
    `impossible_weekdays` (0 Monday to 6 Sunday) or `impossible_dates` (first and last day, both included),
    nor start before `not_before`. `other_visits` are days on which the child already has a visit.
    `course_id` is the course's name in the diary: a course being moved does not stand in its own way.
    `not_before_until` are earliest starts that hold only until a day, included. `school` is given if the
    child would rather miss none: a wish, which forbids nothing.
    `is_split` says that a clinician has decided about a lost day: the course need not be whole any more.

    Raises ValueError for a length or number of days outside those bounds.
    """

    minutes: int
    days: int = 2
    earliest: date | None = None
    target: date | None = None
    latest: date | None = None
    impossible_weekdays: frozenset[int] = frozenset()
    impossible_dates: tuple[tuple[date, date], ...] = ()
    not_before: int | None = None
    not_before_until: tuple[tuple[int, date], ...] = ()
    school: SchoolTerms | None = None
    other_visits: frozenset[date] = frozenset()
    course_id: Hashable | None = None
    is_split: bool = False

    def __post_init__(self) -> None:
        if not FEWEST_DAYS <= self.days <= MOST_DAYS:
            raise ValueError("A course lasts 1, 2 or 3 days.")
        if not SHORTEST <= self.minutes <= LONGEST or self.minutes % LENGTH_STEP:
            raise ValueError("A visit lasts 4 to 6 hours, in quarter hours.")
        starts = [start for start, _ in self.not_before_until]
        starts += [] if self.not_before is None else [self.not_before]
        if not all(0 <= start < MINUTES_A_DAY for start in starts):
            raise ValueError("The family's earliest start must be a time of day.")

    @property
    def has_impossible_days(self) -> bool:
        return bool(self.impossible_weekdays or self.impossible_dates)

    def cannot_do(self, day: date) -> bool:
        """Whether the family cannot come on that day at all."""
        in_a_range = any(first <= day <= last for first, last in self.impossible_dates)
        return in_a_range or day.weekday() in self.impossible_weekdays

    def earliest_start(self, day: date) -> int:
        """The first minute of that day at which the family can start."""
        ending = (start for start, until in self.not_before_until if day <= until)
        return max(self.not_before or 0, *ending, 0)

    @property
    def has_family_limits(self) -> bool:
        return self.has_impossible_days or self.not_before is not None or bool(self.not_before_until)


@dataclass(frozen=True, slots=True)
class Visit:
    """One day of a course: a chair, by its id, from `start` for `minutes`."""

    day: date
    chair: int
    start: int
    minutes: int

    @property
    def end(self) -> int:
        return self.start + self.minutes

    @property
    def starts_at(self) -> datetime:
        """The aware moment in Europe/London at which the visit starts."""
        return local_moment(self.day, self.start)

    @property
    def ends_at(self) -> datetime:
        """The aware moment in Europe/London at which the wall clock shows the visit's end."""
        return local_moment(self.day, self.end)


@dataclass(frozen=True, slots=True)
class Placement:
    """One choice of visits for a request, in the order of the days. It may break rules.

    Raises ValueError without a visit, because then there is no first day.
    """

    request: CourseRequest
    visits: tuple[Visit, ...]

    def __post_init__(self) -> None:
        if not self.visits:
            raise ValueError("A placement needs at least one visit.")

    @property
    def first_day(self) -> date:
        return self.visits[0].day

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(visit.day for visit in self.visits)


def local_moment(day: date, minutes: int) -> datetime:
    """The aware moment at which a clock in London shows `minutes` after midnight of `day`.

    1am to 2am happens twice when the clocks go back: the first one is meant.
    """
    return datetime.combine(day, time.min, tzinfo=LONDON) + timedelta(minutes=minutes)
