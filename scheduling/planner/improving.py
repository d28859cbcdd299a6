"""From a first whole plan to a good one, and to what no plan is below."""

from collections.abc import Callable
from math import ceil

import numpy as np

from scheduling.planner.master import Master, Relaxed
from scheduling.planner.roster import Roster, roster_of
from scheduling.planner.values import Stage
from scheduling.planner.work import Work

MOST_STEPS = 10**9
ROUNDS_OF_CUTS = 2


def whole_bound(bound: float) -> int:
    """The least whole number of points that is not below a bound, the solver's rounding allowed for."""
    return ceil(bound - 1e-6 * max(1.0, abs(bound)) - 1e-4)


def relaxed_with_cuts(master: Master, work: Work, rounds: int = ROUNDS_OF_CUTS) -> Relaxed | None:
    """The linear programme, its days cut to what whole visits can do."""
    best = master.relax(work, MOST_STEPS)
    for _ in range(rounds):
        if best is None or not master.cut_by(best, work):
            break
        again = master.relax(work, MOST_STEPS)
        if again is None:
            break
        best = again if again.bound >= best.bound else best
    return best


def guided(master: Master, relaxed: Relaxed, work: Work) -> Roster:
    """A plan that follows the linear programme: the surest courses first, each on its likeliest day."""
    x, reduced = relaxed.x[: master.starts], relaxed.reduced[: master.starts]
    roster = Roster(master, np.full(len(master.problem.cases), -1))
    sureness = [float(x[own].max()) if len(own) else 0.0 for own in master.of_case]
    order = sorted(range(len(sureness)), key=lambda i: (-round(sureness[i], 6), i))
    for i in order:
        own = master.of_case[i]
        for z in own[
            np.lexsort((master.first[own], np.round(reduced[own], 3), -np.round(x[own], 6)))
        ].tolist():
            if not work.goes_on():
                return roster
            if roster.insert(z):
                break
    return roster


def improve(
    master: Master, roster: Roster, work: Work, *, effort: int, seed: int, paid: int
) -> tuple[Roster, int]:
    """The best roster found, and a bound."""
    if not master.starts:
        return roster, roster.value
    relaxed = relaxed_with_cuts(master, work)
    if relaxed is None:
        return roster, 0
    bound = whole_bound(relaxed.bound)
    work.bound = bound + paid

    def better(found: Roster) -> None:
        nonlocal roster
        if found.value < roster.value:
            roster = found
            work.value = roster.value + paid

    better(guided(master, relaxed, work))
    work.begins(Stage.BETTER, 0.6)
    if roster.value > bound:
        narrow(master, roster, relaxed, work, effort, seed, better)
    return roster, bound


def narrow(
    master: Master,
    roster: Roster,
    relaxed: Relaxed,
    work: Work,
    effort: int,
    seed: int,
    better: Callable[[Roster], None],
) -> None:
    """The integer programme over what the linear one finds cheap, and what the roster has."""
    near = relaxed.reduced <= 10 + 1e-6
    near |= roster.as_x() > 0.5
    answer = master.choose(
        near,
        work,
        steps=3000 * effort // 100,
        seed=seed,
        start=roster.as_x(),
        on_better=lambda x: better(roster_of(master, x)),
    )
    if answer.x is not None:
        better(roster_of(master, answer.x))
