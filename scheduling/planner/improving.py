"""From a first whole plan to a good one, and to what no plan is below.

The linear programme says how good a plan could be, and what each start would cost beyond that: nothing that
costs more than the gap can be part of a better plan. A small integer programme over what the linear one uses
gives a good plan; then one stretch of days after another is planned anew with all others held; last, if what
is left is small enough, the whole is asked once more for the bound.
"""

from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np

from scheduling.planner.cutting import CLOSE, MOST_ASKED, Cutting, relaxed_closer, relaxed_with_cuts
from scheduling.planner.highs import Answer, Array
from scheduling.planner.master import Master
from scheduling.planner.relaxing import Relaxed
from scheduling.planner.roster import Roster, roster_of
from scheduling.planner.ruining import COLD, HOT, ruin
from scheduling.planner.starts import choose_starts
from scheduling.planner.stretching import STARTS_EACH, Stretches, cheapest
from scheduling.planner.values import Stage
from scheduling.planner.work import Work

# Steps of the solver at the usual effort: for the first programme, a stretch of days, and the whole.
FIRST_STEPS, STRETCH_STEPS, WHOLE_STEPS, ALONE_STEPS = 150, 60, 400, 60
# For the whole at once, where it is small: most often a proof.
FEW_STEPS = 800
# Days planned anew together, the short stretches first: they are cheap. They are worth it if they lose this
# share of the gap.
STRETCHES, WORTH_A_STRETCH = (8, 12, 16), 0.04
# All stretches together are given so much work for each start, and no less than the least; a unit is about a
# second. What a stretch comes to is told by its columns, and by the simplex turns over them.
WORK_A_START, LEAST_WORK = 0.0028, 26
COLUMNS_COST, TURNS_COST = 3e-5, 1.2e-7
# Turns of ruin and recreate: at first, and once more from a plan that is near the best, or is not yet.
TURNS, TURNS_NEAR, TURNS_FAR = 12000, 60000, 180000
# Days are worth a closer look if their prices alone raised the bound by this share; else what the linear
# programme uses is worth a programme of its own, for then it starts most courses whole.
CUTS_MATTER = 0.01
# The whole is asked only up to so many columns: at once if they are few, else last.
FEW_COLUMNS, MOST_COLUMNS = 5000, 12000
# Plain rounding in a programme of a part of the days.
CLOSE_ENOUGH = 2e-4


def whole_bound(bound: float) -> int:
    """The least whole number of points that is not below a bound, the solver's rounding allowed for."""
    return ceil(bound - 1e-6 * max(1.0, abs(bound)) - 1e-4)


@dataclass(slots=True)
class Improving:
    """The best roster so far and the bound, while they get nearer to each other."""

    master: Master
    roster: Roster
    work: Work
    effort: int
    seed: int
    paid: int
    bound: int = 0

    @property
    def is_proven(self) -> bool:
        return self.roster.value <= self.bound

    @property
    def goes_on(self) -> bool:
        return not self.is_proven and not self.work.is_cut_short

    def steps(self, usual: int) -> int:
        return max(1, usual * self.effort // 100)

    def take(self, x: Array | None) -> bool:
        """Keeps what the solver found, completed, if it is better than all before; whether it was."""
        if x is None:
            return False
        found = roster_of(self.master, x)
        found.fill(range(len(self.master.problem.cases)), self.work)
        if found.value >= self.roster.value:
            return False
        self.roster = found
        self.work.value = found.value + self.paid
        return True

    def run(self) -> None:
        cutting = Cutting(self.master, self.steps(MOST_ASKED))
        without = cutting.relaxing.relax(self.work)
        if without is None:
            return
        relaxed = relaxed_with_cuts(cutting, without, self.work)
        self._raise_bound(relaxed.bound)
        self.work.begins(Stage.BETTER, 0.75)
        self.ruin(relaxed, TURNS, HOT)
        if self.goes_on:
            self.whole(relaxed, FEW_COLUMNS, FEW_STEPS)
        if self.goes_on and relaxed.bound > without.bound * (1 + CUTS_MATTER):
            relaxed = relaxed_closer(cutting, relaxed, self.roster.as_x(), self.work)
            self._raise_bound(relaxed.bound)
            self.ruin(relaxed, TURNS_FAR, HOT)
        elif self.goes_on:
            self.first(relaxed)
            self.ruin(relaxed, TURNS_NEAR, COLD)
        if self.goes_on:
            self.starts_alone(relaxed, cutting)
        if self.goes_on:
            self.stretches(relaxed)
        self.work.begins(Stage.PROVING, 0.9)
        if self.goes_on:
            self.whole(relaxed, MOST_COLUMNS, WHOLE_STEPS)

    def ruin(self, relaxed: Relaxed, turns: int, heat: tuple[float, float]) -> None:
        """Some turns of chance: cheap, and what follows is smaller the nearer the plan is."""
        if not self.goes_on:
            return
        self.roster = ruin(
            self.roster,
            relaxed.reduced,
            self.work,
            turns=self.steps(turns),
            heat=heat,
            seed=self.seed,
            bound=self.bound,
        )
        self.work.value = self.roster.value + self.paid

    def starts_alone(self, relaxed: Relaxed, cutting: Cutting) -> None:
        """The starts without the places: only for what no plan is below."""
        cutting.cut_by_prices(relaxed, CLOSE, self.work, only_broken=False)
        x = self.roster.as_x()
        allowed = (relaxed.reduced < self._gap(relaxed) + 1e-6) | (x > 0.5)
        answer = choose_starts(
            self.master,
            allowed,
            x,
            self.work,
            steps=self.steps(ALONE_STEPS),
            seed=self.seed,
            options={"mip_abs_gap": 0.9},
        )
        self._proves(answer)

    def _gap(self, relaxed: Relaxed) -> int:
        """What costs more than this beyond the linear programme is in no better plan. Its own bound counts,
        not the best known: the reduced costs belong to it.
        """
        return self.roster.value - whole_bound(relaxed.bound)

    def _proves(self, answer: Answer) -> None:
        """Takes the bound of a programme over all that could be part of a better plan."""
        if np.isfinite(answer.bound):
            # A plan that needs anything else costs as much as the best that was known before, at least.
            self._raise_bound(answer.bound)

    def _raise_bound(self, bound: float) -> None:
        self.bound = max(self.bound, min(self.roster.value, whole_bound(bound)))
        self.work.bound = self.bound + self.paid

    def first(self, relaxed: Relaxed) -> None:
        """The integer programme over what the linear one uses, and the cheapest starts of each course."""
        master = self.master
        allowed = relaxed.x > 1e-6
        for own in master.of_case:
            allowed[cheapest(own, relaxed, STARTS_EACH)] = True
        answer = self.choose(allowed, np.zeros(master.columns), FIRST_STEPS, 0.0, {"mip_rel_gap": 1e-3})
        self.take(answer.x)

    def stretches(self, relaxed: Relaxed) -> None:
        """One stretch of days after another anew, where most is lost first."""
        stretches = Stretches(self.master, relaxed)
        work = max(LEAST_WORK, WORK_A_START * self.master.starts)
        left = total = work * self.effort / 100
        for length in STRETCHES:
            tried: list[int] = []
            while left > 0 and self.goes_on and self.work.goes_on(1 - left / total):
                gap = self._gap(relaxed)
                begins, lost = stretches.worst(stretches.lost_by_day(self.roster), length, tried)
                if lost < WORTH_A_STRETCH * gap:
                    break
                allowed = stretches.allowed(self.roster, begins, begins + length, gap)
                close = {
                    "mip_abs_gap": max(1e-6, CLOSE_ENOUGH * self.roster.value),
                    "mip_allow_restart": False,
                }
                answer = self.choose(allowed, self.roster.as_x(), STRETCH_STEPS, 1 - left / total, close)
                columns = int(allowed.sum())
                left -= COLUMNS_COST * columns + TURNS_COST * answer.turns * columns
                if self.take(answer.x):
                    # Who moved may have made room for others near.
                    tried = [other for other in tried if abs(other - begins) >= length]
                tried.append(begins)

    def whole(self, relaxed: Relaxed, most_columns: int, steps: int) -> None:
        """All that could be part of a better plan, for a better plan or the proof that there is none."""
        gap = self._gap(relaxed)
        x = self.roster.as_x()
        allowed = (relaxed.reduced < gap + 1e-6) | (x > 0.5)
        if int(allowed.sum()) > most_columns:
            return
        # Costs are whole points: less than one between plan and bound is a proof.
        # The plan is near the best already: to begin anew, or to look for another, costs more than it brings.
        options = {
            "mip_abs_gap": 0.9,
            "mip_allow_restart": False,
            "mip_pool_soft_limit": 150,
            "mip_heuristic_run_feasibility_jump": False,
            "mip_heuristic_run_rens": False,
            "mip_heuristic_run_root_reduced_cost": False,
        }
        answer = self.choose(allowed, x, steps, 0.0, options)
        self.take(answer.x)
        self._proves(answer)

    def choose(self, allowed: Array, base: Array, usual: int, done: float, options: dict[str, Any]) -> Answer:
        return self.master.choose(
            allowed,
            base,
            self.work,
            steps=self.steps(usual),
            seed=self.seed,
            done=done,
            options=options,
        )


def improve(
    master: Master, roster: Roster, work: Work, *, effort: int, seed: int, paid: int
) -> tuple[Roster, int]:
    """The best roster found, and what none is below."""
    if not master.starts:
        return roster, roster.value
    improving = Improving(master, roster, work, effort, seed, paid)
    improving.run()
    return improving.roster, improving.bound
