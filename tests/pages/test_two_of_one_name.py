"""Two children of one name are told apart on every page that shows them together, by what can be seen."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from scheduling.models import Task, TaskKind
from scheduling.pages.answers.mail_forms import PlaceForm
from tests import builders
from tests.reading import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit():
    return builders.unit()


@pytest.fixture
def signed_in(client, lead):
    client.force_login(lead)
    return client


def what_is_seen(response):
    """The page without what only a screen reader says."""
    hidden = r'<span\s+class="(?:nhsuk-u-visually-hidden|app-vh|app-paper)">.*?</span>'
    response.content = re.sub(hidden, "", response.content.decode(), flags=re.DOTALL)
    return text_of(response)


@pytest.fixture
def waiting(unit):
    return [builders.course(builders.patient("Ada Lark"), unit) for _ in range(2)]


@pytest.fixture
def booked(unit):
    today = timezone.localdate()
    builders.checklist(unit)
    courses = [builders.begun_course(unit, today, chair=chair) for chair in range(2)]
    for course in courses:
        Task.objects.create(unit=unit, course=course, kind=TaskKind.MISFIT, says="Look.", due_on=today)
    return courses


def address(name):
    return "/" if name == "home" else reverse(f"scheduling:{name}")


@pytest.mark.parametrize("page", ["list_waiting", "list_plans"])
def test_on_lists_of_who_waits(signed_in, waiting, page):
    seen = what_is_seen(signed_in.get(address(page)))
    assert [f"Ada Lark, {each.patient.hospital_number}" in seen for each in waiting] == [True, True]


@pytest.mark.parametrize("page", ["home", "list_visits", "list_tasks", "list_to_ring", "list_readiness"])
def test_on_lists_of_who_comes(signed_in, booked, page):
    seen = what_is_seen(signed_in.get(address(page), {"day": timezone.localdate()}))
    assert [f"Ada Lark, {each.patient.hospital_number}" in seen for each in booked] == [True, True]


def test_on_the_board(signed_in, booked):
    seen = what_is_seen(signed_in.get(address("show_board"), {"day": timezone.localdate()}))
    assert [f"Ada L {each.patient.hospital_number}" in seen for each in booked] == [True, True]


def test_where_a_mail_is_put_to_a_child(booked):
    seen = str(PlaceForm()["course"])
    assert [f"{each.patient.identified} (" in seen for each in booked] == [True, True]


def test_in_what_was_done(signed_in, booked):
    visit = booked[1].live_sessions[0]
    pressed = signed_in.post(
        reverse("scheduling:press_visit", args=[visit.pk]), {"seen": "booked"}, follow=True
    )
    assert f"{booked[1].patient.identified}, arrived at" in what_is_seen(pressed)
