"""Cuts take nothing away from any plan, and bring what no plan is below nearer."""

import numpy as np

from scheduling.planner.cutting import CLOSE, Cutting, relaxed_closer, relaxed_with_cuts
from scheduling.planner.planning import first_roster
from scheduling.planner.ruining import ruin
from scheduling.planner.starts import choose_starts
from tests.planner.asked import asked


def test_cuts_hold_in_good_plans_and_starts_alone_are_below_the_best():
    _, master, work = asked(5, 40, 4, 0)
    best = 4508  # proven by the programme over starts and places together
    cutting = Cutting(master, 150)
    without = cutting.relaxing.relax(work)
    assert without is not None
    relaxed = relaxed_with_cuts(cutting, without, work)
    roster = first_roster(master, None, work)
    closer = relaxed_closer(cutting, relaxed, roster.as_x(), work)
    assert without.bound + 100 < relaxed.bound
    assert relaxed.bound + 100 < closer.bound <= best
    cutting.cut_by_prices(closer, CLOSE, work, only_broken=False)
    assert len(master.cuts) > 20
    for turns in (0, 500, 4000):
        found = ruin(roster, relaxed.reduced, work, turns=turns, seed=0, bound=0)
        x = found.as_x()
        assert all(cut.weights @ x[cut.variables] <= cut.most + 1e-6 for cut in master.cuts)
    everything = np.ones(master.columns, dtype=bool)
    answer = choose_starts(master, everything, x, work, steps=200, seed=0)
    assert relaxed.bound + 10 < answer.bound <= best


def test_what_chance_finds_fits_and_no_more_than_the_most_does():
    _, master, work = asked(4, 30, 4, 1)
    random, found = np.random.default_rng(3), 0
    for day in list(master.days.values())[:8]:
        weights = random.integers(1, 20, len(day.kinds))
        most, packed = day.most_of(weights, work)
        assert packed is not None
        assert weights @ packed == most
        assert day.by_chance(weights, most, random) is None
        if (by_chance := day.by_chance(weights, most * 0.6, random)) is not None:
            found += 1
            assert most * 0.6 < weights @ by_chance <= most
            # Whatever they weigh, these visits fit together.
            for _ in range(3):
                others = random.integers(1, 20, len(day.kinds))
                assert others @ by_chance <= day.most_of(others, work)[0]
    assert found > 4


def test_no_cut_says_less_than_its_day_can_take():
    _, master, work = asked(4, 30, 4, 0)
    cutting = Cutting(master, 150)
    without = cutting.relaxing.relax(work)
    assert without is not None
    relaxed = relaxed_with_cuts(cutting, without, work)
    cutting.cut(relaxed.x, work)
    assert master.cuts
    for cut in master.cuts:
        # The most that is said is the most there is, by the weights that are written.
        assert master.days[cut.day].most_of(cut.by_kind, work)[0] <= cut.most
