"""Several courses of the waiting list at once: days held one after the other, one attempt noted for all."""

import re
from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from scheduling.booking import bookings, holds
from scheduling.booking.contact_log import note_attempt
from scheduling.models import ContactAttempt, ContactOutcome
from scheduling.states import CourseStatus
from tests import builders
from tests.reading import folded

pytestmark = pytest.mark.django_db
LIST = reverse("scheduling:list_waiting")
HOLD, NOTE = reverse("scheduling:hold_selected"), reverse("scheduling:note_selected")
HIDDEN = re.compile(r'type="hidden" name="((?:course|days|seen)[^"]*)" value="([^"]*)"')


@pytest.fixture
def page(client, coordinator):
    client.force_login(coordinator)
    return client


@pytest.fixture
def courses():
    """Three who wait for a unit with one chair, from the same Monday on; it has room for one a day."""
    unit, monday = builders.unit(chairs=1), builders.next_monday(2)
    names = ("Ann", "Bob", "Cat")
    return [builders.course(builders.patient(name), unit, earliest=monday, minutes=315) for name in names]


def asking(courses, listed="sort%3Dchild"):
    return "?" + "&".join([f"list={listed}", *(f"course={course.pk}" for course in courses)])


def fields(answer, **more):
    """What the confirmation page sends."""
    found = HIDDEN.findall(answer.content.decode())
    return (
        {"course": [value for name, value in found if name == "course"]}
        | dict(pair for pair in found if pair[0] != "course")
        | more
    )


def days(course):
    return [session.day for session in course.sessions.all()]


def said(answer):
    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_each_is_shown_the_days_left_by_those_before_and_holds_them_once_confirmed(
    page, courses, coordinator
):
    monday = builders.next_monday(2)
    bob = courses[1]
    shown = page.get(HOLD + asking(courses))
    assert [each.next.visits[0].day - monday for each in shown.context["planned"]] == [
        timedelta(0),
        timedelta(2),
        timedelta(7),
    ]
    assert days(bob) == []
    sent = page.post(HOLD + asking(courses), fields(shown, lasts="48"))
    assert sent.url == f"{LIST}?sort=child"
    assert said(sent) == ["Days are held for 3 children. Ring the families."]
    assert days(bob) == [monday + timedelta(2), monday + timedelta(3)]
    assert said(page.post(HOLD + asking(courses), fields(shown, lasts="48")))[-1].startswith(
        "Days are held for 3"
    )
    assert days(bob) == [monday + timedelta(2), monday + timedelta(3)]


def test_visits_with_phases_are_held_with_them(page, courses):
    unit = courses[0].unit
    unit.before_minutes = 30
    unit.save()
    page.post(HOLD + asking(courses), fields(page.get(HOLD + asking(courses)), lasts="48"))
    assert [session.minutes for session in courses[0].sessions.all()] == [345, 345]


def test_a_refusal_names_its_child_and_stops_no_other(page, courses, coordinator):
    ann, bob, cat = courses
    shown = page.get(HOLD + asking(courses))
    first_days = builders.visits(ann, builders.next_monday(2))
    dee = builders.course(builders.patient("Dee"), ann.unit, minutes=315)
    bookings.book(course=dee, visits=first_days, by=coordinator)
    holds.hold(course=bob, visits=builders.visits(bob, builders.next_monday(6)), hours=4, by=coordinator)
    sent = said(page.post(HOLD + asking(courses), fields(shown, lasts="48")))
    assert [words.partition(":")[0] for words in sent[:2]] == [ann.patient.identified, bob.patient.identified]
    assert "This choice no longer fits" in sent[0]
    assert "held days for this course" in sent[1]
    assert sent[2] == "Days are held for 1 child. Ring the families."
    assert days(cat)


def test_a_held_course_is_left_as_it_is_and_one_without_days_says_why(page, courses, coordinator):
    ann, bob, _ = courses
    holds.hold(course=ann, visits=builders.visits(ann, builders.next_monday(2)), hours=4, by=coordinator)
    bob.latest = bob.earliest = builders.next_monday(2)
    bob.save()
    shown = page.get(HOLD + asking([ann, bob]))
    assert "Held already" in folded(shown)
    assert "No room before Tue" in folded(shown)
    assert "There is nothing to hold." in folded(shown)


@pytest.mark.parametrize(
    "days_sent",
    [
        *("", "x", "2027-02-30_1_540", "0001-01-01_1_540", "2027-07-01_99999_540 2027-07-02_99999_540"),
        *("2027-07-01_1_9999 2027-07-02_1_9999", "2027-07-01_1_1439 2027-07-02_1_1439"),
        "2027-07-01_999999999_540 2027-07-02_999999999_540",
    ],
)
def test_spoiled_days_hold_nothing(page, courses, days_sent):
    ann = courses[0]
    sent = {"course": [ann.pk], f"days_{ann.pk}": days_sent, f"seen_{ann.pk}": ann.version, "lasts": "48"}
    assert said(page.post(HOLD + asking([ann]), sent))[0].startswith(ann.patient.identified)
    ann.refresh_from_db()
    assert ann.status == CourseStatus.WAITING


@pytest.mark.parametrize("address", [HOLD, NOTE])
@pytest.mark.parametrize(
    "query", ["", "?course=0", "?course=x&course=²", "?course=99999999999999", "?list=//evil.example"]
)
def test_without_a_child_it_leads_back_to_the_list_and_nowhere_else(page, courses, address, query):
    answer = page.get(address + query)
    assert answer.url == LIST
    assert said(answer) == ["Select at least one child on the list first."]


def test_more_than_a_hundred_are_too_many(page, courses):
    answer = page.get(f"{NOTE}?" + "&".join(f"course={n}" for n in range(101)))
    assert said(answer) == ["Select at most 100 children at a time."]


def test_an_attempt_is_noted_for_each_and_a_colleagues_meanwhile_is_named(page, courses, nurse):
    ann, bob, _ = courses
    shown = page.get(NOTE + asking([ann, bob], "place%3D0"))
    note_attempt(course=bob, outcome=ContactOutcome.REACHED, by=nurse)
    sent = page.post(
        NOTE + asking([ann, bob], "place%3D0"), fields(shown, outcome="message", note="Both parents")
    )
    assert sent.url == LIST
    assert said(sent)[0].startswith(f"{bob.patient.identified}: Nia Nurse noted an attempt at")
    assert said(sent)[1] == "An attempt has been noted for 1 family."
    noted = ContactAttempt.objects.filter(outcome="message")
    assert [(each.course, each.note) for each in noted] == [(ann, "Both parents")]


def test_an_attempt_without_an_outcome_is_asked_for(page, courses):
    answer = page.post(NOTE + asking(courses[:1]), {"course": [courses[0].pk]})
    assert "Select how it went" in folded(answer)
    assert not ContactAttempt.objects.exists()
