"""The best plan by trying everything: what the planner must find on diaries small enough for it.

It knows nothing of places or programmes. For every choice of first days, cheapest first, it asks the rules
of one visit after another, in every chair and at every start, whether all fit.
"""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import product

from scheduling.planner import Candidate, Prices, Standing
from scheduling.rules import (
    CourseRequest,
    Diary,
    Placement,
    Visit,
    days_in_a_row,
    objections,
    taken_by,
    visit_objections,
)
from scheduling.rules.objections import CHAIR_RULES, COURSE_RULES, RULES_OF_NOTICE


def least_value(candidates: Sequence[Candidate], diary: Diary, last_day: date, prices: Prices) -> int:
    """The value of the best plan."""
    own = {candidate.request.course_id for candidate in candidates}
    taken = {day: [row for row in rows if row.whose not in own] for day, rows in diary.taken.items()}
    diary = replace(diary, taken=taken)

    @cache
    def fits(day: date, courses: tuple[int, ...]) -> bool:
        return _fits([candidates[n] for n in courses], day, diary)

    choices = []
    for candidate in candidates:
        found: list[tuple[int, date | None]] = [(candidate.weight * prices.left_out_days, None)]
        found += [
            (candidate.weight * max(0, (first - candidate.due).days), first)
            for first in first_days(candidate, diary, last_day)
        ]
        choices.append(sorted(found, key=lambda each: (each[0], each[1] or date.max)))
    totals = sorted(product(*choices), key=lambda chosen: sum(cost for cost, _ in chosen))
    for chosen in totals:
        by_day: dict[date, list[int]] = {}
        for n, (_, first) in enumerate(chosen):
            for day in days_in_a_row(first, candidates[n].request.days) if first else ():
                by_day.setdefault(day, []).append(n)
        if all(_apart(candidates, courses) and fits(day, tuple(courses)) for day, courses in by_day.items()):
            return sum(cost for cost, _ in chosen)
    raise AssertionError("Leaving all out is always a plan.")


def first_days(candidate: Candidate, diary: Diary, last_day: date) -> list[date]:
    """The days on which the course could start, were it alone, as far as days go."""
    request, found = candidate.request, []
    last = last_day - timedelta(days=request.days - 1)
    for first in days_in_a_row(diary.today, max(0, (last - diary.today).days + 1)):
        days = days_in_a_row(first, request.days)
        anyone = Placement(request, tuple(Visit(day, 0, 0, request.length) for day in days))
        rules = (COURSE_RULES | RULES_OF_NOTICE).values()
        if not any(rule(anyone, diary) for rule in rules) and all(
            _fits([candidate], day, diary) for day in days
        ):
            found.append(first)
    return found


def _apart(candidates: Sequence[Candidate], courses: Sequence[int]) -> bool:
    children: list[Hashable] = [candidates[n].child for n in courses if candidates[n].child is not None]
    return len(children) == len(set(children))


def _fits(candidates: Sequence[Candidate], day: date, diary: Diary) -> bool:
    if not candidates:
        return True
    request, hours = candidates[0].request, diary.calendar.hours_on(day)
    if hours is None:
        return False
    tried = set()
    for start in hours.starts_for(request.length, diary.slot_minutes):
        for chair in diary.chair_ids:
            visit = Visit(day, chair, start, request.length)
            found = visit_objections(request, visit, diary)
            if found and not any(objection.rule in CHAIR_RULES for objection in found):
                break
            if found:
                continue
            row = taken_by(visit, request.course_id, request, diary.nurse_rule)
            alike = start, tuple(sorted((t.start, t.end) for t in diary.taken_on(day) if t.chair == chair))
            alike += (diary.chair(chair).kinds,)
            if alike in tried:
                continue
            tried.add(alike)
            if _fits(candidates[1:], day, diary.with_taken([row])):
                return True
    return False


def placements(request: CourseRequest, diary: Diary, last_day: date) -> list[tuple[Visit, ...]]:
    """Every placement without objection that ends by the last day."""
    found = []
    first = diary.today
    while first + timedelta(days=request.days - 1) <= last_day:
        choices = []
        for day in days_in_a_row(first, request.days):
            hours = diary.calendar.hours_on(day)
            starts = hours.starts_for(request.length, diary.slot_minutes) if hours else ()
            choices.append(
                [Visit(day, chair, start, request.length) for start in starts for chair in diary.chair_ids]
            )
        found += [visits for visits in product(*choices) if not objections(Placement(request, visits), diary)]
        first += timedelta(days=1)
    return found


def least_by_moved(
    standing: Sequence[Standing], diary: Diary, last_day: date, prices: Prices
) -> dict[int, int]:
    """For each number of others that move the least value, where it is less than with any fewer."""
    own = {each.candidate.request.course_id for each in standing}
    taken = {day: [row for row in rows if row.whose not in own] for day, rows in diary.taken.items()}
    diary = replace(diary, taken=taken)
    best: dict[int, int] = {}
    options = []
    for each in standing:
        found: list[tuple[Visit, ...] | None] = [*placements(each.candidate.request, diary, last_day), None]
        options.append(
            sorted(((price(each, visits, prices), visits) for visits in found), key=lambda o: o[0])
        )

    def place(n: int, total: int, moved: int, diary: Diary) -> None:
        if total >= min((value for k, value in best.items() if k <= moved), default=total + 1):
            return
        if n == len(standing):
            best[moved] = total
            return
        each = standing[n]
        request = each.candidate.request
        for cost, visits in options[n]:
            more = moved + (not each.must_move and visits != each.visits)
            if visits is None:
                place(n + 1, total + cost, more, diary)
            elif not objections(Placement(request, visits), diary):
                rows = [taken_by(visit, request.course_id, request, diary.nurse_rule) for visit in visits]
                place(n + 1, total + cost, more, diary.with_taken(rows))

    place(0, 0, 0, diary)
    return {k: value for k, value in best.items() if all(best[j] > value for j in best if j < k)}


def price(each: Standing, visits: tuple[Visit, ...] | None, prices: Prices) -> int:
    """The primary cost of a booked course in a re-plan, as `Prices` says it."""
    weight = each.candidate.weight
    if visits is None:
        return weight * prices.left_out_days
    later = (visits[0].day - max(each.candidate.due, each.visits[0].day)).days
    cost = weight * max(0, later)
    if each.must_move:
        return cost + prices.shift_day * abs((visits[0].day - each.visits[0].day).days)
    for what, paid in (
        ("day", prices.moved_day),
        ("start", prices.moved_start),
        ("chair", prices.moved_chair),
    ):
        if [getattr(v, what) for v in visits] != [getattr(v, what) for v in each.visits]:
            return cost + paid
    return cost
