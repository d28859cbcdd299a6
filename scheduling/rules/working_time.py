"""Times counted in the unit's opening hours: how long a hold lasts, until when a family has to answer."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from scheduling.rules.calendar import Calendar, OpeningHours

A_DAY = timedelta(days=1)
# So far ahead an open day is looked for.
LOOK_AHEAD = 60


def after_working_minutes(now: datetime, minutes: int, calendar: Calendar) -> datetime | None:
    """When so many minutes of opening hours will have passed since `now` (naive, London wall clock).

    Seconds are rounded up to the next minute. None if the unit does not open for so long in 60 days.
    """
    left = timedelta(minutes=minutes)
    for day in (now.date() + n * A_DAY for n in range(LOOK_AHEAD)):
        hours = calendar.hours_on(day)
        if hours is None:
            continue
        begins = max(_at(day, hours.opens), _full_minute(now))
        if begins + left <= _at(day, hours.closes):
            return begins + left
        left -= max(_at(day, hours.closes) - begins, timedelta())
    return None


def end_of_open_day(now: datetime, calendar: Calendar) -> datetime | None:
    """When the unit closes today; when it is closed by now, or all day, on the next day that it opens."""
    ends = (_at(day, hours.closes) for day, hours in _open_days(now.date(), calendar))
    return next((end for end in ends if end > now), None)


def next_open_day(day: date, calendar: Calendar) -> date | None:
    """The first day after this one on which the unit is open."""
    return next((found for found, _ in _open_days(day + A_DAY, calendar)), None)


def _open_days(first: date, calendar: Calendar) -> Iterator[tuple[date, OpeningHours]]:
    days = (first + n * A_DAY for n in range(LOOK_AHEAD))
    return ((day, hours) for day in days if (hours := calendar.hours_on(day)))


def _at(day: date, minutes: int) -> datetime:
    return datetime.combine(day, time()) + timedelta(minutes=minutes)


def _full_minute(now: datetime) -> datetime:
    whole = now.replace(second=0, microsecond=0)
    return whole if whole == now else whole + timedelta(minutes=1)
