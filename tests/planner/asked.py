"""A question of the planner's tests, read and written as a programme."""

from scheduling.planner.master import Master
from scheduling.planner.question import ask
from scheduling.planner.reading import Problem
from scheduling.planner.values import Prices
from scheduling.planner.work import Work
from tests.planner.instances import instance


def asked(chairs: int, courses: int, weeks: int, seed: int) -> tuple[Problem, Master, Work]:
    """One of the made-up units, and work without an end."""
    question = instance(chairs=chairs, courses=courses, weeks=weeks, seed=seed)
    work = Work(lambda progress: True, float("inf"))
    _, problem, master = ask(question.candidates, question.diary, question.last_day, Prices(), work)
    return problem, master, work
