"""On which day a task falls due: one on which the unit is open, before the visit that it is about."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.utils import timezone

from scheduling.models import Course, Session, Unit
from scheduling.unit.diary_rows import load_calendar

A_DAY = timedelta(days=1)
# So far ahead an open day is looked for.
LOOK_AHEAD = 14


def due_day(unit: Unit, today: date, *, before: date | None = None, days: int = 0) -> date:
    """The last open day within so many days, else the next one; always before the visit, so today if need be.

    before: the day of the visit, if it is about one. Two queries, or one if `opening_hours` are prefetched.
    """
    end = min(today + max(days, LOOK_AHEAD) * A_DAY, (before or date.max) - A_DAY)
    calendar = load_calendar(unit, today, max(end, today))
    to_choose = [today + n * A_DAY for n in range((end - today).days + 1)]
    is_open = [day for day in to_choose if calendar.is_open(day)]
    within = [day for day in is_open if day <= today + days * A_DAY]
    return max(within, default=min(is_open, default=today))


def due_before(course: Course, *, days: int = 0, live: Iterable[Session] | None = None) -> date:
    """When a task about a course falls due that is opened now. live: its live sessions, if they were read."""
    today = timezone.localdate()
    live = course.live_sessions if live is None else live
    next_visit = min((session.day for session in live if session.day >= today), default=None)
    return due_day(course.unit, today, before=next_visit, days=days)
