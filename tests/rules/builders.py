"""Words to write diaries and courses with, so that a rule's test reads like the rule.

The ordinary unit opens Monday to Friday, 9am to 5pm, with two chairs and nurses to spare; the ordinary course
is two visits of five hours. It is 8am on Monday 3 August 2026.
"""

from collections.abc import Hashable, Iterable
from datetime import date, datetime

from scheduling.rules import (
    Calendar,
    Chair,
    CourseRequest,
    Diary,
    NurseRule,
    OpeningHours,
    Placement,
    Taken,
    Visit,
    by_day,
)
from scheduling.rules.course import Shape

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = (date(2026, 8, day) for day in range(3, 10))
NEXT_MONDAY, NEXT_TUESDAY, NEXT_WEDNESDAY = (date(2026, 8, day) for day in range(10, 13))
NOW = datetime(2026, 8, 3, 8)
WORKING_WEEK = range(5)
EVERY_DAY = range(7)


def at(hour: int, minute: int = 0) -> int:
    """A time of day in minutes after midnight."""
    return hour * 60 + minute


def a_calendar(
    *,
    opens: int = at(9),
    closes: int = at(17),
    nurses: int = 9,
    weekdays: Iterable[int] = WORKING_WEEK,
    **exceptions,
) -> Calendar:
    return Calendar({weekday: OpeningHours(opens, closes, nurses) for weekday in weekdays}, **exceptions)


def a_diary(*taken: Taken, chairs: int = 2, calendar: Calendar | None = None, **differently) -> Diary:
    return Diary(
        **{
            "calendar": calendar or a_calendar(),
            "chairs": tuple(Chair(number, f"Chair {number}") for number in range(1, chairs + 1)),
            "nurse_rule": NurseRule(cannulation_minutes=30, children_per_nurse=3),
            "now": NOW,
            "taken": by_day(taken),
        }
        | differently
    )


def a_child(chair: int, day: date, start: int, end: int, course: Hashable = "another course") -> Taken:
    return Taken(chair, day, start, end, course)


def something_else(chair: int, day: date, start: int, end: int, label: str = "bone scan") -> Taken:
    return Taken(chair, day, start, end, None, label)


def fully_taken(*days: date, chairs: int = 2) -> tuple[Taken, ...]:
    """Every chair taken by something else from 9am to 5pm."""
    return tuple(something_else(chair, day, at(9), at(17)) for day in days for chair in range(1, chairs + 1))


def a_course(**differently) -> CourseRequest:
    return CourseRequest(**{"days": 2, "minutes": at(5)} | differently)


def shape(minutes: int) -> Shape:
    """The shape of a visit of `minutes` with nothing set up."""
    return a_course(minutes=minutes).shape(NurseRule(30, 3))


def chairs(*ids: int) -> list[Chair]:
    return [Chair(number, f"Chair {number}") for number in ids]


def a_visit(day: date, start: int = at(9), chair: int = 1, minutes: int = at(5)) -> Visit:
    return Visit(day, chair, start, minutes)


def a_placement(*visits: Visit, **course) -> Placement:
    """The visits given, for a course that asks for as many; Tuesday and Wednesday at 9am if none is given."""
    visits = visits or (a_visit(TUESDAY), a_visit(WEDNESDAY))
    return Placement(a_course(**{"days": len(visits)} | course), visits)


def starts(placements: Iterable[Placement]) -> list[tuple[int, ...]]:
    return [tuple(visit.start for visit in placement.visits) for placement in placements]
