"""Which lines of a draft have become untrue: asked of each line, never of the diary's version alone.

A press on the day list changes neither a course that waits nor the room it was given; a chair that is taken
changes exactly the lines that wanted it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crmo_clinic.nhsuk.wording import short_date
from scheduling.models import Course, DraftMove
from scheduling.rules import CourseRequest, Diary, Placement, objections, taken_by
from scheduling.states import CourseStatus


@dataclass(frozen=True)
class Planned:
    """A line that is open and has days, with what its course asks for now."""

    line: DraftMove
    request: CourseRequest


def in_diary(diary: Diary, planned: Iterable[Planned]) -> Diary:
    """The diary as if these lines stood in it."""
    return diary.with_taken(
        taken_by(visit, each.line.course_id, each.request, diary.nurse_rule)
        for each in planned
        for visit in each.line.proposed
    )


def what_changed(
    lines: Iterable[DraftMove], requests: Mapping[Course, CourseRequest], diary: Diary
) -> dict[int, list[str]]:
    """By the key of each open line with days that cannot be made real as it stands: the sentences that say
    why.

    requests: of all courses that still wait, with `sessions` prefetched. Lines in each other's way are all
    named.
    """
    courses = {course.pk: (course, request) for course, request in requests.items()}
    planned, changed = [], {}
    for line in lines:
        if not line.is_open or line.is_left_out:
            continue
        if line.course_id not in courses:
            changed[line.pk] = ["This course does not wait for days any more."]
            continue
        course, request = courses[line.course_id]
        if course.version != line.seen:
            changed[line.pk] = [_was_changed(course)]
        planned.append(Planned(line, request))
    full = in_diary(diary, planned)
    for each in planned:
        placement = Placement(each.request, tuple(each.line.proposed))
        if against := objections(placement, full.without(each.line.course_id)):
            changed[each.line.pk] = list(dict.fromkeys(str(objection) for objection in against))
    return changed


def _was_changed(course: Course) -> str:
    if course.status == CourseStatus.HELD and course.live_sessions:
        return f"Days are held for it since: from {short_date(course.live_sessions[0].day)}."
    return f"This course is {course.get_status_display().lower()} now."
