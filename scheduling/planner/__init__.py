"""The planner: the best plan for many courses at once, how good it is at best, and why a child is not sooner.

It stands on `rules`, which decide what is allowed, and is pure like them: no Django, no clock but that which
cuts work short, no chance but `seed`. `plan` gives waiting courses their days, `replan` finds new ones for
booked courses that a closure hits, `bound_of` and `changed` answer "what if", `why_not` explains, and
`check` asks the rules about a whole plan. The solver is loaded when it is first asked to solve: importing
this package costs nothing. Read in this order: values, reading, packing, days, master, writing, cutting,
starts, roster, ground, ruining, improving, seating, planning, booked, keeping_times, replanning; highs is the
solver, work the clock.

Units: days are `datetime.date`, times minutes after local midnight, lengths minutes, costs whole points.
"""

from collections.abc import Hashable, Mapping, Sequence
from datetime import date
from types import MappingProxyType

from scheduling.planner.values import (
    Candidate,
    LeftOut,
    PinnedAway,
    Placed,
    Plan,
    Prices,
    Progress,
    SolverFailed,
    Stage,
    Standing,
    Watch,
    Why,
    WhyNot,
)
from scheduling.planner.what_if import changed_diary
from scheduling.rules import Closure, Diary, OpeningHours

__all__ = [
    "Candidate",
    "LeftOut",
    "PinnedAway",
    "Placed",
    "Plan",
    "Prices",
    "Progress",
    "SolverFailed",
    "Stage",
    "Standing",
    "Watch",
    "Why",
    "WhyNot",
    "bound_of",
    "changed",
    "check",
    "plan",
    "replan",
    "why_not",
]


def plan(
    candidates: Sequence[Candidate],
    diary: Diary,
    *,
    last_day: date,
    prices: Prices = Prices(),  # noqa: B008
    effort: int = 100,
    seconds: float = 600.0,
    seed: int = 0,
    start: Plan | None = None,
    watch: Watch = lambda progress: True,
) -> Plan:
    """The best plan found for the waiting courses; every visit on or before `last_day`.

    effort: work in per cent of the usual, counted in solver steps, never in time: equal (candidates, diary,
    last_day, prices, effort, seed, start) give equal plans on equal versions of highspy. seconds: wall time
    after which the work is cut short. start: a plan to begin from; the answer is never worse than what of it
    is still allowed.

    Raises ValueError for a course_id missing or twice, a weight outside 1..1000, a last_day before
    diary.today; PinnedAway if pinned visits break rules.
    """
    from scheduling.planner.planning import as_asked, plan_all
    from scheduling.planner.work import Work

    work = Work(watch, seconds)
    found = plan_all(
        candidates,
        diary,
        last_day=last_day,
        prices=prices,
        effort=effort,
        seconds=seconds,
        seed=seed,
        start=start,
        work=work,
    )
    return as_asked(found, candidates, diary, last_day)


def check(plan: Plan, candidates: Sequence[Candidate], diary: Diary, *, last_day: date) -> tuple[str, ...]:
    """Every rule the plan breaks, as sentences: asks `rules.objections` of each placement in the diary with
    all others.

    No solver. `plan` and `replan` call it before they return and raise SolverFailed if it finds anything.
    """
    from scheduling.planner.checking import faults_of

    return faults_of(plan, candidates, diary, last_day)


def replan(
    standing: Sequence[Standing],
    diary: Diary,
    *,
    last_day: date,
    most_others: int | None = None,
    prices: Prices = Prices(),  # noqa: B008
    effort: int = 100,
    seconds: float = 120.0,
    seed: int = 0,
    watch: Watch = lambda progress: True,
) -> tuple[Plan, ...]:
    """A short list of plans, fewest other courses moved first (0 always is one), each strictly cheaper than
    the last.

    most_others: no plan may move more courses than that which need not move; None: as many as pay for
    themselves. `bound` of all of them is that of the problem in which any course may move. Raises what `plan`
    raises.
    """
    from scheduling.planner.booked import unless_as_before
    from scheduling.planner.planning import in_order_of
    from scheduling.planner.replanning import replan_all
    from scheduling.planner.work import Work

    found = replan_all(
        standing,
        diary,
        last_day=last_day,
        most_others=most_others,
        prices=prices,
        effort=effort,
        seed=seed,
        work=Work(watch, seconds),
    )
    candidates = [each.candidate for each in standing]
    return tuple(unless_as_before(in_order_of(candidates, each), standing, diary, last_day) for each in found)


def why_not(
    plan: Plan,
    course_id: Hashable,
    first_day: date,
    candidates: Sequence[Candidate],
    diary: Diary,
    *,
    last_day: date,
    prices: Prices = Prices(),  # noqa: B008
) -> WhyNot:
    """Why a course does not start on a day: a rule first (`rules.refusals` in the bare diary), else what the
    forced day costs (the LP with it fixed).
    """
    from scheduling.planner.asking import why_not_then

    return why_not_then(plan, course_id, first_day, candidates, diary, last_day, prices)


def bound_of(
    candidates: Sequence[Candidate],
    diary: Diary,
    *,
    last_day: date,
    prices: Prices = Prices(),  # noqa: B008
    seconds: float = 60.0,
) -> int:
    """What no plan can be below, from the LP alone (1 to 20 s): the quick half of a what-if. 0 if time runs
    out.
    """
    from scheduling.planner.asking import bound_alone

    return bound_alone(candidates, diary, last_day, prices, seconds)


def changed(
    diary: Diary,
    *,
    chairs: int = 0,
    nurses: Mapping[int, int] = MappingProxyType({}),
    opening: Mapping[int, OpeningHours] = MappingProxyType({}),
    closed: Sequence[Closure] = (),
) -> Diary:
    """The diary of a what-if: so many chairs more (ids below 0) or, if negative, the highest ids fewer;
    nurses more or fewer by weekday (days staffed by hand too, never below 0); weekdays opened or with other
    hours; days closed.
    """
    return changed_diary(diary, chairs, nurses, opening, closed)
