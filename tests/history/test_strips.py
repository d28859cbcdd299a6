"""Sites and medicines over time, and a history to take away."""

import csv
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest
from django.urls import reverse
from django.utils import timezone

from crmo_clinic.nhsuk.chart_data import TimeAxis
from crmo_clinic.nhsuk.charts import NARROW
from scheduling.history import strips
from scheduling.history.record import load_record
from scheduling.history.strips import MedicineBar, SiteStrip, medicine_bars, site_strips
from scheduling.models import ActiveSite, CannulaAttempt, Medicine
from tests import builders
from tests.builders.reviews import review
from tests.reading import text_of

SPRING, SUMMER, AUTUMN = date(2026, 3, 4), date(2026, 7, 1), date(2026, 10, 6)


@pytest.fixture
def child(db):
    """The same collarbone twice, then a new site; and a medicine without an end."""
    child = builders.patient(hospital_number="K123456")
    for on, sites in (
        (SPRING, [("clavicle", "left")]),
        (SUMMER, []),
        (AUTUMN, [("clavicle", "left"), ("mandible", "right")]),
    ):
        made = review(child, on, pain=3, sites_examined=True, note="=1+1" if on == SUMMER else "")
        for site, side in sites:
            ActiveSite.objects.create(review=made, site=site, side=side)
    review(child, AUTUMN + timedelta(days=9), pain=2)
    Medicine.objects.create(
        patient=child, kind="nsaid", name="Naproxen <x>", started_on=SUMMER, recorded_by="Nia Nurse"
    )
    return child


def test_a_strip_tells_active_from_looked_for_from_nobody_looked(child):
    strips = site_strips(load_record(child))
    assert [(strip.name, strip.looks) for strip in strips] == [
        ("Right jaw (mandible)", [(SPRING, False), (SUMMER, False), (AUTUMN, True)]),
        ("Left collarbone (clavicle)", [(SPRING, True), (SUMMER, False), (AUTUMN, True)]),
    ]
    assert strips[1].in_words == ("Left collarbone (clavicle): active on 4 March 2026, 6 October 2026")
    assert [bar.in_words for bar in medicine_bars(load_record(child))] == [
        "Naproxen <x>: from 1 July 2026, no end recorded"
    ]


def test_the_page_draws_them_and_says_the_tries_of_each_course(client, nurse, child):
    unit = builders.unit()
    course = builders.past_course(child, unit, builders.next_monday() - timedelta(weeks=6))
    first = course.sessions.get(number=1)
    for worked in (False, True):
        CannulaAttempt.objects.create(
            session=first,
            at=first.starts_at,
            side="left",
            site="hand",
            numbing="cream",
            worked=worked,
            by_name="N",
        )
    client.force_login(nurse)
    page = client.get(reverse("scheduling:show_history", args=[child.pk]))
    assert "Sites and medicines" in text_of(page)
    assert "Tries at the cannula: day 1, 2." in text_of(page)
    html = page.content.decode()
    assert html.count('class="app-strips__active"') == 2 * 3
    assert html.count('class="app-strips__quiet"') == 2 * 3
    assert html.count("app-strips__medicine app-strips__open") == 2
    assert "Naproxen &lt;x&gt;" in html


def test_without_sites_and_medicines_there_is_no_strip(client, nurse, db):
    client.force_login(nurse)
    page = client.get(reverse("scheduling:show_history", args=[builders.patient().pk]))
    assert "Sites and medicines" not in text_of(page)


def test_every_value_is_taken_away_and_is_no_formula(client, nurse, child):
    client.force_login(nurse)
    response = client.get(reverse("scheduling:download_values", args=[child.pk]))
    rows = list(csv.reader(response.content.decode("utf-8-sig").splitlines()))
    assert rows[0][:4] == ["Hospital number", "Date", "From", "Pain"]
    assert [row[1] for row in rows[1:]] == ["2026-10-15", "2026-10-06", "2026-07-01", "2026-03-04"]
    assert rows[3][-1] == "'=1+1"
    assert {len(row) for row in rows} == {len(rows[0])}
    assert 'filename="history-K123456.csv"' in response["Content-Disposition"]


def test_the_plots_are_taken_away_as_a_picture_that_stands_alone(client, nurse, child):
    client.force_login(nurse)
    response = client.get(reverse("scheduling:download_plots", args=[child.pk]))
    root = ElementTree.fromstring(response.content)
    assert root.tag.endswith("svg")
    assert ".app-chart__line" in root[0].text
    assert timezone.localdate().year >= SPRING.year
    assert client.get(reverse("scheduling:show_history", args=[child.pk]), {"values": "all"}).context[
        "is_whole"
    ]


@pytest.mark.parametrize(("more", "marks"), [(0, True), (1, False)])
def test_a_site_looked_for_on_more_days_than_there_is_room_for_marks_is_drawn_in_runs(more, marks):
    days = [SPRING + timedelta(days=n) for n in range(NARROW.most_marks + more)]
    axis = TimeAxis(days[0], days[-1], 0, 300)
    drawn = "".join(strips._site(SiteStrip("Left knee", [(day, True) for day in days]), axis, NARROW, 0))
    assert ("app-strips__active" in drawn and "<circle" in drawn) == marks
    assert drawn.count("<circle") == (len(days) if marks else 0)


@pytest.mark.parametrize("first", [SPRING, None])
@pytest.mark.parametrize("last", [AUTUMN, None])
def test_the_bar_of_a_medicine_is_open_where_an_end_is_not_known(first, last):
    axis = TimeAxis(SPRING, AUTUMN, 0, 300)
    drawn = "".join(strips._medicine(MedicineBar("Naproxen", first, last), axis, NARROW, 0))
    assert ("app-strips__open" in drawn) == (first is None or last is None)
