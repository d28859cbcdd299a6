"""The linear programme, solved over few of its columns at first, to which those that would pay are added.

Most starts and places are in no good plan: a unit of 22 chairs has a hundred thousand columns, of which the
answer asks for a third. What is left out is never believed to be useless: it is priced each time.
"""

from dataclasses import dataclass

import numpy as np

from scheduling.planner.highs import NO_LIMIT, Answer, Array, Programme, by_columns, loaded, run
from scheduling.planner.master import Cut, Master
from scheduling.planner.work import Work

# Of each course so many of its cheapest starts are there at first, and of the places those on this grid; of a
# small programme all.
STARTS_AT_FIRST, GRID_AT_FIRST, SMALL = 25, 30, 10_000
# Columns that would bring less than this stay out; of the others, so many come in at once.
WORTH_A_COLUMN, MOST_AT_ONCE = 1e-7, 4000
# HiGHS's names for its two methods.
DUAL, PRIMAL = 1, 4


@dataclass(slots=True)
class Relaxed:
    """The answer of the linear programme: x by variable, what no plan is below, reduced costs, duals of
    rows.
    """

    x: Array
    bound: float
    reduced: Array
    duals: Array


class Relaxing:
    """The solver with its part of the columns, in its own order, and the cuts that it has already."""

    def __init__(self, master: Master) -> None:
        self.master, self.programme, self.cuts = master, master.whole(), 0
        used = np.full(master.columns, master.columns <= SMALL)
        for own in master.of_case:
            used[own[np.argsort(master.cost[own], kind="stable")[:STARTS_AT_FIRST]]] = True
        used[list(master.stays)] = True
        used[master.starts :] |= master.start_of_places() % GRID_AT_FIRST == 0
        self.columns = np.flatnonzero(used)
        self._solver = loaded(self._part(self.columns))

    def relax(self, work: Work) -> Relaxed | None:
        """Solves the linear programme with the cuts so far; None if it was cut short.

        The bound is worked out anew from the duals: it is true whatever the solver says of itself.
        """
        answer = self._solve(work)
        if answer.x is None or answer.duals is None:
            return None
        duals = np.minimum(0.0, answer.duals)
        total, reduced = self.master.by_duals(duals)
        total += float(np.minimum(0.0, reduced) @ self.master.upper())
        x = np.zeros(self.master.columns)
        x[self.columns] = answer.x
        return Relaxed(x, total, reduced, duals)

    def _solve(self, work: Work) -> Answer:
        self._add_cuts()
        self._solver.setOptionValue("simplex_strategy", DUAL)
        answer = run(self._solver, work, False, steps=NO_LIMIT)
        # With more columns the plan it has is still one, from which it goes on.
        self._solver.setOptionValue("simplex_strategy", PRIMAL)
        while answer.duals is not None and len(more := self._that_pay(answer.duals)):
            part = self._part(more)
            self._solver.addCols(
                len(more),
                part.cost,
                np.zeros(len(more)),
                part.upper,
                len(part.rows),
                part.starts[:-1].astype(np.int32),
                part.rows.astype(np.int32),
                part.values,
            )
            self.columns = np.concatenate([self.columns, more])
            answer = run(self._solver, work, False, steps=NO_LIMIT)
        return answer

    def _add_cuts(self) -> None:
        for cut in self.master.cuts[self.cuts :]:
            here, kept = self._among(self.columns, cut)
            self._solver.addRow(-np.inf, cut.most, len(here), here.astype(np.int32), cut.weights[kept])
        self.cuts = len(self.master.cuts)

    def _that_pay(self, duals: Array) -> Array:
        """Columns that are left out and would make the answer better: the best of them, in order."""
        _, reduced = self.master.by_duals(np.minimum(0.0, duals))
        reduced[self.columns] = 0
        found = np.flatnonzero(reduced < -WORTH_A_COLUMN)
        return np.sort(found[np.argsort(reduced[found], kind="stable")[:MOST_AT_ONCE]])

    def _part(self, columns: Array) -> Programme:
        """The programme over these columns alone, all its rows kept, and the rows of the cuts so far."""
        whole = self.programme
        counts = np.diff(whole.starts)[columns]
        before = np.concatenate([[0], np.cumsum(counts)[:-1]])
        entries = np.arange(counts.sum()) + np.repeat(whole.starts[columns] - before, counts)
        column = [np.repeat(np.arange(len(columns)), counts)]
        rows, values = [whole.rows[entries]], [whole.values[entries]]
        for n, cut in enumerate(self.master.cuts[: self.cuts], len(whole.high)):
            here, kept = self._among(columns, cut)
            column.append(here)
            rows.append(np.full(len(here), n))
            values.append(cut.weights[kept])
        starts, row, value = by_columns(
            np.concatenate(column), np.concatenate(rows), np.concatenate(values), len(columns)
        )
        return Programme(
            cost=whole.cost[columns].astype(np.float64),
            upper=whole.upper[columns],
            low=whole.low,
            high=whole.high,
            starts=starts,
            rows=row,
            values=value,
        )

    def _among(self, columns: Array, cut: Cut) -> tuple[Array, Array]:
        """Where among these columns the variables of a cut are, and which of them are there."""
        position = np.full(self.master.columns, -1)
        position[columns] = np.arange(len(columns))
        here = position[cut.variables]
        return here[here >= 0], here >= 0
