"""What a chart shows (`charts.py` draws it): values on days, the axis they share, and all of it in words."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from crmo_clinic.nhsuk.wording import listed, plain_date, plain_number, quantity

# Each look is a colour, a dash and a shape.
LOOKS = ("circle", "square", "diamond")


@dataclass(frozen=True)
class Point:
    """A value on a day. value: None if one was expected and is missing. below: the true value is less."""

    on: date
    value: float | None
    below: bool = False


@dataclass(frozen=True)
class Line:
    """Values of one kind. look: an index of LOOKS. joined: whether a line is drawn from each to the next."""

    name: str
    points: Sequence[Point]
    look: int = 0
    joined: bool = True


@dataclass(frozen=True)
class Panel:
    """Lines of one measure. top: the value at the upper edge; the lower edge is 0."""

    measure: str
    lines: Sequence[Line]
    top: float


@dataclass(frozen=True)
class Band:
    """Days that something took, first and last included, across all panels. label: a few letters."""

    first: date
    last: date
    label: str


@dataclass(frozen=True)
class TimeAxis:
    """Places the days from `first` to `last` between `left` and `left + width`, in SVG units."""

    first: date
    last: date
    left: float
    width: float

    def x(self, day: date) -> float:
        """Where a day is; in the middle if the axis is one day long."""
        days = (self.last - self.first).days
        return self.left + self.width * ((day - self.first).days / days if days else 0.5)

    def ticks(self, most: int) -> list[date]:
        """First days of months at even steps, as many as fit into `most`."""
        for months in (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200):
            found = [day for day in self._months(months) if self.first <= day <= self.last]
            if len(found) <= most:
                return found
        return []

    def _months(self, step: int) -> Iterator[date]:
        number = self.first.year * 12
        while number <= self.last.year * 12 + 11:
            yield date(number // 12, number % 12 + 1, 1)
            number += step


def round_top(values: Iterable[float], least: float) -> float:
    """The first of 1, 2, 5, 10, 20, 50 … that is not below `least` or any value."""
    wanted = max(values, default=0)
    steps = (factor * 10.0**power for power in range(12) for factor in (1, 2, 5))
    return next(step for step in steps if step >= max(wanted, least))


def description(panels: Sequence[Panel], bands: Sequence[Band], band_name: str) -> str:
    """The bands, and the first and last value of each line, as sentences. The table has every value."""
    said = []
    if bands:
        each = [f"{band.label} on {plain_date(band.first)}" for band in bands]
        said.append(f"{quantity(len(bands), band_name.lower())}: {listed(each)}.")
    for panel in panels:
        for line in panel.lines:
            there = [point for point in line.points if point.value is not None]
            name = panel.measure if line.name == "" else f"{panel.measure}, {line.name}"
            if not there:
                said.append(f"{name}: no values.")
                continue
            ends = [f"{value_text(p)} on {plain_date(p.on)}" for p in (there[0], there[-1])]
            ends = [f"first {ends[0]}", f"last {ends[1]}"] if len(there) > 1 else ends[:1]
            said.append(f"{name}: {quantity(len(there), 'value')}, {listed(ends)}.")
    return " ".join(said)


def value_text(point: Point) -> str:
    """`7.5`, `below 5`."""
    return f"{'below ' if point.below else ''}{plain_number(point.value)}"
