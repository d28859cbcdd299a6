"""The school days a child would miss. Only what is entered is known: before and after it, nothing is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class SchoolDay(StrEnum):
    """What a day is for a child who goes to school."""

    SCHOOL = "school"
    DAY_OFF = "day-off"
    HOLIDAYS = "holidays"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SchoolTerms:
    """Stretches of school days, first and last included, in any order; they may overlap.

    days_off: days within them without school, such as bank holidays; weekends never have any.
    """

    terms: tuple[tuple[date, date], ...]
    days_off: frozenset[date] = frozenset()

    def of(self, day: date) -> SchoolDay:
        if any(first <= day <= last for first, last in self.terms):
            is_off = day.weekday() >= 5 or day in self.days_off
            return SchoolDay.DAY_OFF if is_off else SchoolDay.SCHOOL
        is_between = any(last < day for _, last in self.terms) and any(first > day for first, _ in self.terms)
        return SchoolDay.HOLIDAYS if is_between else SchoolDay.UNKNOWN

    def missed(self, days: Iterable[date]) -> int:
        """On how many of the days there is school."""
        return sum(self.of(day) is SchoolDay.SCHOOL for day in days)
