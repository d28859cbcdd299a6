"""Which waiting courses would fit, as whole runs of days, into room that became free."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from scheduling.models import Course, Unit
from scheduling.rules import Diary, FreedRoom, Placement, Visit
from scheduling.rules.course import MOST_DAYS
from scheduling.unit.course_requests import requests_for
from scheduling.unit.diary_rows import load_calendar, load_diary

# As far as a course with a freed day reaches, and two days more, because pricing looks for days left free
# alone.
REACH = timedelta(days=MOST_DAYS + 2)


@dataclass(frozen=True)
class Match:
    """A waiting course, and the best placement for it that the freed room makes possible."""

    course: Course
    visits: tuple[Visit, ...]
    chairs: tuple[str, ...]

    @property
    def days(self) -> list[tuple[Visit, str]]:
        """Its visits, each with the name of its chair."""
        return list(zip(self.visits, self.chairs, strict=True))


def find_matches(
    unit: Unit,
    freed: Sequence[Visit],
    now: datetime,
    *,
    leaving_out: Collection[int] = (),
    with_held: bool = False,
) -> list[Match]:
    """The waiting courses for which the freed room makes a run of days possible, the most urgent first.

    leaving_out: the courses that made the room. with_held: courses with a hold, which may lapse, too. Those
    that are paused are left out. Of the possible placements each course shows the one nearest to its target.
    Ten queries.
    """
    freed = usable(unit, freed, now)
    if not freed:
        return []
    days = [visit.day for visit in freed]
    diary = load_diary(unit, min(days) - REACH, max(days) + REACH, now)
    room = FreedRoom(diary, freed)
    of_list = Course.objects.to_book().most_urgent_first() if with_held else Course.objects.waiting()
    waiting = of_list.filter(unit=unit).not_paused(timezone.localdate(now)).exclude(pk__in=leaving_out)
    found = []
    for course, request in requests_for(waiting).items():
        placements = list(room.placements(request))
        if placements:
            target = course.target or course.earliest or min(days)
            best = min(placements, key=lambda placement: abs(placement.first_day - target))
            found.append(Match(course, best.visits, _names(best, diary)))
    return found


def usable(unit: Unit, freed: Sequence[Visit], now: datetime) -> list[Visit]:
    """The freed visits that are not over and are on days when the unit is open. Two queries."""
    to_come = [visit for visit in freed if visit.ends_at > now]
    if not to_come:
        return []
    days = [visit.day for visit in to_come]
    calendar = load_calendar(unit, min(days), max(days))
    return [visit for visit in to_come if calendar.run([visit.day]).is_whole]


def _names(placement: Placement, diary: Diary) -> tuple[str, ...]:
    chairs = {chair.id: chair.name for chair in diary.chairs}
    return tuple(chairs[visit.chair] for visit in placement.visits)


def to_json(visits: Sequence[Visit]) -> list[list[Any]]:
    """The visits as a task stores them: [day, chair, start, minutes] for each."""
    return [[visit.day.isoformat(), visit.chair, visit.start, visit.minutes] for visit in visits]


def from_json(rows: Sequence[Sequence[Any]]) -> list[Visit]:
    """The visits that `to_json` wrote."""
    return [Visit(date.fromisoformat(day), *numbers) for day, *numbers in rows]
