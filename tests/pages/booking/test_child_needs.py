"""What a child's visits need: recorded once, and shown wherever a visit is planned or given."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from scheduling.booking import bookings
from scheduling.models import Task, TaskKind
from scheduling.telling.family_links import link_for
from tests import builders
from tests.addresses import at
from tests.family_pages import path

pytestmark = pytest.mark.django_db
QUIET = "Rabbit first"


@pytest.fixture
def unit(client, coordinator):
    client.force_login(coordinator)
    return builders.unit()


def test_the_child_keeps_its_needs_from_course_to_course(client, unit):
    patient = builders.patient()
    address = reverse("scheduling:change_needs", args=[patient.pk])
    assert address not in client.get(patient.get_absolute_url()).text
    need = builders.need(unit, chair_kind="cubicle")
    assert address in client.get(patient.get_absolute_url()).text
    page = client.post(address, {"needs": [need.pk]}, follow=True).text
    assert "The visits need: Isolation" in page
    row = patient.need_rows.get()
    assert (row.need, row.added_by) == (need, "Cora Coordinator")
    assert [
        course.needs for course in (builders.course(patient), builders.course(patient, status="cancelled"))
    ] == [
        (need,),
        (need,),
    ]


def test_somebody_else_was_quicker(client, unit):
    patient, need = builders.patient(), builders.need(unit)
    address = reverse("scheduling:change_needs", args=[patient.pk])
    seen = client.get(address).context["form"]["seen"].value()
    need.patients.add(patient)
    page = client.post(address, {"needs": [], "seen": seen})
    assert "Somebody else changed this" in page.text
    assert patient.visit_needs.get() == need


def test_every_page_about_a_visit_shows_what_it_needs(client, unit, coordinator):
    unit.chairs.update(kinds=["cubicle"])
    course = builders.begun_course(unit, timezone.localdate())
    for need in (
        builders.need(unit, "Isolation", chair_kind="cubicle", shown_to_families=True),
        builders.need(unit, QUIET),
    ):
        need.patients.add(course.patient)
    waiting = builders.course(course.patient, unit)
    pages = [
        course.get_absolute_url(),
        at("find_slot", waiting),
        at("show_visit", course.live_sessions[0]),
        reverse("home"),
        reverse("scheduling:show_day") + f"?day={timezone.localdate()}",
        reverse("scheduling:list_visits") + f"?day={timezone.localdate()}",
    ]
    for address in pages:
        assert QUIET in client.get(address, follow=True).text, address
    monday = builders.next_monday()
    choice = {"first_day_day": monday.day, "first_day_month": monday.month, "first_day_year": monday.year}
    assert QUIET in client.get(at("check_slot", waiting), choice | {"start_1": "9am"}).text
    assert "cubicle" in client.get(reverse("scheduling:show_board"), {"day": timezone.localdate()}).text


def test_the_family_sees_only_what_is_marked_for_families(client, unit, coordinator):
    patient = builders.patient()
    contact = builders.contact(patient)
    builders.need(unit, "Interpreter", shown_to_families=True).patients.add(patient)
    builders.need(unit, QUIET).patients.add(patient)
    course = builders.course(patient, unit)
    bookings.book(course=course, visits=builders.visits(course, builders.next_monday()), by=coordinator)
    page = client.get(path(link_for(course, contact))).text
    assert "We have planned for: Interpreter" in page
    assert QUIET not in page


def test_a_booked_day_that_no_longer_fits_becomes_a_task(client, unit, coordinator):
    course = builders.book(unit, builders.next_monday(), coordinator)
    need = builders.need(unit, chair_kind="cubicle")
    client.post(reverse("scheduling:change_needs", args=[course.patient_id]), {"needs": [need.pk]})
    assert "The child needs a cubicle" in Task.objects.open().get(kind=TaskKind.MISFIT).says


def test_find_says_in_words_that_nobody_of_the_role_is_on(client, unit):
    patient = builders.patient()
    builders.need(unit, "Play", role="play specialist").patients.add(patient)
    course = builders.course(patient, unit, latest=timezone.localdate() + timedelta(days=10))
    page = client.get(at("find_slot", course)).text
    assert "somebody who is needed is not on (" in page
    assert "A play specialist is needed from" in page
    assert "and is not on that day" in page


def test_find_says_in_words_that_no_chair_of_the_kind_is_free(client, unit):
    patient = builders.patient()
    builders.need(unit, chair_kind="cubicle").patients.add(patient)
    course = builders.course(patient, unit, latest=timezone.localdate() + timedelta(days=10))
    assert "No cubicle chair is free for 4 hours" in client.get(at("find_slot", course)).text
