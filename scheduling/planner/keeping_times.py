"""Courses that move within their own days keep their times where they can: then only the chair is another.

The programme knows no chairs, and takes every move within the days for the cheapest. Another chair is nothing
that a family has to be told; another time is.
"""

from collections.abc import Callable, Collection, Mapping

from scheduling.planner.reading import Problem, rows_of
from scheduling.planner.seating import Visits
from scheduling.rules import CourseRequest, Diary, Visit, visit_objections


def keep_times(
    visits: Visits,
    problem: Problem,
    standing: Mapping[int, tuple[Visit, ...]],
    may_stay: Collection[int],
    moving: Callable[[tuple[Visit, ...], tuple[Visit, ...]], int],
) -> set[int]:
    """Moves courses, of those that may stay, back to the times at which they stood on the same days, where a
    chair is free then and that costs less. Returns the cases that have their times, moved back or not.

    moving: what it costs to move from visits to others.
    """
    cases, kept = problem.cases, set()
    diary = problem.diary.with_taken(
        row for i, own in visits.items() for row in rows_of(cases[i].candidate, own, problem.diary)
    )
    for i in sorted(set(visits) & set(may_stay)):
        own, stood, request = visits[i], standing[i], cases[i].candidate.request
        if [visit.day for visit in own] != [visit.day for visit in stood]:
            continue
        if [visit.start for visit in own] != [visit.start for visit in stood]:
            back = _back(stood, request, diary.without(request.course_id))
            if back is None or moving(stood, back) >= moving(stood, own):
                continue
            visits[i] = back
            diary = diary.with_course_at(request.course_id, rows_of(cases[i].candidate, back, diary))
        kept.add(i)
    return kept


def _back(stood: tuple[Visit, ...], request: CourseRequest, diary: Diary) -> tuple[Visit, ...] | None:
    """The same times, each day in the chair of before or the first that will do; None if none will."""
    found = []
    for visit in stood:
        others = (chair for chair in diary.chair_ids if chair != visit.chair)
        seats = (Visit(visit.day, chair, visit.start, visit.minutes) for chair in (visit.chair, *others))
        seat = next((seat for seat in seats if not visit_objections(request, seat, diary)), None)
        if seat is None:
            return None
        found.append(seat)
    return tuple(found)
