"""Wall-clock times that stay right when the clocks change, and a unit's quiet hours."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from scheduling.models import Unit

A_DAY = timedelta(days=1)


def at(day: date, clock: time) -> datetime:
    """This wall-clock time on this day. A time that is skipped in spring becomes one hour later; for a time
    that occurs twice in autumn, the first is meant."""
    return datetime.combine(day, clock, tzinfo=timezone.get_default_timezone())


def is_between(clock: time, begins: time | None, ends: time | None) -> bool:
    """Whether a time of day is within hours that may cross midnight. False if either end is missing."""
    if begins is None or ends is None:
        return False
    if begins <= ends:
        return begins <= clock < ends
    return clock >= begins or clock < ends


def is_quiet(unit: Unit, now: datetime) -> bool:
    """Whether no notices are sent now. Quiet hours may cross midnight; equal ends mean there are none."""
    return is_between(timezone.localtime(now).time(), unit.quiet_from, unit.quiet_until)


def quiet_until(unit: Unit, now: datetime) -> datetime:
    """When the quiet hours that `now` is in end."""
    local = timezone.localtime(now)
    day = local.date() if local.time() < unit.quiet_until else local.date() + A_DAY
    return at(day, unit.quiet_until)
