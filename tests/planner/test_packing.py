"""The rows of a day let pass exactly what fits; few columns at first come to what all of them do."""

from random import Random

import numpy as np
import pytest

from scheduling.planner import packing, relaxing
from scheduling.planner.highs import NO_LIMIT, Array, loaded, run
from scheduling.planner.master import Master
from scheduling.planner.packing import DayRows, rows_of_day
from scheduling.planner.relaxing import Relaxing
from scheduling.planner.work import Work
from tests.planner.asked import asked


def filled_by_chance(rows: DayRows, random: Random) -> list[int]:
    """Places that fit together, until no more do."""
    left, seated = rows.room.astype(int), []
    columns = list(range(len(rows.shape)))
    # Early starts rather, or the nurses never have many children at once.
    columns.sort(key=lambda column: rows.start[column] * random.random())
    for column in columns:
        while (rows.uses[:, column] <= left).all():
            left = left - rows.uses[:, column]
            seated.append(column)
    return seated


def fits(rows: DayRows, seated: list[int]) -> bool:
    return bool((rows.uses[:, seated].sum(axis=1) <= rows.room).all())


@pytest.mark.parametrize("seed", range(3))
def test_rows_that_others_imply_and_those_of_children_together_forbid_nothing(monkeypatch, seed):
    problem, master, _ = asked(8, 40, 2, seed)
    random, rows_more = Random(seed), 0
    for day in master.days.values():
        monkeypatch.setattr(packing, "_with_nurses_together", lambda *_: [])
        monkeypatch.setattr(packing, "_implied", lambda uses, room: np.zeros(len(room), dtype=bool))
        plain = rows_of_day(day.here, problem)
        monkeypatch.undo()
        rows_more += len(day.rows.room) < len(plain.room)
        for _ in range(20):
            seated = filled_by_chance(plain, random)
            assert fits(day.rows, seated)
            seated = filled_by_chance(day.rows, random)
            assert fits(plain, seated)
    assert rows_more > len(master.days) / 2


def test_children_who_are_with_the_nurses_at_once_are_fewer_than_halves_of_visits_say(monkeypatch):
    _, master, work = asked(6, 50, 4, 0)
    with_rows = Relaxing(master).relax(work)
    monkeypatch.setattr(packing, "_with_nurses_together", lambda *_: [])
    _, master, work = asked(6, 50, 4, 0)
    without = Relaxing(master).relax(work)
    assert with_rows is not None
    assert without is not None
    assert with_rows.bound > without.bound + 20


def test_few_columns_at_first_come_to_what_all_come_to(monkeypatch):
    monkeypatch.setattr(relaxing, "SMALL", 0)
    _, master, work = asked(6, 50, 4, 0)
    by_few = Relaxing(master)
    found = by_few.relax(work)
    assert found is not None
    assert len(by_few.columns) < master.columns * 0.9
    assert found.bound == pytest.approx(by_all_columns(master, work))
    assert master.costs() @ found.x + master.offset == pytest.approx(found.bound)


def by_all_columns(master: Master, work: Work) -> float:
    answer = run(loaded(master.whole()), work, False, steps=NO_LIMIT)
    x: Array = answer.x
    return float(master.costs() @ x + master.offset)
