"""When a hold ends, and until when a family may answer: moments, from what somebody chose."""

from datetime import date, datetime, time, timedelta
from enum import StrEnum

from django.utils import timezone

from scheduling.models import Unit
from scheduling.rules import Calendar
from scheduling.rules.working_time import after_working_minutes, end_of_open_day, next_open_day
from scheduling.unit.diary_rows import load_calendar

# How long "30 minutes" is, in the unit's opening hours.
SHORTEST_HOLD = 30
LOOK_AHEAD = timedelta(days=60)
# When a family's answer is due by on the next working day.
ANSWER_BY = time(17)
# A family that is asked has so much time to answer at least, and so much before it would have to come.
LEAST_TO_ANSWER, LEAST_NOTICE = timedelta(hours=2), timedelta(hours=24)


class Lasts(StrEnum):
    """How long days may be held; the numbers are hours."""

    MINUTES = "30m"
    FOUR_HOURS = "4"
    TODAY = "today"
    A_DAY = "24"
    TWO_DAYS = "48"
    THREE_DAYS = "72"
    A_WEEK = "168"


def hold_end(unit: Unit, lasts: Lasts, now: datetime) -> datetime:
    """When a hold ends that begins now. Hours are rounded up to a full hour.

    Two queries where opening hours count; if the unit does not open within 60 days, a day has to do.
    """
    found = None
    if lasts in (Lasts.MINUTES, Lasts.TODAY):
        local, calendar = timezone.localtime(now).replace(tzinfo=None), _calendar(unit, now)
        if lasts == Lasts.MINUTES:
            found = after_working_minutes(local, SHORTEST_HOLD, calendar)
        else:
            found = end_of_open_day(local, calendar)
        hours = 24
    else:
        hours = int(lasts)
    return timezone.make_aware(found) if found else after_hours(hours, now)


def after_hours(hours: int, now: datetime) -> datetime:
    """So many hours from now, rounded up to a full hour."""
    return (now + timedelta(hours=hours, minutes=59)).replace(minute=0, second=0, microsecond=0)


def usual_answer_by(unit: Unit, now: datetime) -> datetime:
    """5pm on the next day on which the unit is open. Two queries."""
    day: date = next_open_day(timezone.localdate(now), _calendar(unit, now)) or timezone.localdate(
        now + timedelta(days=1)
    )
    return timezone.make_aware(datetime.combine(day, ANSWER_BY))


def answer_end(wanted: datetime, first_visit: datetime) -> datetime:
    """Until when a family may answer that was to answer by `wanted`: a day before its first visit at the
    latest."""
    return min(wanted, first_visit - LEAST_NOTICE)


def leaves_time(until: datetime, now: datetime) -> bool:
    """Whether a family that is asked now has time enough to answer by then."""
    return until - now >= LEAST_TO_ANSWER


def _calendar(unit: Unit, now: datetime) -> Calendar:
    today = timezone.localdate(now)
    return load_calendar(unit, today, today + LOOK_AHEAD)
