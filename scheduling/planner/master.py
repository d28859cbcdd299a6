"""Who starts on which day, and where everybody sits: one programme over all courses and days.

A variable z stands for a course that starts on a day; its cost is that of the day less that of leaving the
course out. A variable v stands for a place, and says how many visits are in it. Each course is chosen at
most once, two courses of one child share no date, each day has as many places as its courses need, and no
row of a day is overdrawn. Cuts say of one day what whole visits cannot do though halves of them could.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from scheduling.planner.days import Day
from scheduling.planner.highs import NO_LIMIT, Answer, Array, Programme, by_columns, loaded, run, solve
from scheduling.planner.reading import Problem
from scheduling.planner.work import Work


@dataclass(frozen=True, slots=True)
class Link:
    """A row: on day `day`, visits of `shape` from `since` on need places from then on."""

    day: int
    shape: int
    since: int


@dataclass(frozen=True, slots=True)
class Cut:
    """A row of its own: on day `day` the visits, each by the weight of its kind, come to `most` at most.

    by_kind: those weights; variables, weights: the same by z.
    """

    day: int
    by_kind: Array
    variables: Array
    weights: Array
    most: float


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
    # For a z by which a booked course stays exactly where it is: by day the number of its place.
    stays: dict[int, dict[int, int]] = field(default_factory=dict)
    cuts: list[Cut] = field(default_factory=list)

    @property
    def offset(self) -> int:
        return sum(self.left_out)

    @property
    def starts(self) -> int:
        """How many z there are; after them come the v."""
        return len(self.case)

    def costs(self) -> Array:
        return np.concatenate([self.cost, np.zeros(self.columns - self.starts, dtype=np.int64)])

    def bound_with(self, z: int, work: Work) -> float | None:
        """What no plan is below in which this z is chosen, without the cuts; None if there is none, or the
        work was cut short.
        """
        programme = self.whole()
        lower = np.zeros(self.columns)
        lower[z] = 1.0
        programme.lower = lower
        answer = run(loaded(programme), work, False, steps=NO_LIMIT)
        if answer.x is None or answer.duals is None:
            return None
        total, reduced = self.by_duals(np.minimum(0.0, answer.duals[: len(self.room)]))
        free = np.delete(reduced, z)
        upper = np.delete(self.upper(), z)
        return total + float(reduced[z]) + float(np.minimum(0.0, free) @ upper)

    def whole(self) -> Programme:
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

    def by_duals(self, duals: Array) -> tuple[float, Array]:
        """What the rows, and as many cuts as there are duals for, come to by them; the reduced costs."""
        reduced = self.costs().astype(np.float64)
        spent = duals[self.row_of] * self.value_of
        reduced -= np.bincount(self.column_of, weights=spent, minlength=self.columns)
        total = float(self.offset) + float(duals[: len(self.room)] @ self.room)
        for dual, cut in zip(duals[len(self.room) :], self.cuts, strict=False):
            total += float(dual) * cut.most
            reduced[cut.variables] -= dual * cut.weights
        return total, reduced

    def upper(self) -> Array:
        return np.concatenate([np.ones(self.starts), self.most_in_places()])

    def most_in_places(self) -> Array:
        """By v how many visits could be in it at most."""
        found = []
        for day in self.days.values():
            sizes = np.array([len(window.chairs) for window in day.here.windows])
            found.append(sizes[day.rows.window])
        return np.concatenate(found) if found else np.zeros(0)

    def start_of_places(self) -> Array:
        """By v when a visit in it starts."""
        return np.concatenate([day.rows.start for day in self.days.values()])

    def choose(
        self,
        allowed: Array,
        base: Array,
        work: Work,
        *,
        steps: int,
        seed: int,
        done: float = 0.0,
        on_better: Callable[[Array], None] | None = None,
        options: dict[str, Any] | None = None,
        most_moved: int | None = None,
    ) -> Answer:
        """The integer programme over the allowed columns, all others as in `base`, which is where it starts.

        x, of the answer and for `on_better`, is over all columns. most_moved: of the courses that may stay,
        so many at most do not.
        """
        used = np.flatnonzero(allowed)
        position = np.full(self.columns, -1)
        position[used] = np.arange(len(used))
        others = np.where(allowed, 0.0, base)
        spent = others[self.column_of] * self.value_of
        room = self.room - np.bincount(self.row_of, weights=spent, minlength=len(self.room))
        inside = position[self.column_of] >= 0
        rows = np.unique(self.row_of[inside])
        row_position = np.full(len(self.room), -1)
        row_position[rows] = np.arange(len(rows))
        columns = [position[self.column_of[inside]]]
        row_list = [row_position[self.row_of[inside]]]
        values = [self.value_of[inside]]
        high = list(room[rows])
        for cut in self.cuts:
            here = position[cut.variables]
            kept = here >= 0
            left = cut.most - float(cut.weights @ others[cut.variables])
            if cut.weights[kept].sum() > left:
                columns.append(here[kept])
                row_list.append(np.full(int(kept.sum()), len(high)))
                values.append(cut.weights[kept])
                high.append(left)
        if most_moved is not None:
            staying = np.array(list(self.stays), dtype=np.int64)
            here = position[staying]
            columns.append(here[here >= 0])
            row_list.append(np.full(int((here >= 0).sum()), len(high)))
            values.append(-np.ones(int((here >= 0).sum())))
            high.append(float(others[staying].sum()) + most_moved - len(staying))
        starts, row_index, ordered = by_columns(
            np.concatenate(columns), np.concatenate(row_list), np.concatenate(values), len(used)
        )
        costs = self.costs()
        programme = Programme(
            cost=costs[used],
            upper=self.upper()[used],
            low=np.full(len(high), -np.inf),
            high=np.array(high),
            starts=starts,
            rows=row_index,
            values=ordered,
            is_integer=True,
        )

        def whole(part: Array) -> Array:
            x = others.copy()
            x[used] = np.round(part)
            return x

        def report(part: Array) -> None:
            if on_better is not None:
                on_better(whole(part))

        answer = solve(
            programme,
            work,
            steps=steps,
            seed=seed,
            start=base[used],
            done=done,
            on_better=report if on_better else None,
            options=options,
        )
        if answer.x is not None:
            answer.x = whole(answer.x)
        more = self.offset + float(costs @ others)
        answer.value += more
        answer.bound += more
        return answer
