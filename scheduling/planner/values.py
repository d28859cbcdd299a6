"""What goes into a plan and what comes out: values only, no judgement and no solver.

Units: days are `datetime.date`, times minutes after local midnight, lengths minutes, costs whole points.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from scheduling.rules import CourseRequest, Objection, Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A course that a plan may place, once or not at all.

    request: `course_id` is set and unique among the candidates; its hard rules are those of
    `rules.objections`.
    weight: points for a day late, 1 to 1000; a course left out costs `Prices.left_out_days` times as much.
    due: the day 1 after which days count as late; the caller's choice (target, else earliest, else the day
    agreed).
    pinned: visits that a person chose; the plan keeps them exactly, or raises PinnedAway.
    child: two candidates of one child never share a date. None: not known, no such rule.
    """

    request: CourseRequest
    weight: int
    due: date
    pinned: tuple[Visit, ...] = ()
    child: Hashable | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A booked course in a re-plan: where it stands, and whether it may or must leave.

    must_move: it no longer fits where it stands (its place is dropped). Otherwise it may move, at a price.
    """

    candidate: Candidate
    visits: tuple[Visit, ...]
    must_move: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What a plan pays, in whole points of zero or more; compared primary first, then preferences.

    primary (plan):    weight x days late, and weight x left_out_days for each course left out.
    primary (re-plan): weight x left_out_days for each course lost, weight x days later than before beyond
                       `due` (never a credit for sooner), `shift_day` a day by which a course that must move
                       is shifted, and for every other course `moved_day`, else `moved_start`, else
                       `moved_chair`.
    preferences:       different_start, different_chair once a course; hour_later as in `rules.Weights`;
                       day_early a day before `due`.
    """

    left_out_days: int = 365
    different_start: int = 300
    different_chair: int = 200
    hour_later: int = 4
    day_early: int = 0
    moved_day: int = 40
    moved_start: int = 12
    moved_chair: int = 1
    shift_day: int = 1


class Stage(StrEnum):
    READING = "reading"  # which days each course could have on its own
    FIRST = "first"  # a first whole plan
    BETTER = "better"
    PROVING = "proving"
    TIDYING = "tidying"  # starts and chairs, primary held


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a plan is: the best so far and what no plan can be below; None if not known yet."""

    stage: Stage
    value: int | None
    bound: int | None
    share: float  # of the work, 0 to 1, never falling


# Asked at least every two seconds of work; False ends the work with the best plan so far.
Watch = Callable[[Progress], bool]


class Why(StrEnum):
    """Why a course is left out, or not sooner."""

    NO_DAY = "no-day"  # no day of its window has room even for it alone: a rule says which
    CROWDED = "crowded"  # it would fit alone; other candidates have the room at a smaller cost
    NOT_DECIDED = "not-decided"  # the work was cut short


@dataclass(frozen=True, slots=True)
class Placed:
    """A candidate's place. `alone`: the first day 1 it could have had in this diary on its own."""

    course_id: Hashable
    visits: tuple[Visit, ...]
    days_late: int
    alone: date


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A candidate without a place; `sentence` is for the coordinator and ends with a full stop."""

    course_id: Hashable
    why: Why
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One proposal. Both tuples are in the order of the candidates; together they name each candidate once.

    value: the primary cost as `Prices` says. bound: no plan whatever is below it (proven; 0 at least).
    preferences: the second cost; preferences_bound: none with this value or less is below it, None if not
    worked out.
    cut_short: `seconds` or `watch` ended the work, so another run may differ; otherwise equal input gives
    equal output.
    solver: such as "HiGHS 1.16.0". moved: in a re-plan the ids of other courses that leave their place.
    """

    placed: tuple[Placed, ...]
    left_out: tuple[LeftOut, ...]
    value: int
    bound: int
    preferences: int
    preferences_bound: int | None = None
    cut_short: bool = False
    solver: str = ""
    moved: tuple[Hashable, ...] = field(default=())

    @property
    def gap(self) -> float:
        """How much of the value at most could be saved by any other plan, 0 to 1."""
        return (self.value - self.bound) / max(1, self.value)


class PinnedAway(ValueError):
    """Pinned visits break rules; `objections` by course_id."""

    def __init__(self, objections: Mapping[Hashable, tuple[Objection, ...]]) -> None:
        self.objections = objections
        super().__init__(" ".join(str(each) for found in objections.values() for each in found))


class SolverFailed(RuntimeError):
    """The solver is not there or broke down. Never raised because a course has no place."""


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why a course does not start on a day. CROWDED: forcing it there would cost the plan at least `dearer`
    points.
    """

    first_day: date
    why: Why
    sentence: str
    dearer: int | None = None
