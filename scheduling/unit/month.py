"""Some weeks of a unit at a glance: who comes on each day, and how many courses could still start on it.

It only reads, and asks the rules.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from crmo_clinic.nhsuk.wording import capitalised
from scheduling.rules import CourseRequest, DayUse, Diary, Search, courses_that_could_start, use_of
from scheduling.unit.board import USUAL

# The lengths of a visit, in minutes, for which free pairs are counted.
LENGTHS = (240, 300, 360)


@dataclass(frozen=True)
class MonthDay:
    """One day. pairs: by length in minutes, how many courses could start on it, one booked after another."""

    day: date
    use: DayUse
    visits: int
    pairs: Mapping[int, int]
    why_closed: str


def draw_month(days: Iterable[date], diary: Diary) -> dict[date, MonthDay]:
    """Each of the days, by day. Pairs are counted only where a course of the shortest visits could start."""
    search = Search(USUAL, diary)
    return {day: _draw(day, use_of(search, day), diary) for day in days}


def _draw(day: date, use: DayUse, diary: Diary) -> MonthDay:
    pairs = {}
    if use == DayUse.STARTS:
        requests = {minutes: CourseRequest(days=USUAL.days, minutes=minutes) for minutes in LENGTHS}
        pairs = {
            minutes: courses_that_could_start(request, diary, day) for minutes, request in requests.items()
        }
    why_closed = capitalised(diary.calendar.why_closed(day) or "")
    return MonthDay(day, use, len(diary.children_on(day)), pairs, why_closed)
