"""For many waiting courses at once: the next pair of days that each could have, or why there is none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.utils import timezone

from crmo_clinic.nhsuk.wording import short_date
from scheduling.models import Course, Unit
from scheduling.rules import (
    CourseRequest,
    Diary,
    Obstacle,
    Visit,
    first_possible,
    nothing_before,
    possible_in_turn,
    what_is_in_the_way,
)
from scheduling.states import CourseStatus
from scheduling.unit.diary_rows import diary_for_search


@dataclass(frozen=True)
class NextPossible:
    """The first visits that a course could have from now on; if there are none, why, in a few words."""

    visits: tuple[Visit, ...] = ()
    why_not: str = ""

    @property
    def first_day(self) -> date:
        """To sort by; a course without a place comes last."""
        return self.visits[0].day if self.visits else date.max


def next_possible(requests: Mapping[Course, CourseRequest], now: datetime) -> dict[Course, NextPossible]:
    """The next possible visits of each course, each for itself.

    No query while no diary has changed; so each course has to have been read just now, with its unit.
    """
    found, diaries = {}, _diaries(requests, now)
    for course, asked in requests.items():
        diary, weights = diaries[course.unit_id], course.unit.weights
        asked = _after_the_pause(course, asked, now)
        if course.status == CourseStatus.WAITING:
            # It has no place to be left out, and a diary for it alone costs half of its search.
            asked = replace(asked, course_id=None)
        found[course] = _said(course, asked, diary, first_possible(asked, diary, weights))
    return found


def next_in_turn(requests: Mapping[Course, CourseRequest], now: datetime) -> dict[Course, NextPossible]:
    """The same, as if each course had taken its place before the next one was looked at."""
    found = {}
    for unit_id, diary in _diaries(requests, now).items():
        asked = {
            course: _after_the_pause(course, each, now)
            for course, each in requests.items()
            if course.unit_id == unit_id
        }
        weights = next(iter(asked)).unit.weights
        places = possible_in_turn(asked.values(), diary, weights)
        for (course, each), visits in zip(asked.items(), places, strict=True):
            found[course] = _said(course, each, diary, visits)
    return {course: found[course] for course in requests}


def _diaries(courses: Mapping[Course, CourseRequest], now: datetime) -> dict[int, Diary]:
    units: dict[int, Unit] = {course.unit_id: course.unit for course in courses}
    return {key: diary_for_search(unit, now, is_fresh=True) for key, unit in units.items()}


def _after_the_pause(course: Course, asked: CourseRequest, now: datetime) -> CourseRequest:
    if not course.paused_until or not course.is_paused(timezone.localdate(now)):
        return asked
    return replace(asked, earliest=max(asked.earliest or course.paused_until, course.paused_until))


def _said(course: Course, asked: CourseRequest, diary: Diary, visits: Sequence[Visit] | None) -> NextPossible:
    return NextPossible(tuple(visits)) if visits else NextPossible(why_not=_why_not(course, asked, diary))


def _why_not(course: Course, asked: CourseRequest, diary: Diary) -> str:
    """`No room before Wed 6 Jan 2027`, and the like."""
    before = nothing_before(asked, diary)
    if before is None:
        passed = course.latest is not None and course.latest < diary.today
        return "The latest first day has passed" if passed else "The pause ends after the latest first day"
    match what_is_in_the_way(asked, diary):
        case Obstacle.FAMILY:
            return f"No days that the family can do before {short_date(before)}"
        case Obstacle.CLOSED | Obstacle.NEXT_CLOSED:
            return f"No {'open days in a row' if asked.days > 1 else 'open day'} before {short_date(before)}"
        case _:
            return f"No room before {short_date(before)}"
