"""When the unit is open, how long and with how many nurses, and what "consecutive" means.

Times are minutes after local midnight (Europe/London wall clock); weekdays are 0 for Monday to 6 for Sunday.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from crmo_clinic.nhsuk.wording import DAYS

MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """One day's hours, `opens` to `closes`, and the nurses on for the whole of them.

    Raises ValueError unless 0 <= opens < closes <= 1440 and nurses >= 0: no unit is open across midnight.
    """

    opens: int
    closes: int
    nurses: int

    def __post_init__(self) -> None:
        if not 0 <= self.opens < self.closes <= MINUTES_A_DAY:
            raise ValueError("A unit must open before it closes, on the same day.")
        if self.nurses < 0:
            raise ValueError("The number of nurses cannot be less than none.")

    def starts_for(self, minutes: int, grid: int) -> range:
        """The starts at which a visit fits: whole numbers of `grid` minutes after midnight."""
        first = -(-self.opens // grid) * grid
        return range(first, self.closes - minutes + 1, grid)


@dataclass(frozen=True, slots=True)
class Closure:
    """The unit is closed from `first_day` to `last_day`, both included; `reason` reads well in brackets."""

    first_day: date
    last_day: date
    reason: str

    def __post_init__(self) -> None:
        if self.last_day < self.first_day:
            raise ValueError("A closure must not end before it starts.")

    def covers(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day


@dataclass(frozen=True)
class Calendar:
    """The days a unit is open.

    `weekly` maps a weekday to its hours, and a weekday left out is never open. `bank_holidays` maps a date
    to the holiday's name. `staffing` maps a date to the nurses on that day, in place of the weekly number.
    """

    weekly: Mapping[int, OpeningHours]
    closures: tuple[Closure, ...] = ()
    bank_holidays: Mapping[date, str] = field(default_factory=dict)
    staffing: Mapping[date, int] = field(default_factory=dict)

    def why_closed(self, day: date) -> str | None:
        """Why the unit is closed on `day`, as words to follow "The unit is"; None if it is open.

        For example "not open on Saturdays", "closed for a bank holiday (Good Friday)", "closed (deep clean)".
        """
        if day.weekday() not in self.weekly:
            return f"not open on {DAYS[day.weekday()]}s"
        if day in self.bank_holidays:
            return f"closed for a bank holiday ({self.bank_holidays[day]})"
        for closure in self.closures:
            if closure.covers(day):
                return f"closed ({closure.reason})"
        return None

    def is_open(self, day: date) -> bool:
        return self.why_closed(day) is None

    def hours_on(self, day: date) -> OpeningHours | None:
        """The hours of `day` with the nurses really on, or None if the unit is closed."""
        if not self.is_open(day):
            return None
        hours = self.weekly[day.weekday()]
        nurses = self.staffing.get(day, hours.nurses)
        return hours if nurses == hours.nurses else replace(hours, nurses=nurses)

    def run_of_open_days(self, first: date, length: int) -> tuple[date, ...] | None:
        """`length` consecutive open days from `first`, or None if the unit is closed on any of them."""
        days = days_in_a_row(first, length)
        return days if all(self.is_open(day) for day in days) else None


def days_in_a_row(first: date, length: int) -> tuple[date, ...]:
    """`length` calendar days from `first`, open or not."""
    return tuple(first + timedelta(days=n) for n in range(length))
