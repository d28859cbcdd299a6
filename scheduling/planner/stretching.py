"""Which days to plan anew together, all else held: where the plan loses most against the linear programme.

What a plan costs beyond the linear programme is the sum of what its starts and places cost beyond that, and
of what it leaves unused of rows that have a price. Each belongs to a day, so the days say where a better plan
is to be looked for.
"""

import numpy as np

from scheduling.planner.highs import Array
from scheduling.planner.master import Master
from scheduling.planner.relaxing import Relaxed
from scheduling.planner.roster import Roster

# Of each course, so many of its cheapest starts may be outside the stretch.
STARTS_EACH = 6
# In a stretch visits start on this grid, besides where some start already.
COARSE = 30


class Stretches:
    """The stretches of days of a programme, whose answer says what each start, place and row is worth."""

    def __init__(self, master: Master, relaxed: Relaxed) -> None:
        self.master, self.relaxed = master, relaxed
        self.lengths = np.array([case.days for case in master.problem.cases])[master.case]
        days = master.days.items()
        self.day_of_place = np.concatenate([np.full(len(day.rows.start), d) for d, day in days])
        self.start_of_place = master.start_of_places()
        self.near = np.zeros(master.starts, dtype=bool)
        for own in master.of_case:
            self.near[cheapest(own, relaxed, STARTS_EACH)] = True
        # Rows of courses and of siblings belong to no day.
        self._day_of_row = np.full(len(master.room), -1)
        in_places = master.column_of >= master.starts
        place = master.column_of[in_places] - master.starts
        self._day_of_row[master.row_of[in_places]] = self.day_of_place[place]

    def lost_by_day(self, roster: Roster) -> Array:
        """By the number of a day, how much of the cost beyond the linear programme is its own, in points."""
        master, duals, x = self.master, self.relaxed.duals, roster.as_x()
        rows = len(master.room)
        lost = np.zeros(max(master.days) + 1)
        used = np.bincount(master.row_of, weights=master.value_of * x[master.column_of], minlength=rows)
        unused = -duals[:rows] * (master.room - used)
        of_days = self._day_of_row >= 0
        np.add.at(lost, self._day_of_row[of_days], unused[of_days])
        for dual, cut in zip(-duals[rows:], master.cuts, strict=False):
            lost[cut.day] += dual * (cut.most - cut.weights @ x[cut.variables])
        dearer = self.relaxed.reduced * x
        np.add.at(lost, self.day_of_place, dearer[master.starts :])
        for z in np.flatnonzero(x[: master.starts] > 0.5).tolist():
            first, length = int(master.first[z]), int(self.lengths[z])
            lost[first : first + length] += dearer[z] / length
        return lost

    def worst(self, lost: Array, length: int, tried: list[int]) -> tuple[int, float]:
        """The first day of the stretch of so many days that loses most, and how much. What it shares with a
        stretch that was tried counts for nothing.
        """
        last = max(self.master.days)
        begins = np.arange(min(self.master.days), max(last - length + 1, min(self.master.days)) + 1)
        sums = np.concatenate([[0.0], np.cumsum(lost), np.full(length, lost.sum())])
        own = sums[begins + length] - sums[begins]
        for other in tried:
            shared = np.maximum(0, length - np.abs(begins - other)) / length
            own = np.minimum(own, (sums[begins + length] - sums[begins]) * (1 - shared))
        best = int(np.argmax(np.round(own, 6)))
        return int(begins[best]), float(own[best])

    def allowed(self, roster: Roster, begins: int, ends: int, gap: float) -> Array:
        """What may change: who is in the stretch, or would rather be; where they may be instead; the places
        there. What costs more than the gap beyond the linear programme is in no better plan.
        """
        master, relaxed, x = self.master, self.relaxed, roster.as_x()
        inside = (master.first >= begins) & (master.first + self.lengths <= ends)
        chosen = roster.chosen
        is_free = chosen < 0
        is_free[~is_free] = inside[chosen[~is_free]]
        # Who is elsewhere, and by the linear programme would pay less here, is free as well.
        paid = np.where(chosen < 0, np.array(master.left_out, dtype=np.float64), relaxed.reduced[chosen])
        is_free[master.case[inside & (relaxed.reduced[: master.starts] < paid[master.case] - 0.5)]] = True
        allowed = relaxed.reduced <= gap + 1e-6
        allowed[: master.starts] &= is_free[master.case] & (inside | self.near)
        allowed[: master.starts] |= x[: master.starts] > 0.5
        here = (self.day_of_place >= begins) & (self.day_of_place < ends)
        on_grid = self.start_of_place % COARSE == 0
        used = on_grid | (relaxed.x[master.starts :] > 1e-6)
        elsewhere = self._free_elsewhere(roster, allowed, begins, ends) & on_grid
        allowed[master.starts :] &= (here & used) | elsewhere
        allowed[master.starts :] |= here & (x[master.starts :] > 0.5)
        return allowed

    def _free_elsewhere(self, roster: Roster, allowed: Array, begins: int, ends: int) -> Array:
        """The places still free on other days that the allowed starts would need, all who sit there
        staying.
        """
        master = self.master
        asked = np.flatnonzero(allowed[: master.starts]).tolist()
        days = {int(master.first[z]) + n for z in asked for n in range(int(self.lengths[z]))}
        days -= set(range(begins, ends))
        found = []
        for d, day in master.days.items():
            free = np.zeros(len(day.rows.shape), dtype=bool)
            if d in days:
                free = (day.rows.uses <= (day.rows.room - roster.load_on(d))[:, None]).all(axis=0)
            found.append(free)
        return np.concatenate(found)


def cheapest(own: Array, relaxed: Relaxed, count: int) -> Array:
    """Of these starts those that cost least beyond the linear programme."""
    return own[np.argsort(np.round(relaxed.reduced[own], 6), kind="stable")[:count]]
