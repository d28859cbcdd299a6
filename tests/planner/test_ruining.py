"""Ruin and recreate keeps what fits, gets better, and is the same every time."""

from scheduling.planner.planning import first_roster
from scheduling.planner.question import ask
from scheduling.planner.ruining import ruin
from scheduling.planner.values import Prices
from scheduling.planner.work import Work
from tests.planner.instances import instance


def test_a_plan_gets_better_always_fits_and_is_the_same_again() -> None:
    question = instance(chairs=4, courses=30, weeks=4, seed=1)
    work = Work(lambda progress: True, 600)
    _, _, master = ask(question.candidates, question.diary, question.last_day, Prices(), work)
    before = first_roster(master, None, work)
    price = master.cost.astype(float)

    found = [ruin(before, price, work, turns=400, seed=3, bound=0) for _ in range(2)]

    assert found[0].value < before.value
    assert found[0].chosen.tolist() == found[1].chosen.tolist()
    assert found[0].seats == found[1].seats
    for d, day in master.days.items():
        assert (found[0].load_on(d) <= day.rows.room).all()
    assert ruin(before, price, work, turns=0, seed=3, bound=0).value == before.value
