"""When the unit is open, how long and with how many nurses, and what "consecutive" means.

Times are minutes after local midnight (Europe/London wall clock); weekdays are 0 for Monday to 6 for Sunday.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise

from crmo_clinic.nhsuk.wording import DAYS, clock

MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Shift:
    """Nurses on from `start` to `end`. Raises ValueError unless 0 <= start < end <= 1440 and nurses >= 0."""

    start: int
    end: int
    nurses: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= MINUTES_A_DAY:
            raise ValueError("A shift must start before it ends, on the same day.")
        if self.nurses < 0:
            raise ValueError("The number of nurses cannot be less than none.")


@dataclass(frozen=True, slots=True)
class RoleShift:
    """Somebody of a role besides nurses, such as a play specialist, is on from `start` to `end`.

    Raises ValueError unless 0 <= start < end <= 1440.
    """

    role: str
    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= MINUTES_A_DAY:
            raise ValueError("A shift must start before it ends, on the same day.")


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """One day's hours, `opens` to `closes`, and its nurses.

    nurses: on for the whole of the hours, if there are no shifts. shifts: in any order; where they overlap
    their nurses add up, and what lies outside the hours counts for nothing. roles: who else is on, and when.
    Raises ValueError unless 0 <= opens < closes <= 1440 and nurses >= 0: no unit is open across midnight.
    """

    opens: int
    closes: int
    nurses: int
    shifts: tuple[Shift, ...] = ()
    roles: tuple[RoleShift, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.opens < self.closes <= MINUTES_A_DAY:
            raise ValueError("A unit must open before it closes, on the same day.")
        if self.nurses < 0:
            raise ValueError("The number of nurses cannot be less than none.")

    def starts_for(self, minutes: int, grid: int) -> range:
        """The starts at which a visit of `minutes` fits: multiples of `grid` minutes after midnight."""
        first = -(-self.opens // grid) * grid
        return range(first, self.closes - minutes + 1, grid)

    def nurses_steps(self) -> tuple[tuple[int, int, int], ...]:
        """The nurses through the day: from, to and how many, without a gap from `opens` to `closes`.

        Neighbours differ in their number. A stretch without a shift has 0.
        """
        if not self.shifts:
            return ((self.opens, self.closes, self.nurses),)
        return _steps(self.opens, self.closes, self.shifts)

    def with_nurses(self, nurses: "Nurses") -> "OpeningHours":
        """The same hours with another number of nurses, or other shifts."""
        if isinstance(nurses, int):
            return replace(self, nurses=nurses, shifts=())
        return replace(self, shifts=nurses)

    def with_one_nurse_more(self) -> "Nurses":
        """The nurses if one more were on for the whole of the hours."""
        if not self.shifts:
            return self.nurses + 1
        return (*self.shifts, Shift(self.opens, self.closes, 1))

    def nurses_at(self, minute: int) -> int:
        """The nurses on at that minute; 0 while the unit is not open."""
        return next((nurses for start, end, nurses in self.nurses_steps() if start <= minute < end), 0)

    @property
    def most_nurses(self) -> int:
        """How many nurses are on when most are."""
        return max(nurses for _, _, nurses in self.nurses_steps())

    @property
    def fewest_nurses(self) -> int:
        """How many nurses are on when fewest are."""
        return min(nurses for _, _, nurses in self.nurses_steps())


@lru_cache(maxsize=1000)
def _steps(opens: int, closes: int, shifts: tuple[Shift, ...]) -> tuple[tuple[int, int, int], ...]:
    edges = {opens, closes} | {edge for shift in shifts for edge in (shift.start, shift.end)}
    steps: list[tuple[int, int, int]] = []
    for start, end in pairwise(sorted(edge for edge in edges if opens <= edge <= closes)):
        nurses = sum(shift.nurses for shift in shifts if shift.start <= start < shift.end)
        if steps and steps[-1][2] == nurses:
            start = steps.pop()[0]
        steps.append((start, end, nurses))
    return tuple(steps)


# How many nurses for the whole of the hours, or their shifts.
Nurses = int | tuple[Shift, ...]
# Hours by weekday.
Week = Mapping[int, OpeningHours]


@dataclass(frozen=True, slots=True)
class Closure:
    """The unit is closed from `first_day` to `last_day`, both included; `reason` reads well in brackets.

    On each of these days all day, or until the minute `until`, or from the minute `since` on.
    Raises ValueError if it ends before it starts, or is a part in the middle of the day.
    """

    first_day: date
    last_day: date
    reason: str
    since: int | None = None
    until: int | None = None

    def __post_init__(self) -> None:
        if self.last_day < self.first_day:
            raise ValueError("A closure must not end before it starts.")
        if self.since is not None and self.until is not None:
            raise ValueError("A closure is of the morning or of the afternoon, never in the middle.")

    def covers(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day

    @property
    def is_all_day(self) -> bool:
        return self.since is None and self.until is None

    def __str__(self) -> str:
        """`closed (deep clean)`, `closed until 1pm (training)`, `closed from midday (training)`."""
        part = ""
        if self.until is not None:
            part = f"until {clock(self.until)} "
        elif self.since is not None:
            part = f"from {clock(self.since)} "
        return f"closed {part}({self.reason})"


@dataclass(frozen=True, slots=True)
class Run:
    """Whether days are what a course needs: calendar days in a row, and the unit open on each of them.

    closed: for each day on which the unit is closed, why, as `Calendar.why_closed` says.
    """

    days: tuple[date, ...]
    in_a_row: bool
    closed: Mapping[date, str]

    @property
    def is_whole(self) -> bool:
        return self.in_a_row and not self.closed


@dataclass(frozen=True)
class Calendar:
    """The days a unit is open.

    `weekly` maps a weekday to its hours, and a weekday left out is never open. `later` has the weekly hours
    that take their place, each with the date from which they hold, earliest first. `bank_holidays` maps a
    date to the holiday's name. `staffing` maps a date to the nurses on that day, in place of the weekly ones:
    their number, or their shifts. `roles_of_weekdays` maps a weekday to who else is on,
    `roles_of_days` a date on which that differs.
    """

    weekly: Week
    closures: tuple[Closure, ...] = ()
    bank_holidays: Mapping[date, str] = field(default_factory=dict)
    staffing: Mapping[date, Nurses] = field(default_factory=dict)
    later: tuple[tuple[date, Week], ...] = ()
    roles_of_weekdays: Mapping[int, tuple[RoleShift, ...]] = field(default_factory=dict)
    roles_of_days: Mapping[date, tuple[RoleShift, ...]] = field(default_factory=dict)
    # Of each day the hours, and why it is closed, once they were asked for: judging the visits of eight weeks
    # asks three thousand times.
    _hours: dict[date, OpeningHours | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _why_closed: dict[date, str | None] = field(default_factory=dict, init=False, repr=False, compare=False)

    def weekly_on(self, day: date) -> Week:
        """The weekly hours that hold on `day`."""
        return next((weekly for since, weekly in reversed(self.later) if since <= day), self.weekly)

    def usual_hours(self, day: date) -> OpeningHours | None:
        """The weekly hours of `day`, whatever is different about it; None on a weekday that is never open."""
        return self.weekly_on(day).get(day.weekday())

    def why_closed(self, day: date) -> str | None:
        """Why the unit is closed on `day`, as words to follow "The unit is"; None if it is open.

        For example "not open on Saturdays", "closed for a bank holiday (Good Friday)", "closed (deep clean)".
        """
        if day not in self._why_closed:
            self._why_closed[day] = self._why_closed_on(day)
        return self._why_closed[day]

    def _why_closed_on(self, day: date) -> str | None:
        usual = self.usual_hours(day)
        if usual is None:
            return f"not open on {DAYS[day.weekday()]}s"
        if day in self.bank_holidays:
            return f"closed for a bank holiday ({self.bank_holidays[day]})"
        for closure in self.closures:
            if closure.covers(day) and closure.is_all_day:
                return str(closure)
        opens, closes = self._open_part(usual, day)
        return None if opens < closes else " and ".join(map(str, self.parts_closed(day)))

    def parts_closed(self, day: date) -> tuple[Closure, ...]:
        """The closures of a part of `day`."""
        return tuple(closure for closure in self.closures if closure.covers(day) and not closure.is_all_day)

    def _open_part(self, usual: OpeningHours, day: date) -> tuple[int, int]:
        opens, closes = usual.opens, usual.closes
        for closure in self.parts_closed(day):
            opens = max(opens, closure.until or 0)
            closes = min(closes, MINUTES_A_DAY if closure.since is None else closure.since)
        return opens, closes

    def is_open(self, day: date) -> bool:
        return self.why_closed(day) is None

    def hours_on(self, day: date) -> OpeningHours | None:
        """The hours of `day` without a part that is closed, with that day's nurses; None if it is closed."""
        if day not in self._hours:
            self._hours[day] = self._hours_of(day)
        return self._hours[day]

    def _hours_of(self, day: date) -> OpeningHours | None:
        usual = self.usual_hours(day)
        if usual is None or not self.is_open(day):
            return None
        opens, closes = self._open_part(usual, day)
        hours = replace(usual, opens=opens, closes=closes)
        if (nurses := self.staffing.get(day)) is not None:
            hours = hours.with_nurses(nurses)
        roles = self.roles_of_days.get(day, self.roles_of_weekdays.get(day.weekday()))
        return hours if roles is None else replace(hours, roles=roles)

    def run(self, days: Sequence[date]) -> Run:
        """Whether the days are in a row and open: the only definition of that, for objections and the search.

        A Friday and a Monday are not in a row, and a bank holiday or a closure breaks a run. An empty
        sequence counts as in a row.
        """
        days = tuple(days)
        why = ((day, self.why_closed(day)) for day in days)
        in_a_row = not days or days == days_in_a_row(days[0], len(days))
        return Run(days, in_a_row, {day: words for day, words in why if words is not None})


def days_in_a_row(first: date, length: int) -> tuple[date, ...]:
    """`length` calendar days from `first`, open or not."""
    return tuple(first + timedelta(days=n) for n in range(length))
