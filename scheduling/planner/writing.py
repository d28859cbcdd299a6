"""Writes the programme over all courses and days: its variables, and row by row what they may come to."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from scheduling.planner.days import Day, kind_of
from scheduling.planner.highs import Array
from scheduling.planner.master import Link, Master
from scheduling.planner.reading import Problem


def master_of(
    problem: Problem,
    days: dict[int, Day],
    price: Callable[[int, int], int],
    left_out: list[int],
    standing: Mapping[int, Mapping[int, int]] = MappingProxyType({}),
) -> Master:
    """price: of a case (by number) that starts on a day (by number); left_out: of leaving each case out.

    standing: of cases that may stay where they are, at no cost, by day the number of their place.
    """
    case: list[int] = []
    first: list[int] = []
    cost: list[int] = []
    covered: dict[int, list[tuple[int, int]]] = defaultdict(list)
    kinds: dict[tuple[int, int, int], int] = {}
    children: dict[object, list[int]] = defaultdict(list)
    for i, each in enumerate(problem.cases):
        if each.candidate.child is not None:
            children[each.candidate.child].append(i)
        for d in each.first_days:
            if any(d + m not in days for m in range(each.days)):
                continue
            paid = price(i, d) - left_out[i]
            if paid > 0:
                continue
            for m in range(each.days):
                key = (d + m, each.shape, each.earliest[d + m])
                if key not in kinds:
                    kinds[key] = kind_of(days[d + m], each.shape, each.earliest[d + m])
                covered[d + m].append((len(case), kinds[key]))
            case.append(i)
            first.append(d)
            cost.append(paid)
    stays = {}
    dated = {d: [n for n, _ in found] for d, found in covered.items()}
    for i, seats in standing.items():
        stays[len(case)] = dict(seats)
        for d in seats:
            dated.setdefault(d, []).append(len(case))
        case.append(i)
        first.append(min(seats))
        cost.append(-left_out[i])
    cases = np.array(case, dtype=np.int64)
    of_case = [np.flatnonzero(cases == i) for i in range(len(problem.cases))]
    of_days = {
        d: (np.array([n for n, _ in found], dtype=np.int64), np.array([k for _, k in found], dtype=np.int64))
        for d, found in sorted(covered.items())
    }
    rows = _Rows()
    for variables in of_case:
        rows.add(variables, np.ones(len(variables)), 1.0)
    for siblings in children.values():
        if len(siblings) > 1:
            for found in dated.values():
                variables = np.array(found, dtype=np.int64)
                shared = variables[np.isin(cases[variables], siblings)]
                if len(np.unique(cases[shared])) > 1:
                    rows.add(shared, np.ones(len(shared)), 1.0)
    places_from, columns = {}, len(case)
    links: dict[int, Link] = {}
    for d, day in days.items():
        places_from[d] = columns
        begins = rows.count
        at, column = np.nonzero(day.rows.uses)
        rows.add_many(at, column + columns, day.rows.uses[at, column], day.rows.room)
        for z, seats in stays.items():
            if d in seats:
                used = np.flatnonzero(day.rows.uses[:, seats[d]])
                rows.add_to(used + begins, z, day.rows.uses[used, seats[d]])
        if d in of_days:
            variables, of_kind = of_days[d]
            for kind in day.kinds:
                harder = [
                    k
                    for k, other in enumerate(day.kinds)
                    if other.shape == kind.shape and other.since >= kind.since
                ]
                asking = variables[np.isin(of_kind, harder)]
                giving = day.columns[day.kinds.index(kind)] + columns
                links[rows.count] = Link(d, kind.shape, kind.since)
                ones = np.ones(len(asking)), -np.ones(len(giving))
                rows.add(np.concatenate([asking, giving]), np.concatenate(ones), 0.0)
        columns += len(day.rows.shape)
    return Master(
        problem=problem,
        days=days,
        left_out=left_out,
        case=cases,
        first=np.array(first, dtype=np.int64),
        cost=np.array(cost, dtype=np.int64),
        of_case=of_case,
        covered=of_days,
        places_from=places_from,
        columns=columns,
        row_of=np.concatenate(rows.rows) if rows.rows else np.zeros(0, dtype=np.int64),
        column_of=np.concatenate(rows.columns) if rows.rows else np.zeros(0, dtype=np.int64),
        value_of=np.concatenate(rows.values) if rows.rows else np.zeros(0),
        room=np.array(rows.room, dtype=np.float64),
        links=links,
        stays=stays,
    )


class _Rows:
    """Rows of a matrix, entry by entry."""

    def __init__(self) -> None:
        self.rows: list[Array] = []
        self.columns: list[Array] = []
        self.values: list[Array] = []
        self.room: list[float] = []

    @property
    def count(self) -> int:
        return len(self.room)

    def add(self, columns: Array, values: Array, room: float) -> None:
        self.rows.append(np.full(len(columns), self.count))
        self.columns.append(columns)
        self.values.append(values)
        self.room.append(room)

    def add_to(self, rows: Array, column: int, values: Array) -> None:
        """One column in rows that there are."""
        self.rows.append(rows)
        self.columns.append(np.full(len(rows), column))
        self.values.append(values.astype(np.float64))

    def add_many(self, rows: Array, columns: Array, values: Array, room: Array) -> None:
        self.rows.append(rows + self.count)
        self.columns.append(columns)
        self.values.append(values.astype(np.float64))
        self.room += room.astype(np.float64).tolist()
