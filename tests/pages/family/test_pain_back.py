"""“The pain is back”: only while a clinician left the child open on symptoms, and for a nurse to read."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from scheduling.models import CheckIn, Course, Decision, Session, Task
from scheduling.telling.family_links import DAYS_AFTER, link_for
from tests import builders
from tests.builders.reviews import decision
from tests.family_pages import forbidden_in, path
from tests.reading import text_of


@pytest.fixture(autouse=True)
def no_counts():
    cache.clear()


@pytest.fixture
def link(db):
    """A family whose course was given seven weeks ago: its page would have expired."""
    unit = builders.unit(name="Day Unit")
    monday = builders.next_monday() - timedelta(weeks=8)
    course = builders.past_course(builders.patient(), unit, monday)
    Course.objects.update(agreed_at=timezone.now() - timedelta(weeks=10))
    assert timezone.localdate() > Session.objects.last().day + timedelta(days=DAYS_AFTER)
    return link_for(Course.objects.get(pk=course.pk), builders.contact(course.patient))


def leave_open(link, *, days=30, decided=20):
    today = timezone.localdate()
    return decision(
        link.course.patient,
        step="open",
        until=today + timedelta(days=days),
        decided_on=today - timedelta(days=decided),
    )


SAID = {
    "pain": "6",
    "since": "week",
    "sites": ["clavicle-left", "lumbar_spine-middle"],
    "says": "Worse at night",
}


def test_while_it_is_open_the_page_opens_and_asks_with_the_phone_first(client, link):
    assert client.get(path(link)).status_code == 404
    leave_open(link)
    said = text_of(client.get(path(link)))
    assert "The pain is back" in said
    page = client.get(path(link, "say_pain_is_back"))
    asked = text_of(page)
    assert asked.index("0113 496 0123") < asked.index("How bad is the pain today?")
    assert "Collarbone, left" in asked
    assert forbidden_in(page.content.decode()) == []


@pytest.mark.parametrize("why", ["lapsed", "stopped", "another course"])
def test_it_lapses_with_its_date_with_a_later_decision_and_with_a_course(client, link, why):
    leave_open(link, days=-1 if why == "lapsed" else 30)
    if why == "stopped":
        decision(link.course.patient, step="stop", decided_on=timezone.localdate())
    elif why == "another course":
        builders.course(link.course.patient, link.course.unit)
    assert client.get(path(link)).status_code == 404
    assert client.post(path(link, "say_pain_is_back"), SAID).status_code == 404
    assert not Task.objects.exists()


def test_a_nurse_reads_it_today_on_the_task_the_review_list_and_the_plot(client, link, nurse):
    leave_open(link)
    for _ in range(2):
        said = text_of(client.post(path(link, "say_pain_is_back"), SAID, follow=True))
    assert "Thank you. We have got it" in said
    assert "A nurse will read what you wrote and ring you." in said
    task = Task.objects.open().get()
    assert (task.kind, task.needs_call) == ("pain_back", True)
    assert task.due_on <= timezone.localdate() + timedelta(days=3)
    for words in ("6", "Collarbone, left, Lower back", "For about a week", "Worse at night"):
        assert words in task.request.says
    assert [row.pain for row in CheckIn.objects.all()] == [6]
    client.force_login(nurse)
    assert "Family: the pain is back" in text_of(client.get(reverse("scheduling:list_plans")))
    history = reverse("scheduling:show_history", args=[link.course.patient_id])
    assert "From Family check-in Pain 6" in text_of(client.get(history))
    Task.objects.update(done_at=timezone.now(), done_by="Nia", done_note="Rang")
    assert "Family: the pain is back" not in text_of(client.get(reverse("scheduling:list_plans")))


def test_what_is_left_out_is_said_and_the_rest_is_kept(client, link):
    leave_open(link)
    page = client.post(path(link, "say_pain_is_back"), {"sites": ["clavicle-left"], "says": "At night"})
    said = text_of(page)
    assert "Choose how bad the pain is" in said
    assert "Choose how long it has been back" in said
    assert re.search(r'value="clavicle-left"\s+checked', page.content.decode())
    assert page.content.decode().count("app-body-map__label") == page.content.decode().count('name="sites"')
    assert "At night" in said


def test_a_check_in_is_one_tap(client, db):
    course = builders.begun_course(builders.unit(), builders.next_monday() - timedelta(weeks=1))
    link = link_for(course, builders.contact(course.patient))
    Session.objects.filter(course=course).update(status="fulfilled")
    page = client.get(path(link, "check_in"))
    assert page.content.decode().count('name="pain" value="') >= 11
    client.post(path(link, "check_in"), {"pain": "3"})
    assert [(row.pain, row.effects) for row in CheckIn.objects.all()] == [(3, None)]
    assert Decision.objects.count() == 0
