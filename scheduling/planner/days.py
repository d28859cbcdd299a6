"""One day as the planner asks about it: do these visits fit together, and how much at most fits of anything.

Courses ask a day for visits of a kind: a shape, and the first of the day's starts of that shape from which
the family can come. What a day can take together is a set of counts by kind. Nothing is known of its form;
but of any weights the most that fits is found quickly by a small integer programme, and that is a rule which
every plan obeys.
"""

from dataclasses import dataclass

import numpy as np

from scheduling.planner.highs import Array, Programme, solve
from scheduling.planner.packing import DayRows, LongNumbers, as_long_numbers, rows_of_day
from scheduling.planner.reading import DayPlaces, Problem
from scheduling.planner.work import Work

# Tries to fill a day by chance, and how likely a visit stays from one to the next.
TRIES, STAYS = 300, 0.7
# Steps of the solver for one question about one day; hardly one needs a tenth of it.
MOST_STEPS = 20000
# The programmes are small: what HiGHS would try to find good plans of large ones only takes time.
QUICKLY = {
    "mip_abs_gap": 0.9,
    "mip_allow_restart": False,
    "mip_heuristic_run_feasibility_jump": False,
    "mip_heuristic_run_root_reduced_cost": False,
    "mip_heuristic_run_rins": False,
    "mip_heuristic_run_rens": False,
    "mip_pool_soft_limit": 100,
}


@dataclass(frozen=True, slots=True)
class Kind:
    """Visits of a shape that start at `since` or later."""

    shape: int
    since: int


@dataclass(slots=True)
class Day:
    """One day: its kinds, its places, and the places of each kind."""

    number: int
    here: DayPlaces
    rows: DayRows
    kinds: list[Kind]
    columns: list[Array]
    _numbers: LongNumbers | None = None

    def most_of(self, weights: Array, work: Work, enough: float = float("inf")) -> tuple[int, Array | None]:
        """The most that the day can take by these whole weights, -1 if it was not found, and visits by kind
        that come to as much as was found, None if none were. Looks no further once it has found `enough`.
        """
        value, kind = self._worth(weights)
        used = np.flatnonzero(value)
        if not len(used):
            return 0, np.zeros(len(weights))
        options = QUICKLY | ({"objective_target": -enough} if np.isfinite(enough) else {})
        answer = solve(self._programme(used, -value[used]), work, steps=MOST_STEPS, options=options)
        most = int(np.floor(-answer.bound + 1e-4)) if np.isfinite(answer.bound) else -1
        if answer.x is None:
            return most, None
        return most, np.bincount(kind[used], weights=np.round(answer.x), minlength=len(weights))

    def by_chance(self, weights: Array, wanted: float, random: np.random.Generator) -> Array | None:
        """Visits by kind that fit together and come to more than `wanted`, if a few tries find some."""
        if self._numbers is None:
            self._numbers = as_long_numbers(self.rows)
        numbers, guard, room = self._numbers.uses, self._numbers.guard, self._numbers.room
        value, kind = self._worth(weights)
        used = np.flatnonzero(value)
        size = (self.rows.uses[:, used] / np.maximum(1, self.rows.room)[:, None]).sum(axis=0)
        worth = dict(zip(used.tolist(), value[used].tolist(), strict=True))
        dense = value[used] / size
        best: list[int] = []
        total = 0
        for _ in range(TRIES):
            seated = [column for column in best if random.random() < STAYS]
            left = room - sum(numbers[column] for column in seated)
            for column in used[np.argsort(-dense * (0.5 + random.random(len(used))))].tolist():
                while (rest := left - numbers[column]) & guard == guard:
                    left = rest
                    seated.append(column)
            if (found := sum(worth[column] for column in seated)) >= total:
                best, total = seated, found
                if total > wanted:
                    return np.bincount(kind[best], minlength=len(weights)).astype(np.float64)
        return None

    def _worth(self, weights: Array) -> tuple[Array, Array]:
        """By place the weight of the heaviest kind that can be there, and that kind."""
        value = np.zeros(len(self.rows.shape), dtype=np.int64)
        kind = np.full(len(self.rows.shape), -1)
        for k in np.argsort(weights, kind="stable").tolist():
            if weights[k] > 0:
                value[self.columns[k]], kind[self.columns[k]] = weights[k], k
        return value, kind

    def _programme(self, used: Array, cost: Array) -> Programme:
        uses = self.rows.uses[:, used]
        rows = np.flatnonzero(uses.any(axis=1))
        columns, row_index = np.nonzero(uses[rows].T)
        values = uses[rows].T[columns, row_index].astype(np.float64)
        sizes = np.array([len(window.chairs) for window in self.here.windows], dtype=np.float64)
        return Programme(
            cost=np.asarray(cost, dtype=np.float64),
            upper=sizes[self.rows.window[used]],
            low=np.full(len(rows), -np.inf),
            high=self.rows.room[rows].astype(np.float64),
            starts=np.searchsorted(columns, np.arange(len(used) + 1)),
            rows=row_index,
            values=values,
            is_integer=True,
        )


def days_of(problem: Problem, work: Work) -> dict[int, Day]:
    """The days on which any course could have a visit, by number."""
    asked: dict[int, set[tuple[int, int]]] = {}
    for case in problem.cases:
        for d, earliest in case.earliest.items():
            asked.setdefault(d, set()).add((case.shape, earliest))
    found = {}
    for d in sorted(asked):
        if not work.goes_on(1.0):
            break
        here = problem.places[d]
        rows = rows_of_day(here, problem)
        kinds = sorted({_kind(rows, *each) for each in asked[d]}, key=lambda kind: (kind.shape, kind.since))
        columns = [np.flatnonzero((rows.shape == kind.shape) & (rows.start >= kind.since)) for kind in kinds]
        found[d] = Day(d, here, rows, kinds, columns)
    return found


def kind_of(day: Day, shape: int, earliest: int) -> int:
    return day.kinds.index(_kind(day.rows, shape, earliest))


def _kind(rows: DayRows, shape: int, earliest: int) -> Kind:
    return Kind(shape, int(rows.start[(rows.shape == shape) & (rows.start >= earliest)].min()))
