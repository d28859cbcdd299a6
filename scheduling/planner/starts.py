"""The programme over the starts alone: who starts on which day, without asking where everybody sits.

Its days are held by the cuts only, so that it is small, and its whole answers are no plans yet; but nothing
is below it, and it sees what the linear programme does not: that a course of two days cannot be halved.
"""

from typing import Any

import numpy as np

from scheduling.planner.highs import Answer, Array, Programme, by_columns, solve
from scheduling.planner.master import Master
from scheduling.planner.work import Work


def choose_starts(
    master: Master,
    allowed: Array,
    base: Array,
    work: Work,
    *,
    steps: int,
    seed: int,
    done: float = 0.0,
    options: dict[str, Any] | None = None,
) -> Answer:
    """The cheapest of the allowed z (by number) that the cuts let pass, from those of `base` on.

    x, of the answer, is over all z.
    """
    used = np.flatnonzero(allowed[: master.starts])
    position = np.full(master.columns, -1)
    position[used] = np.arange(len(used))
    # Rows in which a place stands say where everybody sits.
    seating = np.unique(master.row_of[master.column_of >= master.starts])
    inside = (position[master.column_of] >= 0) & ~np.isin(master.row_of, seating)
    rows, row_list = np.unique(master.row_of[inside], return_inverse=True)
    columns, values, high = (
        [position[master.column_of[inside]]],
        [master.value_of[inside]],
        list(master.room[rows]),
    )
    of_rows = [row_list]
    for cut in master.cuts:
        here = position[cut.variables]
        kept = here >= 0
        if cut.weights[kept].sum() > cut.most:
            columns.append(here[kept])
            of_rows.append(np.full(int(kept.sum()), len(high)))
            values.append(cut.weights[kept])
            high.append(cut.most)
    starts, row_index, ordered = by_columns(
        np.concatenate(columns), np.concatenate(of_rows), np.concatenate(values), len(used)
    )
    programme = Programme(
        cost=master.cost[used].astype(np.float64),
        upper=np.ones(len(used)),
        low=np.full(len(high), -np.inf),
        high=np.array(high, dtype=np.float64),
        starts=starts,
        rows=row_index,
        values=ordered,
        is_integer=True,
    )
    answer = solve(programme, work, steps=steps, seed=seed, start=base[used], done=done, options=options)
    if answer.x is not None:
        x = np.zeros(master.starts)
        x[used] = np.round(answer.x)
        answer.x = x
    answer.value += master.offset
    answer.bound += master.offset
    return answer
