"""When a family cannot come, in words."""

from collections.abc import Iterable
from datetime import date

from django.utils import timezone

from crmo_clinic.nhsuk import wording
from scheduling.models import ChildLimits, DateRange, Weekday


def lines_of(row: ChildLimits) -> list[str]:
    """`Mondays and Wednesdays until 31 July 2027`, the dates, `before 9:30am`; without what has ended."""
    today = timezone.localdate()
    lines = []
    if row.impossible_weekdays and _holds(row.weekdays_until, today):
        days = wording.listed(f"{Weekday(day).label}s" for day in row.impossible_weekdays)
        lines.append(days + _until(row.weekdays_until))
    lines += [dates_in_words(dates) for dates in row.impossible_ranges if dates[1] >= today]
    if row.not_before and _holds(row.not_before_until, today):
        lines.append(f"before {wording.clock(row.not_before)}{_until(row.not_before_until)}")
    return lines


def limits_in_words(rows: Iterable[ChildLimits]) -> str:
    """What everybody cannot do, in one line, each thing once; empty if there is nothing."""
    return ", ".join(dict.fromkeys(line for row in rows for line in lines_of(row)))


def dates_in_words(dates: DateRange) -> str:
    first, last = map(wording.plain_date, dates)
    return first if first == last else f"{first} to {last}"


def _holds(until: date | None, today: date) -> bool:
    return until is None or until >= today


def _until(day: date | None) -> str:
    return f" until {wording.plain_date(day)}" if day else ""
