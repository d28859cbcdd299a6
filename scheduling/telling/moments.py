"""When notices may leave: wall-clock times of the unit, whatever the clocks do meanwhile."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from scheduling.models import Session, Unit

# In the morning, when families are up and the unit's phone is answered.
MORNING = time(9)
A_DAY = timedelta(days=1)
DAYS_UNTIL_CHECK_IN = 3


def at(day: date, clock: time) -> datetime:
    """This wall-clock time of this day. One that the clocks skip is an hour later, one that comes twice the
    first of the two."""
    return datetime.combine(day, clock, tzinfo=timezone.get_default_timezone())


def is_quiet(unit: Unit, now: datetime) -> bool:
    """Whether the unit sends no notices now. Its quiet hours may go across midnight; equal ends mean none."""
    return is_between(timezone.localtime(now).time(), unit.quiet_from, unit.quiet_until)


def is_between(clock: time, begins: time | None, ends: time | None) -> bool:
    """Whether a time of day lies in hours that may go across midnight; never, if an end is missing."""
    if begins is None or ends is None:
        return False
    if begins <= ends:
        return begins <= clock < ends
    return clock >= begins or clock < ends


def quiet_until(unit: Unit, now: datetime) -> datetime:
    """The end of the quiet hours that `now` is in."""
    local = timezone.localtime(now)
    day = local.date() if local.time() < unit.quiet_until else local.date() + A_DAY
    return at(day, unit.quiet_until)


def reminder_due(session: Session, days_before: Collection[int], now: datetime) -> int | None:
    """How many days before the visit the reminder that is due now was to go; None if none is due.

    Due from the morning of that day until the visit. Of several that are due the last one counts: whoever
    was not reminded for a week is reminded once.
    """
    if session.starts_at <= now:
        return None
    due = [days for days in days_before if at(session.day - days * A_DAY, MORNING) <= now]
    return min(due, default=None)


def is_evening_between(unit: Unit, session: Session, now: datetime) -> bool:
    """Whether it is the evening, as the unit has it, before this session."""
    if unit.evening_at is None:
        return False
    evening = session.day - A_DAY
    return timezone.localdate(now) == evening and at(evening, unit.evening_at) <= now


def is_morning_after(day: date, days: int, now: datetime) -> bool:
    """Whether it is so many days after `day`, and not before the morning."""
    today = timezone.localdate(now)
    return today == day + days * A_DAY and at(today, MORNING) <= now
