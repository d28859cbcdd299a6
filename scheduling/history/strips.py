"""Sites and medicines over time, on the axis of the plots: a strip for each site that was ever active, and a
bar for each medicine. It says what was recorded, and draws no conclusion from it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from itertools import groupby

from crmo_clinic.nhsuk.chart_data import TimeAxis
from crmo_clinic.nhsuk.charts import PADDING, Size
from crmo_clinic.nhsuk.wording import plain_date
from scheduling.history.record import Record
from scheduling.models import every_site, site_name

# So far apart that each name belongs to the line below it.
ROW, HEAD = 44, 20
# Of more days the words only say how many, the first and the last: each stands in the table.
MOST_DATES = 24


@dataclass(frozen=True)
class SiteStrip:
    """One site: the days on which somebody looked for active sites, each with whether this was one."""

    name: str
    looks: Sequence[tuple[date, bool]]

    @property
    def in_words(self) -> str:
        active = [plain_date(day) for day, is_active in self.looks if is_active]
        if len(active) > MOST_DATES:
            return f"{self.name}: active on {len(active)} days from {active[0]} to {active[-1]}"
        return f"{self.name}: active on {', '.join(active)}"


@dataclass(frozen=True)
class MedicineBar:
    """One medicine: its first and last day, as far as they are known."""

    name: str
    first: date | None
    last: date | None

    @property
    def in_words(self) -> str:
        first = f"from {plain_date(self.first)}" if self.first else "beginning not recorded"
        last = f"to {plain_date(self.last)}" if self.last else "no end recorded"
        return f"{self.name}: {first}, {last}"


def site_strips(record: Record) -> list[SiteStrip]:
    """One for each site that was ever active, in the order of the list of sites."""
    looked = [
        (review.on, {(site.site, site.side) for site in review.sites.all()})
        for review in record.reviews
        if review.sites_examined
    ]
    ever = {each for _, active in looked for each in active}
    return [
        SiteStrip(site_name(*each), [(day, each in active) for day, active in looked])
        for each in every_site()
        if each in ever
    ]


def medicine_bars(record: Record) -> list[MedicineBar]:
    """One for each medicine, the earliest first."""
    bars = [MedicineBar(each.name, each.started_on, each.stopped_on) for each in record.medicines]
    return sorted(bars, key=lambda bar: bar.first or date.min)


def days_of(record: Record) -> list[date]:
    """Every day that the strips show, so that the axis reaches so far."""
    days = [day for bar in medicine_bars(record) for day in (bar.first, bar.last) if day]
    return [*days, *(review.on for review in record.reviews if review.sites_examined)]


def draw_strips(record: Record, first: date, last: date, size: Size) -> str:
    """The SVG in one size; empty if there is neither a site nor a medicine."""
    sites, medicines = site_strips(record), medicine_bars(record)
    if not sites and not medicines:
        return ""
    axis = TimeAxis(first, last, size.left + PADDING, size.plot_width - 2 * PADDING)
    height = HEAD + ROW * (len(sites) + len(medicines)) + 8
    words = ". ".join(row.in_words for row in (*sites, *medicines))
    ids = f"strips-{size.name}"
    return "\n".join(
        [
            f'<svg class="app-chart app-chart--{size.name} app-strips" xmlns="http://www.w3.org/2000/svg" '
            f'role="img" viewBox="0 0 {size.width} {height}" width="{size.width}" height="{height}" '
            f'aria-labelledby="{ids}-title {ids}-desc">',
            f'<title id="{ids}-title">Sites and medicines over time, with the courses given</title>',
            f'<desc id="{ids}-desc">{escape(words)}.</desc>',
            *_courses(record, axis, height),
            *(part for n, strip in enumerate(sites) for part in _site(strip, axis, size, HEAD + ROW * n)),
            *(
                part
                for n, bar in enumerate(medicines, start=len(sites))
                for part in _medicine(bar, axis, size, HEAD + ROW * n)
            ),
            "</svg>",
        ]
    )


def _courses(record: Record, axis: TimeAxis, height: int) -> Iterator[str]:
    for each in record.given:
        left = axis.x(each.first_day)
        width = max(axis.x(each.last_day) - left, 5)
        yield (
            f'<rect class="app-chart__band" x="{left - 1:.1f}" y="4" width="{width:.1f}" '
            f'height="{height - 8}"/>'
        )


def _site(strip: SiteStrip, axis: TimeAxis, size: Size, top: int) -> Iterator[str]:
    y = top + 20
    yield f'<text class="app-chart__measure" x="{size.left}" y="{top + 8}">{escape(strip.name)}</text>'
    yield (
        f'<line class="app-chart__grid" x1="{size.left}" y1="{y}" x2="{size.width - size.right}" y2="{y}"/>'
    )
    if len(strip.looks) > size.most_marks:
        yield from _runs(strip, axis, y)
        return
    for day, is_active in strip.looks:
        look = "app-strips__active" if is_active else "app-strips__quiet"
        said = f"{strip.name}, {plain_date(day)}: {'active' if is_active else 'looked for, not active'}"
        yield (
            f'<circle class="{look}" cx="{axis.x(day):.1f}" cy="{y}" r="{5 if is_active else 3}">'
            f"<title>{escape(said)}</title></circle>"
        )


def _runs(strip: SiteStrip, axis: TimeAxis, y: int) -> Iterator[str]:
    """Where dots would cover each other: a bar for the days in a row that were alike."""
    for is_active, run in groupby(strip.looks, key=lambda look: look[1]):
        days = [day for day, _ in run]
        look, half = ("app-strips__active", 5) if is_active else ("app-strips__quiet", 3)
        left, right = axis.x(days[0]) - half, axis.x(days[-1]) + half
        when = plain_date(days[0]) if len(days) == 1 else f"{plain_date(days[0])} to {plain_date(days[-1])}"
        said = f"{strip.name}, {when}: {'active' if is_active else 'looked for, not active'}"
        times = f", each of {len(days)} times" if len(days) > 1 else ""
        yield (
            f'<rect class="{look}" x="{left:.0f}" y="{y - half}" width="{right - left:.0f}" '
            f'height="{2 * half}" rx="{half}"><title>{escape(said + times)}</title></rect>'
        )


def _medicine(bar: MedicineBar, axis: TimeAxis, size: Size, top: int) -> Iterator[str]:
    first = axis.x(bar.first) if bar.first else axis.left
    last = axis.x(bar.last) if bar.last else axis.left + axis.width
    yield f'<text class="app-chart__measure" x="{size.left}" y="{top + 8}">{escape(bar.name)}</text>'
    open_ends = "" if bar.first and bar.last else " app-strips__open"
    yield (
        f'<rect class="app-strips__medicine{open_ends}" x="{first:.1f}" y="{top + 14}" '
        f'width="{max(last - first, 3):.1f}" height="10"><title>{escape(bar.in_words)}</title></rect>'
    )
