"""Ruin and recreate: take some courses out of a whole plan, put them back in another order, keep what pays.

Which course is taken out, and in which order they come back, is chance that `seed` decides; worse plans are
accepted now and then, ever more rarely. The work is counted in turns, so it is the same on any machine.

What is left of a day is one long number: each row of the day has a field of bits of its own, with a guard bit
above it. A place fits if no field has to borrow from its guard when the place is subtracted, so that one
subtraction and one comparison of long numbers ask all rows at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from random import Random

import numpy as np

from scheduling.planner.highs import Array
from scheduling.planner.roster import Roster
from scheduling.planner.work import Work

# Courses taken out at a time, at most.
MOST_OUT = 6
# How much worse a plan may be to be accepted, as a share of the value: at the beginning, and at the end.
WARM, COLD = 3e-3, 1e-4
# Of a hundred places that would do, so many are passed over.
BLINK = 0.02
# The clock is looked at once in so many turns.
LOOK = 50


@dataclass(slots=True)
class Start:
    """A course that starts on a day: z, its cost, and on each of its days the kind of place it needs."""

    z: int
    cost: int
    needs: tuple[tuple[int, int], ...]


class Ground:
    """The days as long numbers, who stands where, and what it costs."""

    def __init__(self, roster: Roster, price: Array) -> None:
        """price: by z what it costs beyond the linear programme's own; breaks ties between days."""
        master = roster.master
        self.master = master
        self.left: dict[int, int] = {}
        self.guard: dict[int, int] = {}
        self.bits: dict[int, list[int]] = {}
        self.columns: dict[tuple[int, int], list[int]] = {}
        self.free: dict[int, dict[int, int]] = {}
        kind_of_z: list[list[tuple[int, int]]] = [[] for _ in range(master.starts)]
        for d, day in master.days.items():
            rooms = day.rows.room.tolist()
            width = max([3, *(int(room).bit_length() + 2 for room in rooms)])
            self.guard[d] = sum(1 << (n * width + width - 1) for n in range(len(rooms)))
            self.bits[d] = [
                sum(
                    int(uses) << (int(n) * width)
                    for n, uses in zip(rows, day.rows.uses[rows, column], strict=True)
                )
                for column in range(len(day.rows.shape))
                for rows in [np.flatnonzero(day.rows.uses[:, column])]
            ]
            self.left[d] = self.guard[d] + sum(int(room) << (n * width) for n, room in enumerate(rooms))
            self.free[d] = {}
            for k, columns in enumerate(day.columns):
                self.columns[d, k] = columns.tolist()
            variables, kinds = master.covered.get(d, ((), ()))
            for z, k in zip(variables, kinds, strict=True):
                kind_of_z[int(z)].append((d, int(k)))
        for z, seats in master.stays.items():
            for d, column in seats.items():
                # A kind of its own, of one place.
                self.columns[d, -1 - z] = [column]
                kind_of_z[z].append((d, -1 - z))
        starts = [Start(z, int(master.cost[z]), tuple(sorted(needs))) for z, needs in enumerate(kind_of_z)]
        self.starts = starts
        self.by_cost: list[list[Start]] = []
        self.by_price: list[list[Start]] = []
        self.cheapest: list[int] = []
        for own in master.of_case:
            order = own[np.lexsort((master.first[own], np.round(price[own], 3), master.cost[own]))]
            self.by_cost.append([starts[z] for z in order.tolist()])
            order = own[np.lexsort((master.first[own], np.round(price[own], 3)))]
            self.by_price.append([starts[z] for z in order.tolist()])
            self.cheapest.append(int(master.cost[own].min()) if len(own) else 0)
        self.child = [case.candidate.child for case in master.problem.cases]
        counts: dict[object, int] = {}
        for child in self.child:
            counts[child] = counts.get(child, 0) + 1
        self.child = [child if child is not None and counts[child] > 1 else None for child in self.child]
        self.met: set[tuple[object, int]] = set()
        self.at: list[Start | None] = [None] * len(self.child)
        self.seats: list[tuple[int, ...]] = [()] * len(self.child)
        self.here: dict[int, set[int]] = {d: set() for d in master.days}
        self.cost = 0
        for i, z in enumerate(roster.chosen.tolist()):
            if z >= 0:
                start = starts[z]
                self.put(i, start, tuple(roster.seats[d][i] for d, _ in start.needs))

    def put(self, i: int, start: Start, seats: tuple[int, ...]) -> None:
        child = self.child[i]
        for (d, _), column in zip(start.needs, seats, strict=True):
            self.left[d] -= self.bits[d][column]
            self.free[d].clear()
            self.here[d].add(i)
            if child is not None:
                self.met.add((child, d))
        self.at[i], self.seats[i] = start, seats
        self.cost += start.cost

    def take(self, i: int) -> None:
        start, child = self.at[i], self.child[i]
        if start is None:
            return
        for (d, _), column in zip(start.needs, self.seats[i], strict=True):
            self.left[d] += self.bits[d][column]
            self.free[d].clear()
            self.here[d].remove(i)
            if child is not None:
                self.met.discard((child, d))
        self.at[i], self.seats[i] = None, ()
        self.cost -= start.cost

    def place(self, d: int, k: int) -> int:
        """The first place of a kind with room, -1 if there is none."""
        found = self.free[d].get(k)
        if found is None:
            left, guard, bits = self.left[d], self.guard[d], self.bits[d]
            found = -1
            for column in self.columns[d, k]:
                if (left - bits[column]) & guard == guard:
                    found = column
                    break
            self.free[d][k] = found
        return found

    def insert(self, i: int, order: Sequence[Start], random: Random, blink: float) -> bool:
        """Puts a course on the first of these days with room, some passed over; whether there was one."""
        child, place = self.child[i], self.place
        for start in order:
            seats = []
            for d, k in start.needs:
                column = place(d, k)
                if column < 0 or (child is not None and (child, d) in self.met):
                    break
                seats.append(column)
            else:
                if random.random() >= blink:
                    self.put(i, start, tuple(seats))
                    return True
        return False

    def as_roster(self, at: Sequence[Start | None], seats: Sequence[tuple[int, ...]]) -> Roster:
        roster = Roster(self.master, np.full(len(at), -1))
        for i, start in enumerate(at):
            if start is not None:
                roster._take(
                    i, start.z, [(d, column) for (d, _), column in zip(start.needs, seats[i], strict=True)]
                )
        return roster


def ruin(roster: Roster, price: Array, work: Work, *, turns: int, seed: int, bound: int) -> Roster:
    """The best roster after so many turns, or before if it cannot be better."""
    ground = Ground(roster, price)
    random = Random(seed)  # noqa: S311 (no secret)
    days = sorted(d for d in ground.here if any(key[0] == d for key in ground.columns))
    offset = roster.master.offset
    best = ground.cost
    best_at, best_seats = list(ground.at), list(ground.seats)
    weights = [case.candidate.weight for case in roster.master.problem.cases]
    cases = [i for i, own in enumerate(ground.by_cost) if own]
    heat = WARM * roster.value
    cooling = (COLD / WARM) ** (1 / max(1, turns))
    at = ground.at
    for turn in range(turns):
        if turn % LOOK == 0 and not work.goes_on():
            break
        if best + offset <= bound:
            break
        heat *= cooling
        before = ground.cost
        out = _taken_out(ground, random, cases, days)
        old = [(i, at[i], ground.seats[i]) for i in out]
        for i in out:
            ground.take(i)
        _ordered(out, random, weights, ground)
        by = ground.by_price if random.random() < 0.3 else ground.by_cost
        for i in out:
            ground.insert(i, by[i], random, BLINK)
        worse = ground.cost - before
        if worse > 0 and random.random() >= exp(-worse / heat):
            for i in out:
                ground.take(i)
            for i, start, seats in old:
                if start is not None:
                    ground.put(i, start, seats)
        elif ground.cost < best:
            best = ground.cost
            best_at, best_seats = list(at), list(ground.seats)
    return ground.as_roster(best_at, best_seats)


def _taken_out(ground: Ground, random: Random, cases: Sequence[int], days: Sequence[int]) -> list[int]:
    """Some courses near to each other, and one or two that would like to be there."""
    at, cheapest = ground.at, ground.cheapest
    out: dict[int, None] = {}
    unhappy = [i for i in cases if (at[i].cost if at[i] else 0) > cheapest[i]]  # type: ignore[union-attr]
    near: list[int]
    if unhappy and random.random() < 0.7:
        i = random.choice(unhappy)
        mine = at[i]
        paid = mine.cost if mine else 0
        better = [start for start in ground.by_cost[i][:60] if start.cost < paid]
        start = random.choice(better)
        near = [d for d, _ in start.needs]
        out[i] = None
    else:
        d = random.choice(days)
        near = [each for each in (d, d + 1, d + 2) if each in ground.here]
    found = sorted({i for d in near for i in ground.here[d]})
    count = min(len(found), 1 + int(random.random() * MOST_OUT))
    for i in random.sample(found, count):
        out[i] = None
    others = [i for i in cases if at[i] is None]
    for i in random.sample(others, min(3, len(others))):
        out[i] = None
    return list(out)


def _ordered(out: list[int], random: Random, weights: Sequence[int], ground: Ground) -> None:
    random.shuffle(out)
    kind = random.random()
    if kind < 0.4:
        out.sort(key=lambda i: -weights[i])
    elif kind < 0.6:
        out.sort(key=lambda i: -len(ground.by_cost[i][0].needs))
