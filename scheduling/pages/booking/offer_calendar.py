"""A small calendar of the days that are offered, beside their cards."""

from calendar import Calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class CalendarDay:
    """One day of a month. card: the offer that begins on it, if any. is_later: a later day of some offer."""

    day: date
    card: Any = None
    is_later: bool = False


@dataclass(frozen=True)
class Month:
    """A month in weeks from Monday to Sunday; None where another month's days would stand."""

    first: date
    weeks: list[list[CalendarDay | None]]


def months_of(cards: Iterable[Any]) -> list[Month]:
    """Every month in which a day is offered. cards: each with `days`, pairs of a visit and its chair."""
    first, later = {}, set()
    for card in cards:
        (begins, _), *others = card.days
        first.setdefault(begins.day, card)
        later |= {visit.day for visit, _ in others}
    months = sorted({day.replace(day=1) for day in [*first, *later]})
    return [Month(month, _weeks(month, first, later)) for month in months]


def _weeks(month: date, first: dict[date, Any], later: set[date]) -> list[list[CalendarDay | None]]:
    return [
        [CalendarDay(day, first.get(day), day in later) if day.month == month.month else None for day in week]
        for week in Calendar().monthdatescalendar(month.year, month.month)
    ]
