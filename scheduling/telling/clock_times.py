"""Wall-clock times of a unit, whatever the clocks do meanwhile, and its quiet hours."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from scheduling.models import Unit

A_DAY = timedelta(days=1)


def at(day: date, clock: time) -> datetime:
    """This wall-clock time of this day. One that the clocks skip is an hour later, one that comes twice the
    first of the two."""
    return datetime.combine(day, clock, tzinfo=timezone.get_default_timezone())


def is_between(clock: time, begins: time | None, ends: time | None) -> bool:
    """Whether a time of day lies in hours that may go across midnight; never, if an end is missing."""
    if begins is None or ends is None:
        return False
    if begins <= ends:
        return begins <= clock < ends
    return clock >= begins or clock < ends


def is_quiet(unit: Unit, now: datetime) -> bool:
    """Whether the unit sends no notices now. Its quiet hours may go across midnight; equal ends mean none."""
    return is_between(timezone.localtime(now).time(), unit.quiet_from, unit.quiet_until)


def quiet_until(unit: Unit, now: datetime) -> datetime:
    """The end of the quiet hours that `now` is in."""
    local = timezone.localtime(now)
    day = local.date() if local.time() < unit.quiet_until else local.date() + A_DAY
    return at(day, unit.quiet_until)
