"""The versions of a unit's usual week, each with the date from which it holds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from operator import itemgetter

from scheduling.models import OpeningHours, Unit
from scheduling.models.opening import shifts_of
from scheduling.rules import Calendar
from scheduling.rules import OpeningHours as Hours
from scheduling.rules.calendar import Week as WeekOfRules

# Start and end in minutes after midnight, and number of nurses, of each shift.
Shifts = Sequence[Sequence[int]]


@dataclass(frozen=True)
class UsualWeek:
    """One version: its rows, Monday first. since: None for the first."""

    since: date | None
    rows: tuple[OpeningHours, ...]

    @cached_property
    def hours(self) -> WeekOfRules:
        """As the rules use it."""
        return {row.weekday: hours_of(row) for row in self.rows}


def hours_of(row: OpeningHours) -> Hours:
    return Hours(minutes(row.opens), minutes(row.closes), row.nurses, shifts_of(row.shifts))


def load_weeks(unit: Unit) -> list[UsualWeek]:
    """All versions, earliest first; the first is there even if it is empty. One query."""
    by_date: dict[date | None, list[OpeningHours]] = {None: []}
    for row in unit.opening_hours.all():
        by_date.setdefault(row.since, []).append(row)
    return [UsualWeek(since, tuple(rows)) for since, rows in by_date.items()]


def calendar_of(weeks: Iterable[UsualWeek]) -> Calendar:
    """Nothing but the usual weeks, as the rules use them."""
    by_date = {week.since: week.hours for week in weeks}
    later = sorted(((since, week) for since, week in by_date.items() if since), key=itemgetter(0))
    return Calendar(by_date.get(None, {}), later=tuple(later))


def week_on(weeks: Sequence[UsualWeek], day: date) -> UsualWeek:
    """The version that holds on `day`."""
    return next(week for week in reversed(weeks) if week.since is None or week.since <= day)


def minutes(at: time | datetime) -> int:
    """A wall-clock time as minutes after midnight."""
    return at.hour * 60 + at.minute
