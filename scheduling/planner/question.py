"""What is asked for, checked, and read as far as it goes; and the programme made of it."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from scheduling.planner.checking import objections_to
from scheduling.planner.days import days_of
from scheduling.planner.master import Master
from scheduling.planner.reading import Case, Problem, bare, read, rows_of
from scheduling.planner.values import Candidate, PinnedAway, Prices
from scheduling.planner.work import Work
from scheduling.planner.writing import master_of
from scheduling.rules import Diary, Visit


def checked(candidates: Sequence[Candidate], diary: Diary, last_day: date) -> None:
    """Raises ValueError for what is no question."""
    seen: set[Hashable] = set()
    for candidate in candidates:
        course_id = candidate.request.course_id
        if course_id is None:
            raise ValueError("Every course in a plan needs its course_id.")
        if course_id in seen:
            raise ValueError(f"Course {course_id} is among the candidates twice.")
        seen.add(course_id)
        if not 1 <= candidate.weight <= 1000:
            raise ValueError(f"The weight of course {course_id} is not 1 to 1000.")
    if last_day < diary.today:
        raise ValueError("The last day of a plan cannot be before today.")


def in_order(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates in an order that depends on what they ask for, not on that in which they came."""

    def key(candidate: Candidate) -> tuple[Any, ...]:
        request = candidate.request
        return (
            -candidate.weight,
            candidate.due,
            -request.days,
            -request.length,
            request.earliest or date.min,
            request.latest or date.max,
            sorted(request.impossible_weekdays),
            sorted(request.impossible_dates),
            request.not_before or 0,
            sorted(request.not_before_until),
            sorted(request.other_visits),
            sorted(request.chair_kinds),
            sorted(request.roles),
            str(request.course_id),
        )

    return sorted(candidates, key=key)


@dataclass(slots=True)
class Question:
    """What is to be planned, read as far as it goes: on its own, and beside what is pinned."""

    candidates: list[Candidate]
    diary: Diary
    last_day: date
    prices: Prices
    pinned: dict[Hashable, tuple[Visit, ...]]
    alone: dict[Hashable, Case] = field(default_factory=dict)

    def first_alone(self, course_id: Hashable) -> date:
        return self.diary.today + timedelta(days=self.alone[course_id].first_days[0])


def ask(
    candidates: Sequence[Candidate],
    diary: Diary,
    last_day: date,
    prices: Prices,
    work: Work,
    *,
    at_any_price: Hashable = None,
) -> tuple[Question, Problem, Master]:
    """Reads the question and writes it as a programme. Raises ValueError, PinnedAway.

    at_any_price: the course that may start even where leaving it out would cost less.
    """
    checked(candidates, diary, last_day)
    ordered = in_order(candidates)
    pinned = {each.request.course_id: each.pinned for each in ordered if each.pinned}
    if pinned and (against := objections_to(pinned, ordered, diary, last_day)):
        raise PinnedAway(against)
    without = bare(diary, [each.request.course_id for each in ordered], last_day)
    question = Question(ordered, without, last_day, prices, pinned)
    alone = read(ordered, without, last_day, work)
    question.alone = {case.candidate.request.course_id: case for case in alone.cases}
    problem = alone
    if pinned:
        rows = [row for each in ordered if each.pinned for row in rows_of(each, each.pinned, without)]
        problem = read(
            [each for each in ordered if not each.pinned], without.with_taken(rows), last_day, work
        )
        keep_siblings_apart(problem, ordered, pinned)
    days = days_of(problem, work)

    def price(i: int, d: int) -> int:
        candidate = problem.cases[i].candidate
        return candidate.weight * max(0, (problem.days[d] - candidate.due).days)

    left_out = [case.candidate.weight * prices.left_out_days for case in problem.cases]
    for i, case in enumerate(problem.cases):
        if at_any_price is not None and case.candidate.request.course_id == at_any_price:
            left_out[i] = max([left_out[i], *(price(i, d) for d in case.first_days)])
    master = master_of(problem, days, price, left_out)
    return question, problem, master


def keep_siblings_apart(
    problem: Problem, candidates: Sequence[Candidate], fixed: Mapping[Hashable, tuple[Visit, ...]]
) -> None:
    """Takes away the first days on which a course would meet another of its child that is fixed."""
    taken: dict[Hashable, set[date]] = {}
    for each in candidates:
        if each.child is not None:
            days = {visit.day for visit in fixed.get(each.request.course_id, ())}
            taken.setdefault(each.child, set()).update(days)
    for case in problem.cases:
        met = taken.get(case.candidate.child) if case.candidate.child is not None else None
        if met:
            case.first_days = tuple(
                d for d in case.first_days if not met & set(problem.days[d : d + case.days])
            )
