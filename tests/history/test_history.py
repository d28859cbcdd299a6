"""The course history: figures, plots and timeline say what was recorded, in a fixed number of queries."""

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from patients.models import AccessEvent
from scheduling.booking import bookings
from scheduling.history import plots
from scheduling.history.record import load_record
from scheduling.history.values_table import value_rows
from scheduling.models import (
    ActiveSite,
    AdverseEffect,
    Answer,
    Ask,
    CheckIn,
    Course,
    Decision,
    FamilyRequest,
    Imaging,
    Medicine,
    Message,
    Reply,
    Review,
    Session,
    Unit,
)
from tests import builders
from tests.builders.reviews import review

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def child():
    builders.unit()
    return builders.patient()


@pytest.fixture
def signed_in(client, nurse):
    client.force_login(nurse)
    return client


def given_course(child, first: date, *, minutes: int = 200) -> Course:
    """Booked for 240 minutes on each day; the drip ran for `minutes`."""
    course = builders.past_course(child, Unit.objects.get(), first)
    for session in course.sessions.all():
        begun = session.starts_at + timedelta(minutes=20)
        Session.objects.filter(pk=session.pk).update(
            arrived_at=session.starts_at, started_at=begun, finished_at=begun + timedelta(minutes=minutes)
        )
    return course


def show(client, child, query=""):
    return client.get(f"/children/{child.pk}/history/{query}")


def text(response) -> str:
    """What the page says, tags left out."""
    main = response.content.decode().partition("<main")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def test_the_figures_are_those_recorded(signed_in, child):
    monday = TODAY - timedelta(days=TODAY.weekday())
    first = given_course(child, monday - timedelta(weeks=40))
    given_course(child, monday - timedelta(weeks=20), minutes=190)
    contact = builders.contact(child)
    CheckIn.objects.create(course=first, contact=contact, effects=["fever", "aches"])
    record = load_record(child)

    assert [(each.planned, each.actual) for each in record.given] == [(480, 400), (480, 380)]
    assert record.between == [20 * 7 - 1]
    assert [each.effects_told for each in record.given] == [["Aches, as with flu", "Fever"], None]
    page = text(show(signed_in, child))
    assert "Courses given 2" in page
    assert "Between courses 19 weeks" in page
    assert "Hours planned 16h" in page
    assert "Hours of the drip 13h" in page
    assert "Family told of: aches, as with flu, fever." in page


def test_what_nurses_recorded_and_what_families_told_stand_apart(signed_in, child):
    first = given_course(child, TODAY - timedelta(weeks=40))
    given_course(child, TODAY - timedelta(weeks=20))
    for session in first.sessions.all():
        for effect in ({"effect": "headache"}, {"effect": "other", "other": "Itching"}):
            AdverseEffect.objects.create(session=session, at=session.starts_at, **effect)
    CheckIn.objects.create(course=first, contact=builders.contact(child), effects=["fever"])
    seen = [(each.effects_seen, each.effects_told) for each in load_record(child).given]
    assert seen == [(["Headache", "Itching"], ["Fever"]), ([], None)]
    page = text(show(signed_in, child))
    assert "Recorded at the visit: headache, itching. Family told of: fever." in page
    assert page.count("Recorded at the visit") == 1
    assert "No check-in about effects." in page


def test_a_time_that_was_not_recorded_is_not_made_up(signed_in, child):
    course = given_course(child, TODAY - timedelta(weeks=40))
    course.sessions.filter(number=2).update(started_at=None)
    assert load_record(child).given[0].actual is None
    assert "Hours of the drip not all recorded" in text(show(signed_in, child))


def test_a_child_without_anything_has_a_page(signed_in, child):
    page = text(show(signed_in, child))
    assert "Courses given 0" in page
    assert "No review has been recorded yet." in page


def plotted(response, size="wide") -> dict[str, list[tuple[str, str]]]:
    """The day and value of every point of a chart, by measure."""
    [svg] = re.findall(
        rf'<svg class="app-chart app-chart--{size}".*?</svg>', response.content.decode(), re.DOTALL
    )
    tree = ElementTree.fromstring(svg)
    found = {}
    for panel in tree.iter(f"{SVG}g"):
        if measure := panel.get("data-measure"):
            marks = [mark for mark in panel.iter(f"{SVG}g") if mark.get("data-on")]
            found[measure] = [(mark.get("data-on"), mark.get("data-value")) for mark in marks]
    return found


def test_every_value_is_plotted_and_stands_in_the_table(signed_in, child):
    course = given_course(child, TODAY - timedelta(weeks=40))
    days = [TODAY - timedelta(weeks=10 * n) for n in range(4, 0, -1)]
    made = review(
        child, days[0], pain=8, patient_global=7, physician_global=Decimal("6.5"), sites_examined=True
    )
    ActiveSite.objects.create(review=made, site="ribs", side="left")
    review(child, days[1], pain=3, sites_examined=True, mri_lesions=4, mri_on=days[1] - timedelta(days=9))
    review(child, days[2], source="lab", esr=12, crp=5, crp_below=True)
    review(child, days[3], source="lab", crp=140)
    at = timezone.make_aware(datetime.combine(days[2], time(20)))
    CheckIn.objects.create(course=course, contact=builders.contact(child), at=at, pain=2)
    page = show(signed_in, child)
    [d0, d1, d2, d3] = [day.isoformat() for day in days]
    expected = {
        "Pain, 0 to 10": [(d0, "8"), (d1, "3"), (d2, "2")],
        "Global, 0 to 10": [(d0, "7"), (d0, "6.5")],
        "Active sites, number": [(d0, "1"), (d1, "0"), ((days[1] - timedelta(days=9)).isoformat(), "4")],
        "CRP, mg/L": [(d2, "5"), (d3, "140")],
        "ESR, mm/h": [(d2, "12")],
    }

    assert plotted(page) == expected
    assert plotted(page, "narrow") == expected
    rows = [(row.on.isoformat(), *row.texts) for row in value_rows(load_record(child))]
    assert rows == [
        (d3, "", "", "", "", "", "140", "", "", ""),
        (d2, "", "", "", "", "12", "<5", "", "", ""),
        (d2, "2", "", "", "", "", "", "", "", ""),
        (d1, "3", "", "", "0", "", "", "", "4", ""),
        (d0, "8", "7", "6.5", "1", "", "", "", "", ""),
    ]


def test_a_long_table_has_pages_and_the_plot_stays_whole(signed_in, child):
    Review.objects.bulk_create(
        Review(patient=child, on=TODAY - timedelta(days=n), source="lab", esr=n % 90, recorded_by="N")
        for n in range(230)
    )
    first, last = show(signed_in, child), show(signed_in, child, "?values=10")
    assert [row.on for row in first.context["values"]][:2] == [TODAY, TODAY - timedelta(days=1)]
    assert [len(page.context["values"].object_list) for page in (first, last)] == [25, 5]
    # So many marks would cover each other; the line has a step for each value.
    assert plotted(first)["ESR, mm/h"] == []
    lines = [re.findall(r'app-chart__line--circle" d="([^"]+)"', p.content.decode()) for p in (first, last)]
    assert lines[0] == lines[1] and lines[0][0].count("l") == 229
    assert 'href="?values=2#values"' in first.content.decode()
    both = show(signed_in, child, "?values=3&page=2&show=reviews").content.decode()
    assert "values=2&amp;page=2&amp;show=reviews#values" in both
    assert "values=3&amp;page=3&amp;show=reviews" in both


def test_a_review_without_the_value_breaks_its_line_and_a_laboratory_does_not(child):
    day = TODAY - timedelta(weeks=30)
    review(child, day, pain=5, patient_global=5)
    review(child, day + timedelta(days=1), source="lab", crp=9)
    review(child, day + timedelta(days=20), patient_global=4)
    review(child, day + timedelta(days=40), pain=3)
    panels = {panel.measure: panel for panel in plots.panels_of(load_record(child))}

    assert [p.value for p in panels["Pain, 0 to 10"].lines[0].points] == [5, None, 3]
    assert [p.value for p in panels["Global, 0 to 10"].lines[0].points] == [5, 4, None]
    assert [p.value for p in panels["CRP, mg/L"].lines[0].points] == [9]
    assert [p.value for p in panels["ESR, mm/h"].lines[0].points] == [None]


def test_two_reviews_of_one_day_complete_each_other_and_break_no_line(child):
    first = TODAY - timedelta(weeks=30)
    for day in (first, first + timedelta(days=40)):
        review(child, day, source="clinician", physician_global=4)
        review(child, day, source="family", pain=5, patient_global=6)
        review(child, day, source="clinician", physician_global=3, sites_examined=True)
    panels = {panel.measure: panel for panel in plots.panels_of(load_record(child))}

    lines = [*panels["Pain, 0 to 10"].lines[:1], *panels["Global, 0 to 10"].lines]
    assert [[p.value for p in line.points] for line in lines] == [[5, 5], [6, 6], [4, 3, 4, 3]]
    assert [p.value for p in panels["Active sites, number"].lines[0].points] == [0, 0]


def test_lesions_are_drawn_in_the_order_of_their_scans_and_each_scale_has_its_least_top(child):
    day, scans = TODAY - timedelta(weeks=30), (40, 10, 20)
    for n, scan in enumerate(scans):
        review(child, day + timedelta(days=n), mri_on=day - timedelta(days=scan), mri_lesions=n + 1)
    panels = {panel.measure: panel for panel in plots.panels_of(load_record(child))}
    assert [p.value for p in panels["Active sites, number"].lines[1].points] == [1, 3, 2]
    assert {measure: panel.top for measure, panel in panels.items()} == {
        "Pain, 0 to 10": 10,
        "Global, 0 to 10": 10,
        "Active sites, number": 5,
        "CRP, mg/L": 10,
        "ESR, mm/h": 10,
    }


@pytest.mark.parametrize("count", [0, 1, 30])
def test_any_number_of_reviews_is_drawn(signed_in, child, count):
    Review.objects.bulk_create(
        Review(
            patient=child,
            on=TODAY - timedelta(days=5 * n),
            source="nurse",
            recorded_by="N",
            pain=n % 11,
            esr=n,
            crp=n % 90,
        )
        for n in range(count)
    )
    found = plotted(show(signed_in, child))
    assert [len(points) for points in found.values()] == [count, 0, 0, count, count]


def everything(child, by) -> None:
    """One of each thing that a timeline can hold."""
    course = given_course(child, TODAY - timedelta(weeks=40))
    contact = builders.contact(child)
    booked = builders.course(child, course.unit)
    first = builders.next_monday(2)
    bookings.book(course=booked, visits=builders.visits(booked, first), by=by)
    session = booked.sessions.first()
    made = review(child, TODAY - timedelta(weeks=3), pain=2)
    Decision.objects.create(
        patient=child,
        review=made,
        step="review",
        until=TODAY + timedelta(weeks=9),
        decided_by="Dr Wren",
        decided_on=TODAY,
        reason="Seen",
        recorded_by="N",
    )
    Imaging.objects.create(patient=child, kind="mri", on=TODAY, result="As before.", recorded_by="N")
    Medicine.objects.create(
        patient=child, kind="nsaid", name="Naproxen", started_on=TODAY, stopped_on=TODAY, recorded_by="N"
    )
    Reply.objects.create(
        session=session,
        contact=contact,
        answer=Answer.ACCEPTED,
        source="calendar",
        sequence=0,
        stamp=timezone.now(),
    )
    FamilyRequest.objects.create(course=booked, contact=contact, kind=Ask.CHANGE, says="Another week")
    CheckIn.objects.create(course=course, contact=contact, pain=3, effects=["fever"], note="Slept")


def test_the_timeline_has_everything_and_each_entry_leads_to_its_record(signed_in, child, coordinator):
    everything(child, coordinator)
    page = show(signed_in, child)
    entries = page.context["page"].object_list
    kinds = {entry.kind.value for entry in entries}

    assert kinds == {"courses", "visits", "reviews", "tests", "messages", "replies"}
    assert [e.at for e in entries] == sorted((e.at for e in entries), reverse=True)
    for entry in entries:
        assert entry.href.startswith("#") or signed_in.get(entry.href).status_code == 200, entry
    said = text(page)
    for words in (
        "Given, drip 9:20am to 12:40pm (3 hours 20 minutes)",
        "Can come, day 1, in their calendar",
        "“Another week”",
        "pain 3; fever; “Slept”",
        "Naproxen stopped",
        "Decided by Dr Wren",
    ):
        assert words in said, words


def test_the_timeline_says_why_a_day_was_given_only_in_part(signed_in, child):
    course = given_course(child, TODAY - timedelta(weeks=40))
    course.sessions.filter(number=2).update(given="part", part_because="effect")
    said = text(show(signed_in, child, "?show=visits"))
    assert "Given in part (the child felt unwell), drip" in said
    assert "Given, drip" in said


@pytest.mark.parametrize("kind", ["courses", "visits", "reviews", "tests", "messages", "replies"])
def test_the_timeline_can_be_narrowed(signed_in, child, coordinator, kind):
    everything(child, coordinator)
    entries = show(signed_in, child, f"?show={kind}&show=rubbish").context["page"].object_list
    assert {entry.kind.value for entry in entries} == {kind}


@pytest.mark.parametrize("count", [1, 40])
def test_the_page_asks_as_many_questions_for_many_courses(
    signed_in, child, coordinator, django_assert_num_queries, count
):
    everything(child, coordinator)
    for n in range(count):
        course = given_course(child, TODAY - timedelta(weeks=50 + 4 * n))
        CheckIn.objects.create(course=course, contact=child.contacts.first(), pain=1, effects=["fever"])
        made = review(child, TODAY - timedelta(weeks=50 + 4 * n), pain=4, sites_examined=True)
        ActiveSite.objects.create(review=made, site="ribs", side="left")
    assert Message.objects.exists()
    with django_assert_num_queries(19):
        show(signed_in, child)


def test_a_look_is_logged(signed_in, nurse, child):
    show(signed_in, child)
    seen = AccessEvent.objects.get(page="scheduling:show_history")
    assert (seen.actor_id, seen.patient_id) == (nurse.pk, child.pk)


BANNED = re.compile(
    r"improv|wors|better|deteriorat|respon[ds]|due for infusion|\bfit\b|\bdose|\bnormal\b|remission|trend"
    r"|\bmg\b(?!/L)",
    re.IGNORECASE,
)


def test_no_page_gives_a_verdict(signed_in, child, coordinator):
    everything(child, coordinator)
    made = Review.objects.get()
    pages = [
        f"/children/{child.pk}/history/",
        f"/children/{child.pk}/reviews/add/",
        f"/children/{child.pk}/imaging/add/",
        f"/children/{child.pk}/medicines/add/",
        f"/children/{child.pk}/decide/?review={made.pk}",
        f"/reviews/{made.pk}/",
        f"/reviews/{made.pk}/change/",
        "/reviews/",
        "/reviews/import/",
    ]
    for path in pages:
        page = signed_in.get(path)
        assert page.status_code == 200
        assert BANNED.findall(text(page)) == [], path
