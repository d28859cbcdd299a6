"""One plan for the waiting courses: read, a first whole plan, better ones, what no plan is below, wishes."""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from scheduling.planner.checking import faults_of, objections_to
from scheduling.planner.highs import solver_name
from scheduling.planner.improving import improve
from scheduling.planner.leaving_out import left_out_because
from scheduling.planner.master import Master
from scheduling.planner.question import Question, ask
from scheduling.planner.reading import Problem
from scheduling.planner.roster import Roster
from scheduling.planner.seating import preference_of, seat, tidy
from scheduling.planner.values import Candidate, LeftOut, Placed, Plan, Prices, SolverFailed, Stage
from scheduling.planner.work import Work
from scheduling.rules import Diary, Visit

Places = dict[Hashable, tuple[Visit, ...]]


def plan_all(
    candidates: Sequence[Candidate],
    diary: Diary,
    *,
    last_day: date,
    prices: Prices,
    effort: int,
    seconds: float,
    seed: int,
    start: Plan | None,
    work: Work,
) -> Plan:
    """The plan, in the order of the question, not of the candidates."""
    work.begins(Stage.READING, 0.05)
    question, problem, master = ask(candidates, diary, last_day, prices, work)
    work.raise_what_failed()
    work.begins(Stage.FIRST, 0.15)
    paid = paid_for_pinned(question)
    begun = begin_from(start, master) if start else None
    roster = first_roster(master, begun, work)
    work.value = roster.value + paid
    bound = 0
    if not work.is_cut_short:
        roster, bound = improve(master, roster, work, effort=effort, seed=seed, paid=paid)
    bound = max(0, min(roster.value, bound)) + paid
    work.value, work.bound = roster.value + paid, bound
    work.begins(Stage.TIDYING, 1.0)
    visits = seat(roster)
    visits = tidy(visits, roster, prices, work, lambda i, day: equal_days(problem, i, day))
    work.raise_what_failed()
    by_id = {problem.cases[i].candidate.request.course_id: own for i, own in visits.items()} | question.pinned
    if start is not None and work.is_cut_short:
        # It may have been stopped before it had read where the plan to begin from puts them.
        kept = still_allowed(start, question)
        by_id = min(by_id, kept, key=lambda places: value_of(places, question))
    return finished(question, roster, by_id, bound, work)


def paid_for_pinned(question: Question) -> int:
    """What the pinned cost, whatever becomes of the others."""
    return sum(
        each.weight * max(0, (each.pinned[0].day - each.due).days)
        for each in question.candidates
        if each.pinned
    )


def equal_days(problem: Problem, i: int, day: date) -> list[date]:
    """Other first days of a case that cost as much, the nearest first: those by its due day."""
    case = problem.cases[i]
    due = case.candidate.due
    if day > due:
        return []
    others = [problem.days[d] for d in case.first_days if problem.days[d] <= due and problem.days[d] != day]
    return sorted(others, key=lambda other: (abs((other - day).days), other))


def first_roster(
    master: Master, begun: tuple[Roster, dict[int, tuple[Visit, ...]]] | None, work: Work
) -> Roster:
    """A whole plan, course by course in the order of the cases, each on its cheapest day with room."""
    cases = range(len(master.problem.cases))
    roster = Roster(master, np.full(len(cases), -1))
    roster.fill(cases, work)
    if begun is not None:
        other = begun[0].copy()
        other.fill(cases, work)
        if other.value <= roster.value:
            return other
    return roster


def begin_from(start: Plan, master: Master) -> tuple[Roster, dict[int, tuple[Visit, ...]]]:
    """What is still allowed of a plan, as a roster, and its visits."""
    problem = master.problem
    numbers = {case.candidate.request.course_id: i for i, case in enumerate(problem.cases)}
    roster = Roster(master, np.full(len(problem.cases), -1))
    kept: dict[int, tuple[Visit, ...]] = {}
    for placed in start.placed:
        i = numbers.get(placed.course_id)
        if i is not None and roster.insert_visits(i, placed.visits):
            kept[i] = placed.visits
    return roster, kept


def still_allowed(start: Plan, question: Question) -> Places:
    """The visits of a plan without those to which a rule objects by now, and what is pinned."""
    ids = {each.request.course_id for each in question.candidates}
    places = {placed.course_id: placed.visits for placed in start.placed if placed.course_id in ids}
    places |= question.pinned
    for _ in start.placed:
        against = objections_to(places, question.candidates, question.diary, question.last_day)
        away = [course_id for course_id in against if course_id not in question.pinned]
        if not away:
            break
        # The lightest goes first: it may be the only one in the way.
        del places[away[-1]]
    return places


def value_of(places: Places, question: Question) -> int:
    """The primary cost."""
    value = 0
    for each in question.candidates:
        own = places.get(each.request.course_id)
        late = max(0, (own[0].day - each.due).days) if own else question.prices.left_out_days
        value += each.weight * late
    return value


def finished(question: Question, roster: Roster, by_id: Places, bound: int, work: Work) -> Plan:
    """The plan with its words."""
    placed: list[Placed] = []
    left: list[LeftOut] = []
    preferences = 0
    for candidate in question.candidates:
        course_id = candidate.request.course_id
        own = by_id.get(course_id)
        if own is None:
            left.append(left_out_because(candidate, question, roster, work))
            continue
        late = max(0, (own[0].day - candidate.due).days)
        preferences += preference_of(candidate.request, candidate.due, own, question.prices)
        firsts = question.alone[course_id].first_days
        alone = min([own[0].day, *([question.first_alone(course_id)] if firsts else [])])
        placed.append(Placed(course_id, own, late, alone))
    value = value_of(by_id, question)
    return Plan(
        placed=tuple(placed),
        left_out=tuple(left),
        value=value,
        bound=min(value, bound),
        preferences=preferences,
        cut_short=work.is_cut_short,
        solver=solver_name(),
    )


def in_order_of(candidates: Sequence[Candidate], plan: Plan) -> Plan:
    """The plan in the order of the candidates."""
    order = {candidate.request.course_id: n for n, candidate in enumerate(candidates)}
    return replace(
        plan,
        placed=tuple(sorted(plan.placed, key=lambda each: order[each.course_id])),
        left_out=tuple(sorted(plan.left_out, key=lambda each: order[each.course_id])),
        moved=tuple(sorted(plan.moved, key=lambda each: order[each])),
    )


def as_asked(plan: Plan, candidates: Sequence[Candidate], diary: Diary, last_day: date) -> Plan:
    """The plan in the order of the candidates. Raises SolverFailed if it breaks a rule."""
    plan = in_order_of(candidates, plan)
    if faults := faults_of(plan, candidates, diary, last_day):
        raise SolverFailed(f"The plan breaks {len(faults)} rules: {' '.join(faults[:5])}")
    return plan
