"""Where a plan loses: all of it is told, day by day, and the worst days are planned anew first."""

import numpy as np
import pytest

from scheduling.planner.planning import first_roster
from scheduling.planner.relaxing import Relaxing
from scheduling.planner.stretching import Stretches
from tests.planner.asked import asked


def test_the_days_tell_what_the_plan_costs_beyond_the_linear_programme():
    _, master, work = asked(5, 40, 4, 0)
    relaxed = Relaxing(master).relax(work)
    assert relaxed is not None
    roster = first_roster(master, None, work)

    lost = Stretches(master, relaxed).lost_by_day(roster)

    # Besides, courses that are left out lose what the linear programme pays for starting them.
    x, rows = roster.as_x(), len(master.room)
    used = np.bincount(master.row_of, weights=master.value_of * x[master.column_of], minlength=rows)
    of_places = np.isin(np.arange(rows), master.row_of[master.column_of >= master.starts])
    of_courses = (-relaxed.duals[:rows] * (master.room - used))[~of_places].sum()
    assert roster.value - relaxed.bound > 500
    assert lost.sum() + of_courses == pytest.approx(roster.value - relaxed.bound)
    assert (lost > -1e-6).all()


def test_the_worst_stretch_is_first_and_what_was_tried_counts_for_nothing():
    _, master, work = asked(3, 12, 2, 2)
    relaxed = Relaxing(master).relax(work)
    assert relaxed is not None
    stretches = Stretches(master, relaxed)
    first, last = min(master.days), max(master.days)
    lost = np.zeros(last + 1)
    lost[last], lost[first + 1], lost[first + 2] = 5, 3, 1

    begins, own = stretches.worst(lost, 3, [])
    assert begins == last - 2
    assert own == 5
    begins, own = stretches.worst(lost, 3, [last - 2])
    assert begins in (first, first + 1)
    assert own == 4
    _, own = stretches.worst(lost, 3, [last - 2, begins])
    assert own < 3
    # Shorter than a stretch: all there is.
    assert stretches.worst(lost, 60, []) == (first, 9)
    assert stretches.worst(lost, 60, [first]) == (first, 0)
