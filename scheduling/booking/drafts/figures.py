"""What a plan changes, in figures: each without it and with it, as a draft keeps them."""

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
    """How it stands on the last day of the plan, by name, as a list: without it, and with it.

    waiting, overdue: courses; `overdue` has such a list for each priority. longest_wait, median_wait,
    days_late: days; a course without days goes on waiting. chairs, nurses: per cent of the time. stranded:
    days.
    overdue_today: courses that are past their day already.
    """
    last = problem.last_day
    first = {key: visits[0].day for key, visits in places.items()}
    waits: tuple[list[int], list[int]] = ([], [])
    late: tuple[list[int], list[int]] = ([], [])
    for each in problem.candidates:
        agreed = timezone.localdate(problem.courses[_key(each)].agreed_at)
        for number, until in enumerate((last, first.get(each.request.course_id, last))):
            waits[number].append(max(0, (until - agreed).days))
            late[number].append(max(0, (until - each.due).days))
    diaries = problem.whole_diary, with_places(problem, places)
    days = list(_open_days(problem.whole_diary, problem.first_day, last))
    return {
        "waiting": [len(problem.candidates), len(problem.candidates) - len(places)],
        "overdue_today": overdue(problem, None, {}, problem.diary.today),
        "overdue": {
            str(priority.value): [overdue(problem, priority, begun, last) for begun in ({}, first)]
            for priority in Priority
        },
        "longest_wait": [max(kept, default=0) for kept in waits],
        "median_wait": [round(median(kept)) if kept else 0 for kept in waits],
        "days_late": [sum(kept) for kept in late],
        "chairs": [_chair_use(diary, days) for diary in diaries],
        "nurses": [_nurse_use(diary, days) for diary in diaries],
        "stranded": [_stranded(diary, days) for diary in diaries],
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
