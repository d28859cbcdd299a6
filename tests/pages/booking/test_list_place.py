"""From the waiting list to a booking and on to the next child, with filters, order and place kept."""

import pytest
from django.urls import reverse

from scheduling.booking.pauses import pause
from scheduling.models import PauseReason
from scheduling.pages.booking import list_place, waiting_list
from scheduling.pages.booking.placement_forms import check_address, placement_fields
from tests import builders
from tests.addresses import at
from tests.reading import folded

pytestmark = pytest.mark.django_db
LIST = reverse("scheduling:list_waiting")


@pytest.fixture
def page(client, coordinator):
    client.force_login(coordinator)
    return client


@pytest.fixture
def courses():
    unit = builders.unit(chairs=4)
    names = ("Ann", "Bob", "Cat", "Dee", "Eve")
    return [builders.course(builders.patient(name), unit, priority=n % 2) for n, name in enumerate(names)]


def open_row(page, query, number):
    """Press "Find a slot" in a row of the list."""
    row = page.get(f"{LIST}?{query}").context["rows"][number]
    page.get(row.addresses["find_slot"])
    return row


def act(page, row, **more):
    fields = placement_fields(row.next.visits) | {"seen": row.course.version} | more
    return page.post(at("check_slot", row.course), fields, follow=True)


@pytest.mark.parametrize("hold", [{}, {"hold": "yes", "lasts": "48"}])
def test_after_an_act_the_next_child_is_one_press_away(page, courses, hold):
    """The one who was held keeps the row, the one who was booked leaves it to the next."""
    row = open_row(page, "priority=0&sort=-child", 0)
    done = act(page, row, **hold)
    assert row.course.patient.name == "Eve"
    place, following = done.context["following"]
    assert following.patient.name == "Cat"
    assert f"Next on the list: {following.patient.identified}" in folded(done)
    assert done.context["list_address"] == f"{LIST}?priority=0&sort=-child#course-{following.pk}"
    again = page.get(f"{at('find_slot', following)}?list={place}")
    assert again.context["list_address"] == f"{LIST}?priority=0&sort=-child#course-{following.pk}"


def test_whoever_is_paused_or_held_is_passed_over_and_after_the_last_is_nobody(page, courses, coordinator):
    pause(course=courses[1], until=builders.next_monday(9), reason=PauseReason.AWAY, by=coordinator)
    act(page, open_row(page, "sort=child", 2), hold="yes", lasts="4")
    done = act(page, open_row(page, "sort=child", 0))
    assert done.context["following"][1].patient.name == "Dee"
    last = act(page, open_row(page, "sort=child", 3))
    assert last.context["following"] is None
    assert last.context["list_address"] == f"{LIST}?sort=child"


def test_the_page_of_the_list_follows_the_place(page, courses, monkeypatch):
    for module in (list_place, waiting_list):
        monkeypatch.setattr(module, "COURSES_A_PAGE", 2)
    row = open_row(page, "sort=child&page=2", 1)
    assert row.course.patient.name == "Dee"
    place, following = act(page, row).context["following"]
    assert following.patient.name == "Eve"
    assert place.address(following) == f"{LIST}?sort=child&page=2#course-{following.pk}"
    assert "page=all" in page.get(f"{LIST}?page=all").context["place"].address()


@pytest.mark.parametrize(
    "text",
    ["https://evil.example/", "//evil.example", "next=//evil.example&sort=x", "place=x", "%00", "a" * 9999],
)
def test_what_is_no_place_leads_to_the_whole_list(page, courses, text):
    answer = page.get(at("note_attempt", courses[0]), {"list": text})
    assert answer.context["back"] == LIST


def test_from_elsewhere_the_course_page_is_the_way_back(page, courses):
    found = page.get(at("find_slot", courses[0]))
    assert found.context["list_address"] == ""
    visits = builders.visits(courses[0], builders.next_monday(2))
    checked = page.get(check_address(courses[0], visits))
    assert checked.status_code == 200
    done = page.post(
        at("check_slot", courses[0]), placement_fields(visits) | {"seen": courses[0].version}, follow=True
    )
    assert done.context["following"] is None
    assert f'href="{LIST}"' in done.content.decode()
