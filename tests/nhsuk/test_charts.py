"""Charts: every value stands where it belongs, no line bridges a gap, and nothing is said by colour alone."""

import re
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import pytest

from crmo_clinic.nhsuk import charts
from crmo_clinic.nhsuk.chart_data import Band, Line, Panel, Point, round_top
from crmo_clinic.nhsuk.charts import NARROW, WIDE, chart

FIRST, LAST = date(2023, 11, 20), date(2026, 11, 25)
HALF_YEAR = timedelta(days=200)
CSS = (Path(charts.__file__).parent / "static/nhsuk/chart.css").read_text(encoding="utf-8")
SVG = "{http://www.w3.org/2000/svg}"


def drawn(panels, bands=(), *, size=WIDE, first=FIRST, last=LAST) -> ElementTree.Element:
    svg = chart(
        panels,
        bands,
        first=first,
        last=last,
        longest_gap=HALF_YEAR,
        size=size,
        title="Pain over time",
        band_name="Course",
    )
    return ElementTree.fromstring(svg)


def of_class(tree, name) -> list[ElementTree.Element]:
    return [element for element in tree.iter() if name in (element.get("class") or "").split()]


def some_points(count: int) -> list[Point]:
    chance = Random(count)
    days = sorted(chance.sample(range((LAST - FIRST).days + 1), count))
    return [Point(FIRST + timedelta(days=day), chance.randint(0, 20) / 2) for day in days]


def scale_of(tree, panel) -> tuple:
    """How the drawing itself says days and values lie: from its ticks and its grid, not from its code."""
    ticks = [
        (date.fromisoformat(t.get("data-on")), float(t.get("x1"))) for t in of_class(tree, "app-chart__tick")
    ]
    (day_a, x_a), (day_b, x_b) = ticks[0], ticks[-1]
    grid = [(float(g.get("data-value")), float(g.get("y1"))) for g in of_class(panel, "app-chart__grid")]
    (value_a, y_a), (value_b, y_b) = grid[0], grid[-1]
    return (
        lambda day: x_a + (x_b - x_a) * (day - day_a).days / (day_b - day_a).days,
        lambda value: y_a + (y_b - y_a) * (value - value_a) / (value_b - value_a),
    )


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("count", [0, 1, 2, 30])
def test_every_point_stands_at_its_day_and_its_value(size, count):
    points = some_points(count)
    tree = drawn([Panel("Other", [Line("", [])], 10), Panel("Pain", [Line("", points)], 10)], size=size)
    panel = of_class(tree, "app-chart__panel")[1]
    x_of, y_of = scale_of(tree, panel)
    marks = [mark for mark in of_class(panel, "app-chart__point") if mark.get("data-on")]

    assert len(marks) == count
    for mark, point in zip(marks, points, strict=True):
        circle = mark.find(f"{SVG}circle")
        assert float(circle.get("cx")) == pytest.approx(x_of(point.on), abs=0.3)
        assert float(circle.get("cy")) == pytest.approx(y_of(point.value), abs=0.02)
        assert float(mark.get("data-value")) == point.value
        assert date.fromisoformat(mark.get("data-on")) == point.on


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_of_more_values_than_marks_have_room_for_only_the_line_is_drawn(size):
    alone = Point(LAST, 3)
    points = [Point(FIRST + timedelta(days=n), n % 11) for n in range(0, (LAST - FIRST).days - 300, 3)]
    assert len(points) > 250
    tree = drawn([Panel("Pain", [Line("", [*points, alone])], 10)], size=size)
    panel = of_class(tree, "app-chart__panel")[0]
    x_of, y_of = scale_of(tree, panel)
    [path] = of_class(panel, "app-chart__line")
    x = y = 0
    drawn_at = []
    for dx, dy in re.findall(r"[ml](-?\d+) (-?\d+)", path.get("d")):
        x, y = x + int(dx), y + int(dy)
        drawn_at.append((x, y))
    wanted = [(x_of(point.on), y_of(point.value)) for point in points]
    assert all(min(abs(x - a) + abs(y - b) for a, b in drawn_at) <= 1.3 for x, y in wanted)
    marks = [mark for mark in of_class(panel, "app-chart__point") if mark.get("data-on")]
    assert [mark.get("data-on") for mark in marks] == [str(alone.on)], "no line leads to it"


def test_nothing_is_drawn_outside_and_what_lies_outside_is_refused():
    tree = drawn([Panel("Pain", [Line("", [Point(FIRST, 0), Point(LAST, 10)])], 10)])
    for mark in of_class(tree, "app-chart__point"):
        assert WIDE.left < float(mark.get("data-x")) < WIDE.width - WIDE.right
    with pytest.raises(ValueError, match="time axis"):
        drawn([Panel("Pain", [Line("", [Point(LAST + timedelta(days=1), 1)])], 10)])
    with pytest.raises(ValueError, match="Pain"):
        drawn([Panel("Pain", [Line("", [Point(LAST, 10.5)])], 10)])


def joins(tree) -> int:
    return sum(path.get("d").count("L") for path in of_class(tree, "app-chart__line"))


def test_a_missing_value_is_a_gap_and_never_zero():
    days = [FIRST + timedelta(days=30 * n) for n in range(5)]
    whole = [Point(day, 4) for day in days]
    broken = [*whole[:2], Point(days[2], None), *whole[3:]]

    assert joins(drawn([Panel("Pain", [Line("", whole)], 10)])) == 4
    tree = drawn([Panel("Pain", [Line("", broken)], 10)])
    assert joins(tree) == 2
    assert len(of_class(tree, "app-chart__point")) == 4


def test_values_far_apart_are_not_joined():
    near = [Point(FIRST, 4), Point(FIRST + HALF_YEAR, 4)]
    far = [Point(FIRST, 4), Point(FIRST + HALF_YEAR + timedelta(days=1), 4)]
    assert joins(drawn([Panel("Pain", [Line("", near)], 10)])) == 1
    assert joins(drawn([Panel("Pain", [Line("", far)], 10)])) == 0
    assert joins(drawn([Panel("Pain", [Line("", near, joined=False)], 10)])) == 0


@pytest.mark.parametrize("count", range(2, 30))
def test_a_line_leads_through_neighbours_only(count):
    points = some_points(count)
    expected = sum(b.on - a.on <= HALF_YEAR for a, b in pairwise(points))
    assert joins(drawn([Panel("Pain", [Line("", points)], 10)])) == expected


def test_it_says_in_words_what_stands_where():
    points = [
        Point(date(2026, 1, 4), 8),
        Point(date(2026, 2, 1), None),
        Point(date(2026, 3, 1), 5, below=True),
    ]
    panels = [Panel("CRP, mg/L", [Line("", points)], 10), Panel("Pain", [Line("review", [])], 10)]
    tree = drawn(panels, [Band(date(2026, 1, 10), date(2026, 1, 11), "1")])
    title, desc = tree.find(f"{SVG}title"), tree.find(f"{SVG}desc")

    assert tree.get("role") == "img"
    assert tree.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert title.text == "Pain over time"
    assert desc.text == (
        "1 course: 1 on 10 January 2026. CRP, mg/L: 2 values, first 8 on 4 January 2026 and last below 5 on "
        "1 March 2026. Pain, review: no values."
    )


def test_bands_stand_at_their_days_through_all_panels():
    bands = [Band(date(2024, 5, 1), date(2024, 5, 2), "1"), Band(date(2025, 5, 1), date(2025, 6, 1), "2")]
    tree = drawn([Panel("Pain", [Line("", [])], 10), Panel("CRP", [Line("", [])], 10)], bands)
    x_of, _ = scale_of(tree, tree)
    rects = of_class(tree, "app-chart__band")
    for rect, band in zip(rects, bands, strict=True):
        assert float(rect.get("x")) == pytest.approx(x_of(band.first) - 1, abs=0.3)
        assert float(rect.get("height")) == 2 * charts.panel_height(WIDE)
    assert [text.text for text in of_class(tree, "app-chart__band-name")] == ["Course 1", "Course 2"]


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_names_of_many_bands_never_cover_each_other(size):
    bands = [Band(d := FIRST + timedelta(days=27 * n), d + timedelta(days=1), str(n + 1)) for n in range(40)]
    tree = drawn([Panel("Pain", [Line("", [])], 10)], bands, size=size)
    names = of_class(tree, "app-chart__band-name")
    ends = [
        (float(t.get("x")) - len(t.text) * 13 * 0.55 / 2, float(t.get("x")) + len(t.text) * 13 * 0.55 / 2)
        for t in names
    ]
    assert len(of_class(tree, "app-chart__band")) == 40
    assert all(before[1] <= after[0] for before, after in pairwise(ends))
    assert len(names) >= 10


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (LAST, LAST),
        (LAST - timedelta(days=40), LAST),
        (FIRST, LAST),
        (date(2008, 1, 1), LAST),
        (date(1930, 2, 1), LAST),
    ],
)
def test_the_time_axis_has_some_ticks_and_not_too_many(first, last):
    for size, most in ((WIDE, 10), (NARROW, 5)):
        tree = drawn([Panel("Pain", [Line("", [Point(last, 3)])], 10)], size=size, first=first, last=last)
        ticks = of_class(tree, "app-chart__tick")
        assert len(ticks) <= most
        assert ticks or (last - first).days < 31


@pytest.mark.parametrize(
    ("values", "least", "top"),
    [([], 5, 5), ([3], 5, 5), ([5], 5, 5), ([6], 5, 10), ([42], 10, 50), ([51], 10, 100), ([999], 10, 1000)],
)
def test_the_upper_edge_is_a_round_number(values, least, top):
    assert round_top(values, least) == top


def test_lines_differ_in_shape_and_dash_and_a_result_below_points_down():
    points = [Point(FIRST, 1), Point(LAST, 2, below=True)]
    lines = [Line(look, points, n) for n, look in enumerate(charts.LOOKS)]
    tree = drawn([Panel("Pain", lines, 10)])
    shapes = [
        "".join(child.tag.removeprefix(SVG) for child in mark if child.tag != f"{SVG}title")
        for mark in of_class(tree, "app-chart__point")
        if mark.get("data-on") == str(FIRST)
    ]
    assert shapes == ["circle", "rect", "polygon"]
    dashes = re.findall(r"app-chart__line--(\w+) \{([^}]*)\}", CSS)
    assert "stroke-dasharray" in dict(dashes)["square"]
    assert "stroke-dasharray" not in dict(dashes)["circle"]
    below = [m for m in of_class(tree, "app-chart__point") if m.get("data-on") == str(LAST)]
    assert {mark.find(f"{SVG}polygon") is not None for mark in below} == {True}


def test_the_page_needs_no_style_and_no_name_is_taken_for_markup():
    svg = chart(
        [Panel("<b>&", [Line("<i>", [Point(FIRST, 1)]), Line("x", [])], 10)],
        [Band(FIRST, FIRST, "<u>")],
        first=FIRST,
        last=LAST,
        longest_gap=HALF_YEAR,
        size=WIDE,
        title="<script>",
        band_name="Course",
    )
    assert "style" not in svg
    for markup in ("<b>", "<i>", "<u>", "<script>"):
        assert markup not in svg
    ElementTree.fromstring(svg)


def luminance(colour: str) -> float:
    full = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(full[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


def test_colours_can_be_told_from_white_and_from_a_band():
    """WCAG 1.4.3 for text, 1.4.11 for lines and marks."""
    ordinary = CSS.partition("@media (forced-colors")[0]
    [band] = re.findall(r"app-chart__band \{\s*fill: (#\w+)", ordinary)
    texts = set(re.findall(r"(?:text|name) \{\s*fill: (#\w+)", ordinary))
    marks = set(re.findall(r"(?:line|point)--\w+ \{[^}]*stroke: (#\w+)", ordinary))
    assert len(texts) == 2
    assert len(marks) == 3
    for behind in ("#fff", band):
        assert all(contrast(colour, behind) >= 4.5 for colour in texts), behind
        assert all(contrast(colour, behind) >= 3 for colour in marks), behind


def test_what_stands_beside_the_axis_fits_there():
    tree = drawn([Panel("Hours", [Line("", [Point(FIRST, 11_940)])], 15_000)], size=NARROW)
    assert [text.text for text in of_class(tree, "app-chart__value")] == ["0", "7500", "15k"]
