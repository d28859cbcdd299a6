"""Questions beside a plan: why not that day, and what no plan can be below."""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from crmo_clinic.nhsuk.wording import long_date, quantity
from scheduling.planner.improving import whole_bound
from scheduling.planner.planning import paid_for_pinned
from scheduling.planner.question import ask
from scheduling.planner.reading import day_number
from scheduling.planner.relaxing import Relaxing
from scheduling.planner.values import Candidate, Plan, Prices, Why, WhyNot
from scheduling.planner.work import Work
from scheduling.rules import Diary, refusals


def bound_alone(
    candidates: Sequence[Candidate], diary: Diary, last_day: date, prices: Prices, seconds: float
) -> int:
    """What no plan can be below, from the linear programme; 0 if time runs out."""
    work = Work(lambda progress: True, seconds)
    question, _, master = ask(candidates, diary, last_day, prices, work)
    if work.is_cut_short:
        return 0
    paid = paid_for_pinned(question)
    if not master.starts:
        return master.offset + paid
    relaxed = Relaxing(master).relax(work)
    return 0 if relaxed is None else max(0, whole_bound(relaxed.bound)) + paid


def why_not_then(
    plan: Plan,
    course_id: Hashable,
    first_day: date,
    candidates: Sequence[Candidate],
    diary: Diary,
    last_day: date,
    prices: Prices,
) -> WhyNot:
    """A rule first, else what no plan with the course on that day can be below."""
    candidate = next((each for each in candidates if each.request.course_id == course_id), None)
    if candidate is None:
        raise ValueError(f"Course {course_id} is not one of the candidates.")
    # The course alone is asked about, whether or not it is pinned elsewhere.
    loose = [each if each is not candidate else replace(each, pinned=()) for each in candidates]
    work = Work(lambda progress: True, float("inf"))
    question, problem, master = ask(loose, diary, last_day, prices, work, at_any_price=course_id)
    refusal = refusals(candidate.request, question.diary, [first_day])[first_day]
    if refusal is not None:
        return WhyNot(first_day, Why.NO_DAY, refusal.sentence)
    if first_day + timedelta(days=candidate.request.days - 1) > last_day:
        return WhyNot(
            first_day,
            Why.NO_DAY,
            f"From {long_date(first_day)} it would go beyond the last day of the plan, "
            f"{long_date(last_day)}.",
        )
    d = day_number(diary, first_day)
    if d not in question.alone[course_id].first_days:
        return WhyNot(first_day, Why.NO_DAY, f"{long_date(first_day)} gives the family too little notice.")
    i = next(n for n, case in enumerate(problem.cases) if case.candidate.request.course_id == course_id)
    own = master.of_case[i]
    chosen = own[np.flatnonzero(master.first[own] == d)]
    bound = master.bound_with(int(chosen[0]), work) if len(chosen) else None
    if bound is None:
        return WhyNot(
            first_day,
            Why.CROWDED,
            f"The places that a person chose for other courses leave it no room on {long_date(first_day)}.",
        )
    dearer = max(0, whole_bound(bound) + paid_for_pinned(question) - plan.value)
    sentence = (
        f"A start on {long_date(first_day)} would cost the plan at least {quantity(dearer, 'point')} more."
        if dearer
        else f"{long_date(first_day)} may be possible at no higher cost."
    )
    return WhyNot(first_day, Why.CROWDED, sentence, dearer)
