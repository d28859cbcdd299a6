"""New days for booked courses that no longer fit: with nobody else moved, and with as many others as pay.

First all others stand fast and only those that must leave are placed, as in any plan. Then every course may
move: one that stays is a variable of its own, which takes up exactly its place. Where several plans are
worth a choice they come with fewest others moved first.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from scheduling.planner.booked import Booked, Places, finished
from scheduling.planner.checking import objections_to
from scheduling.planner.days import Day, days_of
from scheduling.planner.highs import Array
from scheduling.planner.improving import improve, whole_bound
from scheduling.planner.keeping_times import keep_times
from scheduling.planner.master import Master
from scheduling.planner.question import Question, checked, in_order, keep_siblings_apart
from scheduling.planner.reading import Problem, bare, day_number, read, rows_of
from scheduling.planner.relaxing import Relaxed, Relaxing
from scheduling.planner.roster import Roster, roster_of
from scheduling.planner.seating import seat, tidy
from scheduling.planner.stretching import COARSE
from scheduling.planner.values import (
    Candidate,
    PinnedAway,
    Plan,
    Prices,
    Stage,
    Standing,
)
from scheduling.planner.work import Work
from scheduling.planner.writing import master_of
from scheduling.rules import Diary, Visit

# Up to so many others each number is tried; after that as many as pay.
TRIED = 3
STEPS = 45
# So many variables, the cheapest, are in one integer programme.
MOST_COLUMNS, MOST_STARTS = 8000, 2500


def replan_all(
    standing: Sequence[Standing],
    diary: Diary,
    *,
    last_day: date,
    most_others: int | None,
    prices: Prices,
    effort: int,
    seed: int,
    work: Work,
) -> tuple[Plan, ...]:
    """The plans, fewest others moved first, each cheaper than the last."""
    candidates = [each.candidate for each in standing]
    checked(candidates, diary, last_day)
    ordered = in_order(candidates)
    by_id = {each.candidate.request.course_id: each for each in standing}
    in_turn = {candidate.request.course_id: by_id[candidate.request.course_id] for candidate in ordered}
    booked = Booked(in_turn, ordered, bare(diary, by_id, last_day), last_day, prices)
    pinned = {each.request.course_id: each.pinned for each in ordered if each.pinned}
    if pinned and (against := objections_to(pinned, ordered, diary, last_day)):
        raise PinnedAway(against)
    work.begins(Stage.READING, 0.05)
    fast = {
        course_id: pinned.get(course_id) or each.visits
        for course_id, each in booked.standing.items()
        if course_id in pinned or not each.must_move
    }
    question, first = _others_fixed(booked, pinned, fast, work, effort, seed)
    plans = [(len(booked.moved(first)), booked.value(first), first)]
    bound = 0
    if not work.is_cut_short:
        more, bound = _others_moved(booked, pinned, first, most_others, work, effort, seed)
        plans += more
    work.raise_what_failed()
    kept: list[Places] = []
    lowest = plans[0][1] + 1
    for _, value, places in sorted(plans, key=lambda plan: plan[:2]):
        if value < lowest:
            kept.append(places)
            lowest = value
    return tuple(finished(places, booked, question, min(bound, lowest), work) for places in kept)


def _others_fixed(
    booked: Booked, pinned: Places, fast: Places, work: Work, effort: int, seed: int
) -> tuple[Question, Places]:
    """The best plan with nobody moved who need not."""
    must = [each for each in booked.candidates if each.request.course_id not in fast]
    by_id = {each.request.course_id: each for each in booked.candidates}
    rows = [row for course_id, own in fast.items() for row in rows_of(by_id[course_id], own, booked.diary)]
    problem = read(must, booked.diary.with_taken(rows), booked.last_day, work)
    keep_siblings_apart(problem, booked.candidates, fast)
    question = Question(booked.candidates, booked.diary, booked.last_day, booked.prices, pinned)
    alone = read(booked.candidates, booked.diary, booked.last_day, work)
    question.alone = {case.candidate.request.course_id: case for case in alone.cases}
    master = _master(booked, problem, days_of(problem, work), {})
    roster = Roster(master, np.full(len(problem.cases), -1))
    work.begins(Stage.FIRST, 0.1)
    roster.fill(range(len(problem.cases)), work)
    paid = sum(booked.cost(course_id, own) for course_id, own in fast.items())
    work.value = roster.value + paid
    if not work.is_cut_short:
        roster, _ = improve(master, roster, work, effort=effort, seed=seed, paid=paid)
    work.bound = None
    visits = tidy(seat(roster), roster, booked.prices, work, lambda i, day: [])
    places = {problem.cases[i].candidate.request.course_id: own for i, own in visits.items()}
    work.value = booked.value(fast | places)
    return question, fast | places


def _master(
    booked: Booked, problem: Problem, days: dict[int, Day], stays: Mapping[int, Mapping[int, int]]
) -> Master:
    prices = booked.prices

    def price(i: int, d: int) -> int:
        course_id = problem.cases[i].candidate.request.course_id
        each, day = booked.standing[course_id], problem.days[d]
        cost = each.candidate.weight * booked.days_later(course_id, day)
        if each.must_move:
            return cost + prices.shift_day * (abs((day - each.visits[0].day).days) if each.visits else 0)
        if each.visits and day == each.visits[0].day:
            return min(prices.moved_start, prices.moved_chair)
        return cost + prices.moved_day

    left_out = [case.candidate.weight * prices.left_out_days for case in problem.cases]
    return master_of(problem, days, price, left_out, stays)


def _others_moved(
    booked: Booked,
    pinned: Places,
    first: Places,
    most_others: int | None,
    work: Work,
    effort: int,
    seed: int,
) -> tuple[list[tuple[int, int, Places]], int]:
    """Plans in which others move too, and what no plan is below."""
    by_id = {each.request.course_id: each for each in booked.candidates}
    rows = [row for course_id, own in pinned.items() for row in rows_of(by_id[course_id], own, booked.diary)]
    loose = [each for each in booked.candidates if each.request.course_id not in pinned]
    work.begins(Stage.BETTER, 0.2)
    fixed = dict(pinned)
    problem, days, stays = _movable(booked, loose, rows, work)
    cases = enumerate(problem.cases)
    held = [case for i, case in cases if _stands(booked, case.candidate) and i not in stays]
    if held:
        # Where a course stands, nothing could be placed today: so it stays, whatever happens.
        for case in held:
            course_id = case.candidate.request.course_id
            fixed[course_id] = booked.standing[course_id].visits
            rows += rows_of(case.candidate, fixed[course_id], booked.diary)
            loose = [each for each in loose if each.request.course_id not in fixed]
        problem, days, stays = _movable(booked, loose, rows, work)
    if work.is_cut_short:
        return [], 0
    keep_siblings_apart(problem, booked.candidates, fixed)
    master = _master(booked, problem, days, stays)
    paid = sum(booked.cost(course_id, own) for course_id, own in fixed.items())
    least = paid + sum(
        min(0, *(int(cost) for cost in master.cost[own])) if len(own) else 0 for own in master.of_case
    )
    bound = max(0, least + master.offset)
    roster = _as_roster(master, problem, first)
    value = roster.value + paid
    if not master.stays or value <= bound:
        return [], min(bound, value)
    relaxed = Relaxing(master).relax(work)
    if relaxed is None:
        return [], min(bound, value)
    bound = max(bound, whole_bound(relaxed.bound) + paid)
    work.bound = min(bound, value)
    plans: list[tuple[int, int, Places]] = []
    standing = {
        i: booked.standing[case.candidate.request.course_id].visits for i, case in enumerate(problem.cases)
    }
    limits = [*range(1, TRIED + 1), len(stays)]
    if most_others is not None:
        limits = sorted({min(limit, most_others) for limit in limits} - {0})
    best = roster
    for n, limit in enumerate(limits):
        gap = best.value + paid - bound
        if gap <= 0 or not work.goes_on(n / len(limits)):
            break
        x = best.as_x()
        allowed = relaxed.reduced <= gap + 1e-6
        if int(allowed.sum()) > MOST_COLUMNS:
            allowed = _cheapest(master, relaxed, allowed)
        allowed |= x > 0.5
        for z in master.stays:
            allowed[z] = True
        answer = master.choose(
            allowed,
            x,
            work,
            steps=max(1, STEPS * effort // 100),
            seed=seed,
            done=n / len(limits),
            most_moved=limit,
            # Costs are whole points.
            options={"mip_abs_gap": 0.9},
        )
        if answer.x is None:
            continue
        found = roster_of(master, answer.x)
        if found.value >= best.value:
            continue
        best = found
        seated = seat(found, standing)
        in_time = keep_times(seated, problem, standing, stays, booked.moving)
        visits = tidy(seated, found, booked.prices, work, lambda i, day: [], held=in_time)
        places = fixed | {problem.cases[i].candidate.request.course_id: own for i, own in visits.items()}
        moved = len(booked.moved(places))
        if most_others is None or moved <= most_others:
            plans.append((moved, booked.value(places), places))
            work.value = min(work.value if work.value is not None else value, booked.value(places))
    return plans, min([bound, value, *(plan[1] for plan in plans)])


def _cheapest(master: Master, relaxed: Relaxed, allowed: Array) -> Array:
    """Of the allowed starts the cheapest, and places that the linear programme uses or on a coarse grid."""
    found = relaxed.x > 1e-6
    starts = np.flatnonzero(allowed[: master.starts])
    order = starts[np.argsort(np.round(relaxed.reduced[starts], 6), kind="stable")]
    found[order[:MOST_STARTS]] = True
    places = (
        np.flatnonzero(allowed[master.starts :] & (master.start_of_places() % COARSE == 0)) + master.starts
    )
    order = places[np.argsort(np.round(relaxed.reduced[places], 6), kind="stable")]
    found[order[: MOST_COLUMNS - MOST_STARTS]] = True
    return found


def _stands(booked: Booked, candidate: Candidate) -> bool:
    return not booked.standing[candidate.request.course_id].must_move


def _movable(
    booked: Booked, loose: Sequence[Candidate], rows: Sequence[object], work: Work
) -> tuple[Problem, dict[int, Day], dict[int, dict[int, int]]]:
    """The problem in which all these may move, and the places of those who may stay."""
    problem = read(loose, booked.diary.with_taken(rows), booked.last_day, work)  # type: ignore[arg-type]
    days = days_of(problem, work)
    stays: dict[int, dict[int, int]] = {}
    for i, case in enumerate(problem.cases):
        if not _stands(booked, case.candidate):
            continue
        seats: dict[int, int] = {}
        for visit in booked.standing[case.candidate.request.course_id].visits:
            d = day_number(problem.diary, visit.day)
            column = _column(problem, days, d, i, visit) if d in days else None
            if column is not None:
                seats[d] = column
        if len(seats) == len(booked.standing[case.candidate.request.course_id].visits) == case.days:
            stays[i] = seats
    return problem, days, stays


def _column(problem: Problem, days: dict[int, Day], d: int, i: int, visit: Visit) -> int | None:
    case, here = problem.cases[i], days[d].here
    shape = problem.shapes[case.shape]
    begins, ends = visit.start + shape.chair_from, visit.start + shape.chair_to
    for n, place in enumerate(here.places):
        window = here.windows[place.window]
        fits = window.begins <= begins and ends <= window.ends and visit.chair in window.chairs
        if place.shape == case.shape and place.start == visit.start and fits:
            return n if visit.minutes == shape.length else None
    return None


def _as_roster(master: Master, problem: Problem, places: Places) -> Roster:
    """What stands, and where those that must leave were put while all others stood fast."""
    roster = Roster(master, np.full(len(problem.cases), -1))
    for z in master.stays:
        roster.insert(z)
    for i, case in enumerate(problem.cases):
        own = places.get(case.candidate.request.course_id)
        if own and roster.chosen[i] < 0:
            roster.insert_visits(i, own)
    return roster
