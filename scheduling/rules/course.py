"""What a course asks for, and one way of giving it: values only, no judgement.

Times are minutes after local midnight and lengths are minutes; `Visit.starts_at` makes them moments.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from scheduling.rules.calendar import MINUTES_A_DAY
from scheduling.rules.capacity import PHASE_STEP, Care, NurseRule, Phase, Stretch, stretches
from scheduling.rules.chairs import Taken, minutes_before_chair
from scheduling.rules.school import SchoolTerms

LONDON = ZoneInfo("Europe/London")
FEWEST_DAYS, MOST_DAYS = 1, 3
SHORTEST, LONGEST, LENGTH_STEP = 240, 360, 15


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRequest:
    """What one visit asks for, of a course or of another infusion; the family's limits and the child's needs.

    `minutes` is the agreed time, cannulation and drip; `cannulates` says whether a nurse starts a drip, and
    `care` what the rest of the agreed time asks of the nurses. `more_cannulation` is time on top of what the
    unit's rule says, less if below zero: the visit is that much longer, so that the drip lasts as agreed.
    `before` and `after` are phases around it, such as admission and observation. All are whole quarter hours.

    The family cannot do `impossible_weekdays` (0 Monday to 6 Sunday) or `impossible_dates` (first and last
    day, both included), nor start before `not_before`; `not_before_until` are earliest starts that hold only
    until a day, included. `other_visits` are days on which the child already has a visit. The chair has to
    be of all `chair_kinds`; somebody of each of `roles` has to be on shift from arrival to the end of
    cannulation.

    Raises ValueError for a time of day that is none, or a phase that is not in quarter hours.
    """

    minutes: int
    impossible_weekdays: frozenset[int] = frozenset()
    impossible_dates: tuple[tuple[date, date], ...] = ()
    not_before: int | None = None
    not_before_until: tuple[tuple[int, date], ...] = ()
    other_visits: frozenset[date] = frozenset()
    cannulates: bool = True
    care: Care = Care.SHARED
    more_cannulation: int = 0
    before: Phase | None = None
    after: Phase | None = None
    chair_kinds: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        starts = [start for start, _ in self.not_before_until]
        starts += [] if self.not_before is None else [self.not_before]
        if not all(0 <= start < MINUTES_A_DAY for start in starts):
            raise ValueError("The family's earliest start must be a time of day.")
        around = [phase.minutes for phase in (self.before, self.after) if phase]
        if any(minutes % PHASE_STEP for minutes in (*around, self.more_cannulation)):
            raise ValueError("Each phase of a visit lasts a whole number of quarter hours.")
        if self.minutes + self.more_cannulation <= 0:
            raise ValueError("A visit must take some time.")

    @property
    def is_for_course(self) -> bool:
        """Whether it is a visit of a course; otherwise, it is another infusion."""
        return False

    @property
    def length(self) -> int:
        """The minutes from the child's arrival to its leaving."""
        around = sum(phase.minutes for phase in (self.before, self.after) if phase)
        return self.minutes + self.more_cannulation + around

    @property
    def has_phases(self) -> bool:
        """Whether it passes otherwise than the usual visit of a course."""
        return bool(self.before or self.after or self.more_cannulation) or not self.is_for_course

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

    def phases(self, rule: NurseRule) -> tuple[Phase, ...]:
        """How the visit passes, from arrival to leaving."""
        cannulation = self._cannulation(rule)
        rest = self.minutes + self.more_cannulation - cannulation
        main = Phase(cannulation, Care.OWN), Phase(rest, self.care)
        return tuple(phase for phase in (self.before, *main, self.after) if phase and phase.minutes)

    def shape(self, rule: NurseRule) -> "Shape":
        """What a start has to be free for."""
        phases = self.phases(rule)
        before = self.before.minutes if self.before else 0
        return Shape(
            length=self.length,
            chair_from=minutes_before_chair(phases),
            chair_to=self.length - minutes_before_chair(phases[::-1]),
            care=tuple(stretches(0, phases)),
            for_course=self.is_for_course,
            chair_kinds=self.chair_kinds,
            roles=self.roles,
            roles_until=max(1, before + self._cannulation(rule)),
        )

    def _cannulation(self, rule: NurseRule) -> int:
        if not self.cannulates:
            return 0
        asked = max(0, rule.cannulation_minutes + self.more_cannulation)
        return min(asked, self.minutes + self.more_cannulation)


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseRequest(VisitRequest):
    """One child's course that needs a place: the clinician's decision, the family's limits, and needs.

    `days` is 1 to 3; `minutes` is 240 to 360 in quarter hours, the same on each day. `earliest`, `target`
    and `latest` are about the FIRST day: earliest and latest are hard, target is soft. The family may come
    `at_short_notice`; it has long heard of `known_days`, those of the course as it is booked. `course_id` is
    the course's name in the diary: a course being moved does not stand in its own way. `school` is given if
    the child would rather miss none: a wish, which forbids nothing. `is_split` says that a clinician has
    decided about a lost day: the course need not be whole any more.

    Raises ValueError for a length or number of days outside those bounds.
    """

    days: int = 2
    earliest: date | None = None
    target: date | None = None
    latest: date | None = None
    at_short_notice: bool = False
    known_days: frozenset[date] = frozenset()
    school: SchoolTerms | None = None
    course_id: Hashable | None = None
    is_split: bool = False

    def __post_init__(self) -> None:
        if not FEWEST_DAYS <= self.days <= MOST_DAYS:
            raise ValueError("A course lasts 1, 2 or 3 days.")
        if not SHORTEST <= self.minutes <= LONGEST or self.minutes % LENGTH_STEP:
            raise ValueError("A visit lasts 4 to 6 hours, in quarter hours.")
        # In a class with slots, super() without arguments does not find its class.
        super(CourseRequest, self).__post_init__()

    @property
    def is_for_course(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Shape:
    """What a visit takes up, in minutes from the child's arrival: the same for all visits of a request.

    The chair is needed from `chair_from` to `chair_to`, nurses as in `care`, and somebody of each of `roles`
    until `roles_until`.
    """

    length: int
    chair_from: int
    chair_to: int
    care: tuple[Stretch, ...]
    for_course: bool
    chair_kinds: frozenset[str]
    roles: frozenset[str]
    roles_until: int

    @property
    def chair_minutes(self) -> int:
        return self.chair_to - self.chair_from


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


def taken_by(
    visit: Visit, course: Hashable, request: VisitRequest | None = None, rule: NurseRule | None = None
) -> Taken:
    """What a visit of a course takes; without a request and a rule, in the usual phases.

    A visit that is longer by now than when it was chosen may no longer end on its day. No rule lets it, and
    it takes what is left of the day.
    """
    phases: tuple[Phase, ...] = ()
    start, end = visit.start, visit.end
    if request is not None and rule is not None and request.has_phases:
        shape, phases = request.shape(rule), request.phases(rule)
        start, end = visit.start + shape.chair_from, visit.start + shape.chair_to
    start = max(0, min(start, MINUTES_A_DAY - 1))
    end = max(start + 1, min(end, MINUTES_A_DAY))
    return Taken(visit.chair, visit.day, start, end, course, phases=phases)


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


@lru_cache(maxsize=10_000)
def local_moment(day: date, minutes: int) -> datetime:
    """The aware moment at which a clock in London shows `minutes` after midnight of `day`.

    1am to 2am happens twice when the clocks go back: the first one is meant.
    """
    return datetime.combine(day, time.min, tzinfo=LONDON) + timedelta(minutes=minutes)
