"""What a plan changes, in figures: each before it and after it, as a draft keeps them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from statistics import median
from typing import Any

from django.utils import timezone

from scheduling.booking.drafts.candidates import Problem
from scheduling.models import Priority
from scheduling.planner import Candidate
from scheduling.rules import CourseRequest, DayUse, Diary, Search, Visit, nurse_load, taken_by, use_of
from scheduling.rules.course import SHORTEST

A_DAY = timedelta(days=1)
USUAL = CourseRequest(days=2, minutes=SHORTEST, at_short_notice=True)
Places = Mapping[Any, Sequence[Visit]]


def before_and_after(problem: Problem, places: Places) -> dict[str, Any]:
    """By name, a list of the figure before and after; `overdue` has such a list for each priority.

    waiting, overdue, given_late: courses. longest_wait, median_wait, days_late: days; of a course left out,
    as if its wait ended with the weeks of the plan. chairs, nurses: per cent of the time. stranded: days.
    """
    today, last = problem.diary.today, problem.last_day
    first = {key: visits[0].day for key, visits in places.items()}
    waits, late = ([], []), ([], [])
    for each in problem.candidates:
        ends = first.get(each.request.course_id, last)
        agreed = timezone.localdate(problem.courses[_key(each)].agreed_at)
        for kept, until in zip(waits, (today, ends), strict=True):
            kept.append(max(0, (until - agreed).days))
        for kept, until in zip(late, (today, ends), strict=True):
            kept.append(max(0, (until - each.due).days))
    now = problem.whole_diary
    then = with_places(problem, places)
    days = list(_open_days(now, problem.diary.today, last))
    return {
        "waiting": [len(problem.candidates), len(problem.candidates) - len(places)],
        "overdue": {
            str(priority.value): [
                overdue(problem, priority, {}, today),
                overdue(problem, priority, first, last),
            ]
            for priority in Priority
        },
        "given_late": sum(
            first[each.request.course_id] > each.due
            for each in problem.candidates
            if each.request.course_id in first
        ),
        "longest_wait": [max(kept, default=0) for kept in waits],
        "median_wait": [round(median(kept)) if kept else 0 for kept in waits],
        "days_late": [sum(kept) for kept in late],
        "chairs": [_chair_use(diary, days) for diary in (now, then)],
        "nurses": [_nurse_use(diary, days) for diary in (now, then)],
        "stranded": [_stranded(diary, days) for diary in (now, then)],
    }


def overdue(problem: Problem, priority: Priority | None, first: Mapping[Any, date], on: date) -> int:
    """How many are past their day on that day and have not begun by then. priority: None for all."""
    return sum(
        each.due < on and not (each.request.course_id in first and first[each.request.course_id] <= on)
        for each in problem.candidates
        if priority in (None, problem.courses[_key(each)].priority)
    )


def with_places(problem: Problem, places: Places) -> Diary:
    """The diary as if these courses stood in it, without the room that was kept free."""
    rule = problem.diary.nurse_rule
    return problem.whole_diary.with_taken(
        taken_by(visit, key, problem.requests[int(key)], rule)
        for key, visits in places.items()
        for visit in visits
    )


def _key(each: Candidate) -> int:
    key: Any = each.request.course_id
    return int(key)


def _open_days(diary: Diary, first: date, last: date) -> Iterable[date]:
    days = (first + n * A_DAY for n in range((last - first).days + 1))
    return (day for day in days if diary.calendar.is_open(day))


def _chair_use(diary: Diary, days: Sequence[date]) -> int:
    """Per cent of the time of the chairs in use that is taken."""
    used = room = 0
    for day in days:
        if hours := diary.calendar.hours_on(day):
            room += len(diary.chairs) * (hours.closes - hours.opens)
            used += sum(row.end - row.start for row in diary.taken_on(day) if diary.chair(row.chair))
    return round(100 * used / room) if room else 0


def _nurse_use(diary: Diary, days: Sequence[date]) -> int:
    """Per cent of the nurses’ time that the children need, by the rule."""
    used = there = 0
    for day in days:
        if hours := diary.calendar.hours_on(day):
            there += sum((end - start) * nurses for start, end, nurses in hours.nurses_steps())
            loads = nurse_load(diary.care_on(day), diary.nurse_rule)
            used += sum((load.end - load.start) * load.nurses for load in loads)
    return round(100 * used / there) if there else 0


def _stranded(diary: Diary, days: Sequence[date]) -> int:
    """Days with room that have no free day beside them."""
    search = Search(USUAL, diary)
    return sum(use_of(search, day) == DayUse.STRANDED for day in days)
