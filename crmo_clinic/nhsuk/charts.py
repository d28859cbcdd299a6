"""Plots of values over years as SVG, made on the server: panels below each other on one shared time axis.

A chart has no script and no `style`, prints as lines, and says nothing by colour alone: each line has a dash
and a shape of its own. A value that is missing is a gap, and so is a long time without one. How it looks is
in `chart.css`. Pure functions: no Django, no clock.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from html import escape
from itertools import pairwise
from typing import Any

from crmo_clinic.nhsuk.chart_data import LOOKS, Band, Line, Panel, Point, TimeAxis, description, value_text
from crmo_clinic.nhsuk.wording import MONTHS, plain_date, plain_number

LETTER = 0.55
STEPS = re.compile(r"([ML])([\d.-]+) ([\d.-]+)")


@dataclass(frozen=True)
class Size:
    """Measures in SVG units, which are pixels at the width the chart is made for. letters: their height."""

    name: str
    width: int
    plot_height: int
    left: int
    right: int
    letters: int

    @property
    def plot_width(self) -> int:
        return self.width - self.left - self.right

    @property
    def most_marks(self) -> int:
        """How many marks stand side by side. Of more, each would cover others: only their line is drawn."""
        return self.plot_width // 9


WIDE = Size("wide", width=760, plot_height=76, left=38, right=52, letters=13)
NARROW = Size("narrow", width=360, plot_height=84, left=36, right=38, letters=13)
HEAD, FOOT, PADDING = 22, 26, 8


def chart(
    panels: Sequence[Panel],
    bands: Sequence[Band],
    *,
    first: date,
    last: date,
    longest_gap: timedelta,
    size: Size,
    title: str,
    band_name: str,
) -> str:
    """The SVG. Values further apart than `longest_gap` are not joined.

    title: what the whole shows. band_name: what a band is, such as `Course`. Raises ValueError if something
    is outside `first` to `last`, or above the top of its panel.
    """
    axis = TimeAxis(first, last, size.left + PADDING, size.plot_width - 2 * PADDING)
    _refuse_outside(panels, bands, axis)
    tops = [HEAD + n * panel_height(size) for n in range(len(panels))]
    height = HEAD + len(panels) * panel_height(size) + FOOT
    ids, dates = f"chart-{size.name}", _Dates()
    parts = [
        f'<svg class="app-chart app-chart--{size.name}" xmlns="http://www.w3.org/2000/svg" role="img" '
        f'viewBox="0 0 {size.width} {height}" width="{size.width}" height="{height}" '
        f'aria-labelledby="{ids}-title {ids}-desc">',
        f'<title id="{ids}-title">{escape(title)}</title>',
        f'<desc id="{ids}-desc">{escape(description(panels, bands, band_name))}</desc>',
        *_bands(bands, axis, size, tops, band_name),
    ]
    for panel, top in zip(panels, tops, strict=True):
        parts += _panel(panel, axis, dates, size, top, longest_gap)
    parts += _time_labels(axis, size, height)
    return "\n".join([*parts, "</svg>"])


class _Dates(dict[date, str]):
    """Dates in words, each made once: a thousand reviews have some thousand points."""

    def __missing__(self, day: date) -> str:
        self[day] = plain_date(day)
        return self[day]


def panel_height(size: Size) -> int:
    """A panel with its heading and, where there is little room, a line of its own for the key."""
    return size.plot_height + 36 + (18 if size is NARROW else 0)


def _refuse_outside(panels: Sequence[Panel], bands: Sequence[Band], axis: TimeAxis) -> None:
    days = [point.on for panel in panels for line in panel.lines for point in line.points]
    days += [day for band in bands for day in (band.first, band.last)]
    if any(not axis.first <= day <= axis.last for day in days):
        raise ValueError("something lies outside of the time axis")
    for panel in panels:
        values = [p.value for line in panel.lines for p in line.points if p.value is not None]
        if any(not 0 <= value <= panel.top for value in values):
            raise ValueError(f"a value of {panel.measure} lies outside of its panel")


def _bands(
    bands: Sequence[Band], axis: TimeAxis, size: Size, tops: Sequence[int], name: str
) -> Iterator[str]:
    """Each band through all panels, with its name above where there is room, else its label, else nothing."""
    end, bottom = -1e9, HEAD + len(tops) * panel_height(size)
    lefts = [axis.x(band.first) for band in bands]
    for n, band in enumerate(bands):
        left = lefts[n]
        width = max(axis.x(band.last) - left, 5)
        yield (
            f'<rect class="app-chart__band" data-first="{band.first}" data-last="{band.last}" '
            f'x="{_n(left - 1)}" y="{HEAD - 4}" width="{_n(width)}" height="{bottom - HEAD}"/>'
        )
        middle = left - 1 + width / 2
        following = lefts[n + 1] if n + 1 < len(bands) else 1e9
        for text in (f"{name} {band.label}", band.label):
            half = len(text) * size.letters * LETTER / 2
            middle = min(max(middle, half), size.width - half)
            last_resort = text == band.label
            if middle - half > end + 4 and (last_resort or middle + half + 12 < following):
                end = middle + half
                yield f'<text class="app-chart__band-name" x="{_n(middle)}" y="12">{escape(text)}</text>'
                break


def _panel(
    panel: Panel, axis: TimeAxis, dates: "_Dates", size: Size, top: int, longest_gap: timedelta
) -> Iterator[str]:
    head = 28 + (18 if size is NARROW else 0)
    lower = top + head + size.plot_height
    yield f'<g class="app-chart__panel" data-measure="{escape(panel.measure)}">'
    yield f'<text class="app-chart__measure" x="{size.left}" y="{top + 16}">{escape(panel.measure)}</text>'
    yield from _key(panel, size, top)
    for value in _grid(panel.top):
        y = lower - size.plot_height * value / panel.top
        yield (
            f'<line class="app-chart__grid" data-value="{plain_number(value)}" x1="{size.left}" y1="{_n(y)}" '
            f'x2="{size.width - size.right}" y2="{_n(y)}"/>'
            f'<text class="app-chart__value" x="{size.left - 6}" y="{_n(y + 4)}">{_short(value)}</text>'
        )
    ends: list[tuple[float, float, Point]] = []
    for line in panel.lines:
        places = [
            None if p.value is None else (axis.x(p.on), lower - size.plot_height * p.value / panel.top)
            for p in line.points
        ]
        look = LOOKS[line.look]
        there = [(place, point) for place, point in zip(places, line.points, strict=True) if place]
        is_dense = line.joined and len(there) > size.most_marks
        if line.joined and (path := _path(line.points, places, longest_gap)):
            d = _whole_steps(path) if is_dense else path
            yield f'<path class="app-chart__line app-chart__line--{look}" d="{d}"/>'
        for n, (place, point) in enumerate(there):
            if not is_dense or _stands_alone(there, n, longest_gap):
                yield _mark(line, point, dates[point.on], *place)
        if there and line.joined:
            (x, y), point = there[-1]
            ends.append((y, x, point))
    yield from _last_values(ends)
    yield "</g>"


def _short(value: float) -> str:
    """`15k` for 15,000: beside the axis there is room for four letters."""
    return f"{plain_number(value / 1000)}k" if value >= 10_000 else plain_number(value)


def _grid(top: float) -> tuple[float, ...]:
    """The values at which a panel has grid lines: the middle only if it is a whole number."""
    return (0, top / 2, top) if top % 2 == 0 else (0, top)


def _path(points: Sequence[Point], places: Sequence[tuple[float, float] | None], longest: timedelta) -> str:
    """Straight lines between neighbours that both have a value and are not too far apart."""
    drawn: list[str] = []
    joined_before = False
    for (a, from_), (b, to) in pairwise(zip(points, places, strict=True)):
        joins = from_ is not None and to is not None and b.on - a.on <= longest
        if joins:
            start = "" if joined_before else f"M{_n(from_[0])} {_n(from_[1])}"
            drawn.append(f"{start}L{_n(to[0])} {_n(to[1])}")
        joined_before = joins
    return "".join(drawn)


def _whole_steps(path: str) -> str:
    """The same path in whole units, each step from the one before: a fifth of the bytes where it is dense."""
    drawn, before = [], (0, 0)
    for kind, x, y in STEPS.findall(path):
        here = round(float(x)), round(float(y))
        if kind == "M" or here != before:
            drawn.append(f"{kind.lower()}{here[0] - before[0]} {here[1] - before[1]}")
        before = here
    return "".join(drawn)


def _stands_alone(there: Sequence[tuple[Any, Point]], n: int, longest: timedelta) -> bool:
    """Whether a value is so far from those before and after it that no line leads to it."""
    on = there[n][1].on
    beside = [each.on for _, each in (*there[max(n - 1, 0) : n], *there[n + 1 : n + 2])]
    return all(abs(on - other) > longest for other in beside)


def _mark(line: Line, point: Point, day: str, x: float, y: float) -> str:
    name = f"{line.name}, " if line.name else ""
    shape = shape_of("below" if point.below else "above" if point.above else LOOKS[line.look], x, y)
    return (
        f'<g class="app-chart__point app-chart__point--{LOOKS[line.look]}" data-on="{point.on}" '
        f'data-value="{plain_number(point.value)}" data-x="{_n(x)}" data-y="{_n(y)}">'
        f"<title>{escape(f'{name}{day}: {value_text(point)}')}</title>{shape}</g>"
    )


def shape_of(look: str, x: float, y: float) -> str:
    """A mark about 9 units wide with its middle at (x, y); `below` points down, `above` up."""
    if look == "circle":
        return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="4.5"/>'
    if look == "square":
        return f'<rect x="{_n(x - 4)}" y="{_n(y - 4)}" width="8" height="8"/>'
    corners = {
        "diamond": ((0, -6), (6, 0), (0, 6), (-6, 0)),
        "below": ((-5.5, -4), (5.5, -4), (0, 6)),
        "above": ((-5.5, 4), (5.5, 4), (0, -6)),
    }[look]
    return f'<polygon points="{" ".join(f"{_n(x + dx)},{_n(y + dy)}" for dx, dy in corners)}"/>'


def _key(panel: Panel, size: Size, top: int) -> Iterator[str]:
    """Which shape stands for which line, if there are several: beside the measure, or below it."""
    if len(panel.lines) < 2:
        return
    x, y = float(size.left), top + 35
    if size is not NARROW:
        y = top + 16
        x = size.width - size.right - sum(_key_width(line, size) for line in panel.lines) + 16
    for line in panel.lines:
        look = LOOKS[line.look]
        yield (
            f'<g class="app-chart__point app-chart__point--{look}">{shape_of(look, x + 5, y - 4)}</g>'
            f'<text class="app-chart__key" x="{_n(x + 15)}" y="{y}">{escape(line.name)}</text>'
        )
        x += _key_width(line, size)


def _key_width(line: Line, size: Size) -> float:
    return 31 + len(line.name) * size.letters * LETTER


def _last_values(ends: list[tuple[float, float, Point]]) -> Iterator[str]:
    """The last value of each line beside its point, moved apart where they would cover each other."""
    before = -1e9
    for y, x, point in sorted(ends, key=lambda end: end[0]):
        at = max(y + 4, before + 13)
        before = at
        text = f"{'&lt;' if point.below else '&gt;' if point.above else ''}{plain_number(point.value)}"
        yield f'<text class="app-chart__last" x="{_n(x + 9)}" y="{_n(at)}">{text}</text>'


def _time_labels(axis: TimeAxis, size: Size, height: int) -> Iterator[str]:
    bottom = height - FOOT
    ticks = axis.ticks(10 if size is not NARROW else 5)
    every_year = all(day.month == 1 for day in ticks)
    for n, day in enumerate(ticks):
        x = axis.x(day)
        text = str(day.year) if every_year else MONTHS[day.month - 1][:3]
        if not every_year and (n == 0 or day.month == 1):
            text = f"{text} {day.year}" if size is not NARROW else f"{text} {day.year % 100:02}"
        yield (
            f'<line class="app-chart__tick" data-on="{day}" x1="{_n(x)}" y1="{bottom}" x2="{_n(x)}" '
            f'y2="{bottom + 5}"/>'
            f'<text class="app-chart__time" x="{_n(x)}" y="{bottom + 19}">{text}</text>'
        )
    right = size.width - size.right
    yield f'<line class="app-chart__axis" x1="{size.left}" y1="{bottom}" x2="{right}" y2="{bottom}"/>'


@lru_cache(maxsize=20_000)
def _n(number: float) -> str:
    """A coordinate to a hundredth of a unit."""
    return plain_number(round(number, 2))
