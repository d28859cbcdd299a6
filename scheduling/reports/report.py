"""What a report is: for whom and when it is asked, its definition, and its table of figures by month."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from math import ceil
from typing import Any

from django.db.models import Exists, OuterRef, Q

from scheduling.models import Session, Unit
from scheduling.models.session import SessionQuerySet
from scheduling.states import LIVE, SessionStatus
from scheduling.unit.booking_rows import day_bounds

FEWEST_SHOWN = 5
HIDDEN = f"under {FEWEST_SHOWN}"
Cell = str | int | float | None
# Days on which a course is booked, comes, or was given; a day that is only held is none of them.
BOOKED_OR_GIVEN = sorted(LIVE - {SessionStatus.HELD})


@dataclass(frozen=True)
class Scope:
    """What is asked: months (each as its first day, oldest first), of which unit and priority; None for all.

    now: when it is asked.
    """

    months: tuple[date, ...]
    now: datetime
    unit: Unit | None = None
    priority: int | None = None

    @property
    def first(self) -> date:
        return self.months[0]

    @property
    def last(self) -> date:
        """The last day of the last month."""
        return last_of(self.months[-1])

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """The first instant of all, and the first after it."""
        return day_bounds(self.first, self.last)

    @cached_property
    def units(self) -> list[Unit]:
        return [self.unit] if self.unit else list(Unit.objects.all())

    def of_courses(self, to: str = "") -> Q:
        """The condition that a course is meant; `to` leads to it, such as `course__`."""
        meant = Q(**{f"{to}unit": self.unit}) if self.unit else Q()
        return meant & Q(**{f"{to}priority": self.priority}) if self.priority is not None else meant

    def visits(self) -> SessionQuerySet:
        """The days of those courses in those months, whatever became of them."""
        found = Session.objects.filter(self.of_courses("course__"), day__range=(self.first, self.last))
        return found.order_by()

    def first_days(self, statuses: Sequence[str]) -> SessionQuerySet:
        """Of each course that has a day of these statuses, the first such day, if it is in those months."""
        earlier = Session.objects.filter(
            course=OuterRef("course"), status__in=statuses, day__lt=OuterRef("day")
        )
        return self.visits().filter(~Exists(earlier), status__in=statuses)


class Kind(StrEnum):
    """What the figures of a column are, for what is hidden when small numbers are."""

    NAME = "name"
    COUNT = "count"  # of courses, children or days: hidden where it is small
    OF_THEM = "of them"  # made from those of the first count: hidden where that is small
    AMOUNT = "amount"  # of nobody, such as hours


@dataclass(frozen=True)
class Column:
    text: str
    kind: Kind = Kind.COUNT

    @property
    def numeric(self) -> bool:
        return self.kind != Kind.NAME


@dataclass(frozen=True)
class Line:
    """One line of the chart: a value for each month; None where there is none to be had."""

    name: str
    values: dict[date, float | None]


@dataclass(frozen=True)
class Table:
    """The figures: rows of a month and the cells after it. measure: what the lines of the chart count."""

    columns: tuple[Column, ...]
    rows: list[tuple[date, tuple[Cell, ...]]]
    measure: str
    lines: tuple[Line, ...]

    def without_small(self) -> "Table":
        """The same for passing on: no number of 1 to 4, nor what is made from so few."""
        rows = [(month, self._hidden(cells)) for month, cells in self.rows]
        return Table(self.columns, rows, self.measure, self.lines)

    def _hidden(self, cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
        kinds = [column.kind for column in self.columns]
        base = cells[kinds.index(Kind.COUNT)] if Kind.COUNT in kinds else None
        return tuple(
            HIDDEN
            if cell is not None
            and ((kind == Kind.COUNT and _is_small(cell)) or (kind == Kind.OF_THEM and _is_small(base)))
            else cell
            for kind, cell in zip(kinds, cells, strict=True)
        )


@dataclass(frozen=True)
class Report:
    """counted, over, left_out: the definition, as sentences. draw: makes the table."""

    name: str
    title: str
    counted: str
    over: str
    left_out: str
    draw: Callable[[Scope], Table]


def _is_small(cell: Any) -> bool:
    return isinstance(cell, int) and 0 < cell < FEWEST_SHOWN


def month_of(day: date) -> date:
    """The first day of its month."""
    return date(day.year, day.month, 1)


def last_of(month: date) -> date:
    """The last day of a month."""
    return next_month(month) - timedelta(days=1)


def next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def months_between(first: date, last: date) -> tuple[date, ...]:
    """The months from that of `first` to that of `last`, each as its first day."""
    found, month = [], month_of(first)
    while month <= last:
        found.append(month)
        month = next_month(month)
    return tuple(found)


def at_rank(values: Iterable[int], percent: int) -> int | None:
    """The least value that so many per cent of the values do not exceed; None without values."""
    ordered = sorted(values)
    return ordered[max(ceil(len(ordered) * percent / 100), 1) - 1] if ordered else None


def share(part: int, whole: int) -> int | None:
    """Whole per cent; None of nothing."""
    return round(100 * part / whole) if whole else None


def hours(minutes: float) -> float:
    """To a tenth of an hour."""
    return round(minutes / 60, 1)
