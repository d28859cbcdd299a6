"""On which day a task falls due: one on which the unit is open, before the visit that it is about."""

from datetime import date, timedelta

from django.utils import timezone

from scheduling.models import Course, Unit
from scheduling.unit.diary_rows import load_calendar

A_DAY = timedelta(days=1)
# So far ahead an open day is looked for.
LOOK_AHEAD = 14


def due_day(unit: Unit, today: date, *, before: date | None = None, days: int = 0) -> date:
    """The last open day within so many days, else the next one; always before the visit, so today if need be.

    before: the day of the visit, if it is about one. Two queries.
    """
    end = min(today + max(days, LOOK_AHEAD) * A_DAY, (before or date.max) - A_DAY)
    calendar = load_calendar(unit, today, max(end, today))
    to_choose = [today + n * A_DAY for n in range((end - today).days + 1)]
    is_open = [day for day in to_choose if calendar.is_open(day)]
    within = [day for day in is_open if day <= today + days * A_DAY]
    return max(within, default=min(is_open, default=today))


def next_visit(course: Course, today: date) -> date | None:
    """The first day from today on that a course stands on."""
    return next((session.day for session in course.live_sessions if session.day >= today), None)


def due_before(course: Course, *, days: int = 0) -> date:
    """When a task about a course falls due that is opened now."""
    today = timezone.localdate()
    return due_day(course.unit, today, before=next_visit(course, today), days=days)
