"""Cuts take nothing away from any plan, and bring what no plan is below nearer."""

import numpy as np

from scheduling.planner.cutting import Cutting, relaxed_with_cuts
from scheduling.planner.planning import first_roster
from scheduling.planner.question import ask
from scheduling.planner.ruining import ruin
from scheduling.planner.starts import choose_starts
from scheduling.planner.values import Prices
from scheduling.planner.work import Work
from tests.planner.instances import instance


def test_cuts_hold_in_good_plans_and_starts_alone_are_below_the_best():
    question = instance(chairs=4, courses=30, weeks=4, seed=1)
    best = 1536  # proven by the programme over starts and places together
    work = Work(lambda progress: True, float("inf"))
    _, _, master = ask(question.candidates, question.diary, question.last_day, Prices(), work)
    cutting = Cutting(master)
    relaxed = relaxed_with_cuts(cutting, work)
    assert relaxed is not None
    cutting.cut_close(relaxed, work)
    assert len(master.cuts) > 5
    roster = first_roster(master, None, work)
    for turns in (0, 500, 4000):
        found = ruin(roster, relaxed.reduced, work, turns=turns, seed=0, bound=0)
        x = found.as_x()
        assert all(cut.weights @ x[cut.variables] <= cut.most + 1e-6 for cut in master.cuts)
    everything = np.ones(master.columns, dtype=bool)
    answer = choose_starts(master, everything, x, work, steps=200, seed=0)
    assert relaxed.bound + 10 < answer.bound <= best
