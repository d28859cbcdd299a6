"""A whole plan in the making: who starts on which day, and the place of each visit. It always fits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from scheduling.planner.days import Day
from scheduling.planner.highs import Array
from scheduling.planner.master import Master
from scheduling.planner.reading import day_number
from scheduling.planner.work import Work
from scheduling.rules import Visit


@dataclass(slots=True)
class Roster:
    """chosen: the z of each case, -1 for none. seats: by day and case the number of its place on that day."""

    master: Master
    chosen: Array
    seats: dict[int, dict[int, int]] = field(default_factory=dict)
    load: dict[int, Array] = field(default_factory=dict)

    @property
    def value(self) -> int:
        placed = self.chosen[self.chosen >= 0]
        return self.master.offset + int(self.master.cost[placed].sum())

    def copy(self) -> "Roster":
        seats = {d: dict(seated) for d, seated in self.seats.items()}
        return Roster(
            self.master, self.chosen.copy(), seats, {d: load.copy() for d, load in self.load.items()}
        )

    def as_x(self) -> Array:
        """The same as values of the programme's variables."""
        x = np.zeros(self.master.columns)
        x[self.chosen[self.chosen >= 0]] = 1.0
        for d, seated in self.seats.items():
            for i, column in seated.items():
                if int(self.chosen[i]) in self.master.stays:
                    continue
                x[self.master.places_from[d] + column] += 1.0
        return x

    def insert(self, z: int) -> bool:
        """Puts a course on its day if there is room as everybody else sits; whether there was."""
        i, d = int(self.master.case[z]), int(self.master.first[z])
        case = self.master.problem.cases[i]
        found: list[tuple[int, int]] = []
        if z in self.master.stays:
            for n, seat in self.master.stays[z].items():
                rows = self.master.days[n].rows
                if self._sibling_on(i, n) or (rows.uses[:, seat] > rows.room - self.load_on(n)).any():
                    return False
                found.append((n, seat))
            self._take(i, z, found)
            return True
        for n in range(d, d + case.days):
            if self._sibling_on(i, n) or (column := self._free_place(n, i)) is None:
                return False
            found.append((n, column))
        self._take(i, z, found)
        return True

    def could_insert(self, i: int) -> bool:
        """Whether there is room for a course as everybody else sits."""
        if any(self.insert(z) for z in self.master.of_case[i].tolist()):
            self.remove(i)
            return True
        return False

    def insert_visits(self, i: int, visits: Sequence[Visit]) -> bool:
        """Puts a course exactly there if that is allowed and there is room; whether it was."""
        problem = self.master.problem
        case = problem.cases[i]
        if len(visits) != case.days:
            return False
        d = day_number(problem.diary, visits[0].day)
        mine = [z for z in self.master.of_case[i].tolist() if z not in self.master.stays]
        chosen = [z for z in mine if self.master.first[z] == d]
        if not chosen or [visit.day for visit in visits] != list(problem.days[d : d + case.days]):
            return False
        found = []
        for n, visit in enumerate(visits, d):
            column = self.column_of(n, i, visit) if n in self.master.days else None
            if column is None or self._sibling_on(i, n):
                return False
            found.append((n, column))
        self._take(i, chosen[0], found)
        return True

    def column_of(self, n: int, i: int, visit: Visit) -> int | None:
        """The number of the place of a visit on its day, if it is one and has room."""
        day, case = self.master.days[n], self.master.problem.cases[i]
        shape = self.master.problem.shapes[case.shape]
        begins, ends = visit.start + shape.chair_from, visit.start + shape.chair_to
        left = day.rows.room - self.load_on(n)
        for column, place in enumerate(day.here.places):
            window = day.here.windows[place.window]
            fits = window.begins <= begins and ends <= window.ends and visit.chair in window.chairs
            if (
                place.shape == case.shape
                and place.start == visit.start
                and fits
                and visit.minutes == shape.length
            ):
                early = visit.start < case.earliest[n]
                return None if early or (day.rows.uses[:, column] > left).any() else column
        return None

    def _take(self, i: int, z: int, found: Sequence[tuple[int, int]]) -> None:
        for n, column in found:
            self.seats.setdefault(n, {})[i] = column
            self.load[n] = self.load_on(n) + self.master.days[n].rows.uses[:, column]
        self.chosen[i] = z

    def remove(self, i: int) -> None:
        z = int(self.chosen[i])
        if z < 0:
            return
        d = int(self.master.first[z])
        for n in range(d, d + self.master.problem.cases[i].days):
            column = self.seats[n].pop(i)
            self.load[n] = self.load[n] - self.master.days[n].rows.uses[:, column]
        self.chosen[i] = -1

    def fill(self, cases: Iterable[int], work: Work) -> None:
        """Inserts each of the cases, if it is not in yet, on its cheapest day with room."""
        for i in cases:
            if self.chosen[i] >= 0:
                continue
            if not work.goes_on():
                return
            mine = self.master.of_case[i]
            for z in mine[np.lexsort((self.master.first[mine], self.master.cost[mine]))].tolist():
                if self.insert(z):
                    break

    def load_on(self, n: int) -> Array:
        """What is used of each row of a day."""
        if n not in self.load:
            self.load[n] = np.zeros(len(self.master.days[n].rows.room), dtype=np.int64)
        return self.load[n]

    def _free_place(self, n: int, i: int) -> int | None:
        """The earliest place with room, in the shortest window."""
        day, case = self.master.days[n], self.master.problem.cases[i]
        rows = day.rows
        columns = np.flatnonzero((rows.shape == case.shape) & (rows.start >= case.earliest[n]))
        left = rows.room - self.load_on(n)
        free = columns[(rows.uses[:, columns] <= left[:, None]).all(axis=0)]
        return int(free[0]) if len(free) else None

    def _sibling_on(self, i: int, n: int) -> bool:
        child = self.master.problem.cases[i].candidate.child
        if child is None:
            return False
        cases = self.master.problem.cases
        return any(other != i and cases[other].candidate.child == child for other in self.seats.get(n, {}))


def roster_of(master: Master, x: Array) -> Roster:
    """The roster that whole values of the variables describe."""
    roster = Roster(master, np.full(len(master.problem.cases), -1))
    for z in np.flatnonzero(x[: master.starts] > 0.5).tolist():
        roster.chosen[master.case[z]] = z
    for z in roster.chosen[roster.chosen >= 0].tolist():
        for d, column in master.stays.get(z, {}).items():
            roster.seats.setdefault(d, {})[int(master.case[z])] = column
    for d, day in master.days.items():
        if d not in master.covered:
            roster.load[d] = _load_of(day, roster.seats.get(d, {}))
            continue
        variables, kinds = master.covered[d]
        here = [(int(master.case[z]), int(k)) for z, k in zip(variables, kinds, strict=True) if x[z] > 0.5]
        begin = master.places_from[d]
        counts = np.round(x[begin : begin + len(day.rows.shape)]).astype(np.int64)
        seated = _deal(day, here, np.repeat(np.arange(len(counts)), counts))
        roster.seats.setdefault(d, {}).update(seated)
        roster.load[d] = _load_of(day, roster.seats[d])
    return roster


def _load_of(day: Day, seated: dict[int, int]) -> Array:
    return day.rows.uses[:, list(seated.values())].sum(axis=1).astype(np.int64)


def _deal(day: Day, here: Sequence[tuple[int, int]], places: Array) -> dict[int, int]:
    """Within a shape, the latest starts for those who can come latest."""
    left: dict[int, list[int]] = {}
    for column in places.tolist():
        left.setdefault(int(day.rows.shape[column]), []).append(column)
    seated: dict[int, int] = {}
    for i, k in sorted(here, key=lambda each: (-day.kinds[each[1]].since, each[0])):
        mine = left[day.kinds[k].shape]
        best = max(range(len(mine)), key=lambda n: (int(day.rows.start[mine[n]]), -n))
        seated[i] = mine.pop(best)
    return seated
