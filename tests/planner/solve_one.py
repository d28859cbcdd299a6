"""Solve one small question and print its plan, in a process of its own."""

import sys

from scheduling.planner import plan
from tests.planner.instances import instance

if __name__ == "__main__":
    question = instance(chairs=3, courses=12, weeks=2, seed=2)
    sys.stdout.write(repr(plan(question.candidates, question.diary, last_day=question.last_day, effort=20)))
