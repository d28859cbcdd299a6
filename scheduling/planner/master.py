"""Who starts on which day, and where everybody sits: one programme over all courses and days.

A variable z stands for a course that starts on a day; its cost is that of the day less that of leaving the
course out. A variable v stands for a place, and says how many visits are in it. Each course is chosen at
most once, two courses of one child share no date, each day has as many places as its courses need, and no
row of a day is overdrawn. Cuts say of one day what whole visits cannot do though halves of them could.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from scheduling.planner.days import SCALE, Day, kind_of
from scheduling.planner.highs import Answer, Array, Programme, by_columns, loaded, run, solve
from scheduling.planner.reading import Problem
from scheduling.planner.work import Work


@dataclass(slots=True)
class Relaxed:
    """The answer of the linear programme: x by variable, what no plan is below, reduced costs, duals of
    rows.
    """

    x: Array
    bound: float
    reduced: Array
    duals: Array


@dataclass(frozen=True, slots=True)
class Link:
    """A row: on day `day`, visits of `shape` from `since` on need places from then on."""

    day: int
    shape: int
    since: int


@dataclass(slots=True)
class Master:
    """case, first, cost: of each z. covered: by day its z and their kinds. places_from: by day its first
    v.
    """

    problem: Problem
    days: dict[int, Day]
    left_out: list[int]
    case: Array
    first: Array
    cost: Array
    of_case: list[Array]
    covered: dict[int, tuple[Array, Array]]
    places_from: dict[int, int]
    columns: int
    row_of: Array
    column_of: Array
    value_of: Array
    room: Array
    links: dict[int, Link]
    cuts: list[tuple[Array, Array, float]] = field(default_factory=list)
    _solver: Any = None
    _loaded: int = 0

    @property
    def offset(self) -> int:
        return sum(self.left_out)

    @property
    def starts(self) -> int:
        """How many z there are; after them come the v."""
        return len(self.case)

    def costs(self) -> Array:
        return np.concatenate([self.cost, np.zeros(self.columns - self.starts, dtype=np.int64)])

    def relax(self, work: Work, steps: int) -> Relaxed | None:
        """Solves the linear programme with the cuts so far; None if it was cut short."""
        if self._solver is None:
            self._solver = loaded(self._whole())
        for variables, weights, most in self.cuts[self._loaded :]:
            self._solver.addRow(-np.inf, most, len(variables), variables.astype(np.int32), weights)
        self._loaded = len(self.cuts)
        answer = run(self._solver, work, False, steps=steps)
        if answer.x is None or answer.duals is None:
            return None
        return self._checked(answer)

    def _whole(self) -> Programme:
        starts, rows, values = by_columns(self.column_of, self.row_of, self.value_of, self.columns)
        return Programme(
            cost=self.costs(),
            upper=np.full(self.columns, np.inf),
            low=np.full(len(self.room), -np.inf),
            high=self.room,
            starts=starts,
            rows=rows,
            values=values,
        )

    def _checked(self, answer: Answer) -> Relaxed:
        """The bound worked out anew from the duals: it is true whatever the solver says of itself."""
        duals: Array = np.minimum(0.0, np.asarray(answer.duals))
        reduced = self.costs().astype(np.float64)
        np.subtract.at(reduced, self.column_of, duals[self.row_of] * self.value_of)
        total = float(self.offset) + float(duals[: len(self.room)] @ self.room)
        for dual, (variables, weights, most) in zip(duals[len(self.room) :], self.cuts, strict=True):
            total += dual * most
            reduced[variables] -= dual * weights
        upper = np.concatenate([np.ones(self.starts), self.most_in_places()])
        total += float(np.minimum(0.0, reduced) @ upper)
        return Relaxed(answer.x, total, reduced, duals)

    def most_in_places(self) -> Array:
        """By v how many visits could be in it at most."""
        found = []
        for day in self.days.values():
            sizes = np.array([len(window.chairs) for window in day.here.windows])
            found.append(sizes[day.rows.window])
        return np.concatenate(found) if found else np.zeros(0)

    def cut_by(self, relaxed: Relaxed, work: Work) -> int:
        """Adds a cut for each day that the linear programme fills with parts of visits; how many were
        broken.
        """
        prices: dict[int, Array] = {}
        for row, link in self.links.items():
            dual = -relaxed.duals[row]
            if dual > 1e-7:
                day = self.days[link.day]
                price = prices.setdefault(link.day, np.zeros(len(day.kinds)))
                for k, kind in enumerate(day.kinds):
                    if kind.shape == link.shape and kind.since >= link.since:
                        price[k] += dual
        broken = 0
        for d in sorted(prices):
            if not work.goes_on():
                break
            weights = np.round(prices[d] * (SCALE / prices[d].max())).astype(np.int64)
            variables, kinds = self.covered[d]
            most, _ = self.days[d].most_of(weights, work)
            asked = float(weights[kinds] @ relaxed.x[variables])
            if most >= 0 and asked > most + 1:
                used = weights[kinds] > 0
                self.cuts.append((variables[used], weights[kinds[used]] / SCALE, most / SCALE))
                broken += 1
        return broken

    def choose(
        self,
        allowed: Array,
        work: Work,
        *,
        steps: int,
        seed: int,
        fixed: Array | None = None,
        start: Array | None = None,
        done: float = 0.0,
        on_better: Callable[[Array], None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> Answer:
        """The integer programme over the allowed columns, the `fixed` z at one; x is over all columns."""
        used = np.flatnonzero(allowed)
        position = np.full(self.columns, -1)
        position[used] = np.arange(len(used))
        inside = position[self.column_of] >= 0
        room = self.room.copy()
        if fixed is not None and len(fixed):
            is_fixed = np.zeros(self.columns, dtype=bool)
            is_fixed[fixed] = True
            of_fixed = is_fixed[self.column_of]
            np.subtract.at(room, self.row_of[of_fixed], self.value_of[of_fixed])
        rows = np.unique(self.row_of[inside])
        row_position = np.full(len(self.room), -1)
        row_position[rows] = np.arange(len(rows))
        columns = [position[self.column_of[inside]]]
        row_list = [row_position[self.row_of[inside]]]
        values = [self.value_of[inside]]
        high = list(room[rows])
        for variables, weights, most in self.cuts:
            here = position[variables]
            kept = here >= 0
            if fixed is not None and len(fixed):
                most = most - float(weights[is_fixed[variables]].sum())
            if weights[kept].sum() > most:
                columns.append(here[kept])
                row_list.append(np.full(int(kept.sum()), len(high)))
                values.append(weights[kept])
                high.append(most)
        starts, row_index, ordered = by_columns(
            np.concatenate(columns), np.concatenate(row_list), np.concatenate(values), len(used)
        )
        upper = np.concatenate([np.ones(self.starts), self.most_in_places()])
        costs = self.costs()
        programme = Programme(
            cost=costs[used],
            upper=upper[used],
            low=np.full(len(high), -np.inf),
            high=np.array(high),
            starts=starts,
            rows=row_index,
            values=ordered,
            is_integer=True,
        )

        def whole(part: Array) -> Array:
            x = np.zeros(self.columns)
            x[used] = np.round(part)
            if fixed is not None:
                x[fixed] = 1.0
            return x

        def report(part: Array) -> None:
            if on_better is not None:
                on_better(whole(part))

        answer = solve(
            programme,
            work,
            steps=steps,
            seed=seed,
            start=None if start is None else start[used],
            done=done,
            on_better=report if on_better else None,
            options=options,
        )
        if answer.x is not None:
            answer.x = whole(answer.x)
        more = self.offset + (0 if fixed is None else int(self.cost[fixed].sum()))
        answer.value += more
        answer.bound += more
        return answer


def master_of(
    problem: Problem, days: dict[int, Day], price: Callable[[int, int], int], left_out: list[int]
) -> Master:
    """price: of a case (by number) that starts on a day (by number); left_out: of leaving each case out."""
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
            for variables, _ in of_days.values():
                shared = variables[np.isin(cases[variables], siblings)]
                if len(np.unique(cases[shared])) > 1:
                    rows.add(shared, np.ones(len(shared)), 1.0)
    places_from, columns = {}, len(case)
    links: dict[int, Link] = {}
    for d, day in days.items():
        places_from[d] = columns
        at, column = np.nonzero(day.rows.uses)
        rows.add_many(at, column + columns, day.rows.uses[at, column], day.rows.room)
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

    def add_many(self, rows: Array, columns: Array, values: Array, room: Array) -> None:
        self.rows.append(rows + self.count)
        self.columns.append(columns)
        self.values.append(values.astype(np.float64))
        self.room += room.astype(np.float64).tolist()
