"""The days of a plan as ruin and recreate sees them: who stands where, what is left, and what it costs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from scheduling.planner.highs import Array
from scheduling.planner.packing import as_long_numbers
from scheduling.planner.roster import Roster

# Of a hundred places that would do, so many are passed over.
BLINK = 0.02
# So many states of a day are remembered.
MOST_KNOWN = 1000


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
        self.free: dict[int, dict[int, int] | None] = {}
        self.known: dict[int, dict[int, dict[int, int]]] = {}
        kind_of_z: list[list[tuple[int, int]]] = [[] for _ in range(master.starts)]
        for d, day in master.days.items():
            numbers = as_long_numbers(day.rows)
            self.guard[d], self.bits[d], self.left[d] = numbers.guard, numbers.uses, numbers.room
            self.known[d] = {}
            self.free[d] = None
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
        # Those without a day who could have one.
        self.left_out = {i: None for i, own in enumerate(self.by_cost) if own}
        self.cost = 0
        for i, z in enumerate(roster.chosen.tolist()):
            if z >= 0:
                start = starts[z]
                self.put(i, start, tuple(roster.seats[d][i] for d, _ in start.needs))

    def put(self, i: int, start: Start, seats: tuple[int, ...]) -> None:
        child = self.child[i]
        for (d, _), column in zip(start.needs, seats, strict=True):
            self.left[d] -= self.bits[d][column]
            self.free[d] = None
            self.here[d].add(i)
            if child is not None:
                self.met.add((child, d))
        self.at[i], self.seats[i] = start, seats
        self.left_out.pop(i, None)
        self.cost += start.cost

    def take(self, i: int) -> None:
        start, child = self.at[i], self.child[i]
        if start is None:
            return
        for (d, _), column in zip(start.needs, self.seats[i], strict=True):
            self.left[d] += self.bits[d][column]
            self.free[d] = None
            self.here[d].remove(i)
            if child is not None:
                self.met.discard((child, d))
        self.at[i], self.seats[i] = None, ()
        self.left_out[i] = None
        self.cost -= start.cost

    def insert(self, i: int, order: Sequence[Start], chance: Callable[[], float], most: float) -> bool:
        """Puts a course on the first of these days with room that costs no more, some passed over; whether
        there was one.
        """
        child, free_on = self.child[i], self.free
        for start in order:
            if start.cost > most:
                continue
            seats = []
            for d, k in start.needs:
                free = free_on[d]
                if free is None:
                    free = free_on[d] = self._known(d)
                column = free.get(k)
                if column is None:
                    column = free[k] = self._first_free(d, k)
                if column < 0 or (child is not None and (child, d) in self.met):
                    break
                seats.append(column)
            else:
                if chance() >= BLINK:
                    self.put(i, start, tuple(seats))
                    return True
        return False

    def has_room(self, start: Start) -> bool:
        for d, k in start.needs:
            free = self.free[d]
            if free is None:
                free = self.free[d] = self._known(d)
            if k not in free:
                free[k] = self._first_free(d, k)
            if free[k] < 0:
                return False
        return True

    def _first_free(self, d: int, k: int) -> int:
        """The first place of a kind with room, -1 if there is none."""
        left, guard, bits = self.left[d], self.guard[d], self.bits[d]
        for column in self.columns[d, k]:
            if (left - bits[column]) & guard == guard:
                return column
        return -1

    def _known(self, d: int) -> dict[int, int]:
        """The first free place by kind, as found when as much was left of the day: it often comes back to
        that.
        """
        known = self.known[d]
        if len(known) > MOST_KNOWN:
            known.clear()
        return known.setdefault(self.left[d], {})

    def insert_all(
        self, out: Sequence[int], by: Sequence[list[Start]], chance: Callable[[], float], most: float
    ) -> bool:
        """Puts courses back one after another; False as soon as all must come to more than `most`."""
        spare = most - self.cost - sum(self.cheapest[i] for i in out)
        for i in out:
            cheapest = self.cheapest[i]
            self.insert(i, by[i], chance, cheapest + spare)
            start = self.at[i]
            spare -= (start.cost if start else 0) - cheapest
            if spare < 0:
                return False
        return True

    def as_roster(self, at: Sequence[Start | None], seats: Sequence[tuple[int, ...]]) -> Roster:
        roster = Roster(self.master, np.full(len(at), -1))
        for i, start in enumerate(at):
            if start is not None:
                roster._take(
                    i, start.z, [(d, column) for (d, _), column in zip(start.needs, seats[i], strict=True)]
                )
        return roster
