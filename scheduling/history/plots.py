"""The plots of a child's history: which values each panel shows, and where a line is broken."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from django.utils import timezone

from crmo_clinic.nhsuk.chart_data import Band, Line, Panel, Point, round_top
from crmo_clinic.nhsuk.charts import NARROW, WIDE, chart
from scheduling.history.record import Record
from scheduling.history.strips import days_of, draw_strips
from scheduling.models import Review

# Values further apart are not joined.
LONGEST_GAP = timedelta(days=200)
TITLE = "Pain, global scores, active sites, CRP and ESR over time, with the courses given"

Value = Callable[[Review], float | int | None]

# Values that are asked for together. Where a review has some of a group, one that is missing is a gap.
ON_EXAMINATION: tuple[Value, ...] = (
    lambda review: review.pain,
    lambda review: review.patient_global,
    lambda review: review.physician_global,
    lambda review: review.active_sites,
)
IN_BLOOD: tuple[Value, ...] = (lambda review: review.crp, lambda review: review.esr)


def panels_of(record: Record) -> list[Panel]:
    """A panel each for pain, global scores, active sites, CRP and ESR, even without values."""
    reviews = record.reviews
    pain, family, physician, sites = _lines(reviews, ON_EXAMINATION, ("", "", "", ""))
    crp, esr = _lines(reviews, IN_BLOOD, ("crp", "esr"))
    told = [Point(day_of(c.at), float(c.pain)) for c in reversed(record.check_ins) if c.pain is not None]
    mri = [Point(r.mri_on, float(r.mri_lesions)) for r in reviews if r.mri_lesions is not None]
    mri.sort(key=lambda point: point.on)
    return [
        Panel("Pain, 0 to 10", [Line("review", pain), Line("family check-in", told, 2, joined=False)], 10),
        Panel("Global, 0 to 10", [Line("patient or parent", family), Line("physician", physician, 1)], 10),
        Panel(
            "Active sites, number",
            [Line("on examination", sites), Line("lesions on MRI", mri, 1)],
            round_top(_values(sites, mri), 5),
        ),
        Panel("CRP, mg/L", [Line("", crp)], round_top(_values(crp), 10)),
        Panel("ESR, mm/h", [Line("", esr)], round_top(_values(esr), 10)),
    ]


def bands_of(record: Record) -> list[Band]:
    """The days on which each course was given."""
    return [Band(each.first_day, each.last_day, str(each.number)) for each in record.given]


def draw(record: Record, today: date) -> dict[str, str]:
    """The same chart as SVG in two sizes, by the name of the size, and in both the strips of sites and
    medicines on the same axis (`strips-wide`). It ends today."""
    panels, bands = panels_of(record), bands_of(record)
    days = [point.on for panel in panels for line in panel.lines for point in line.points]
    days += [day for band in bands for day in (band.first, band.last)]
    days += days_of(record)
    first, last = min(days, default=today), max([*days, today])
    return {
        size.name: chart(
            panels,
            bands,
            first=first,
            last=last,
            longest_gap=LONGEST_GAP,
            size=size,
            title=TITLE,
            band_name="Course",
        )
        for size in (WIDE, NARROW)
    } | {f"strips-{size.name}": draw_strips(record, first, last, size) for size in (WIDE, NARROW)}


def day_of(at: date) -> date:
    """The date of a moment in the unit's time zone."""
    return timezone.localdate(at)


def _lines(reviews: Sequence[Review], group: Sequence[Value], limited: Sequence[str]) -> list[list[Point]]:
    """For each value of a group a point for each review with it, and a gap for each with others only.

    limited: the names of the values that may be limits.

    There is no gap on a day that has the value from another review: the family may give the pain, and a
    clinician the rest.
    """
    rows = [(review, [value(review) for value in group]) for review in reviews]
    rows = [(review, found) for review, found in rows if any(value is not None for value in found)]
    lines = []
    for n, name in enumerate(limited):
        points = [_point(review, found[n], name) for review, found in rows]
        known = {point.on for point in points if point.value is not None}
        lines.append([point for point in points if point.value is not None or point.on not in known])
    return lines


def _point(review: Review, found: float | None, limited: str) -> Point:
    return Point(
        review.on,
        None if found is None else float(found),
        below=bool(limited) and getattr(review, f"{limited}_below"),
        above=bool(limited) and getattr(review, f"{limited}_above"),
    )


def _values(*lines: Sequence[Point]) -> list[float]:
    return [point.value for points in lines for point in points if point.value is not None]
