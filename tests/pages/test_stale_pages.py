"""Two people, two pages, one change: the second is told who did what, and nothing typed is lost."""

from datetime import time, timedelta
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from patients.access import Role
from patients.models import AuditEvent
from scheduling.acts import Act, record
from scheduling.booking import bookings
from scheduling.errors import ChangedMeanwhile
from scheduling.models import CancelReason, Closure, Course, Staffing
from scheduling.unit import setup
from tests import builders
from tests.unit_pages import boxes

pytestmark = pytest.mark.django_db


class Controls(HTMLParser):
    """What a browser would send of the forms in a page."""

    def __init__(self, html):
        super().__init__()
        self.values, self._area, self._select = {}, None, None
        self.feed(html.split("<main")[1])

    def handle_starttag(self, tag, attributes):
        a = dict(attributes)
        name, kind = a.get("name"), a.get("type", "text")
        if tag == "input" and name and (kind not in ("radio", "checkbox", "submit") or "checked" in a):
            self.values.setdefault(name, []).append(a.get("value", "on" if kind == "checkbox" else ""))
        elif tag == "textarea":
            self._area = name
            self.values[name] = [""]
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in a:
            self.values[self._select] = [a["value"]]

    def handle_data(self, data):
        if self._area:
            self.values[self._area] = [self.values[self._area][0] + data.lstrip("\n")]

    def handle_endtag(self, tag):
        if tag == "textarea":
            self._area = None


def form_on(client, address):
    response = client.get(address)
    assert response.status_code == 200
    return Controls(response.content.decode()).values


@pytest.fixture
def ours(client, lead):
    """The one who is too late."""
    client.force_login(lead)
    return client


@pytest.fixture
def theirs(person):
    """A colleague, quicker."""
    other = Client()
    other.force_login(person(Role.LEAD, name="Bridget Harkaway"))
    return other


@pytest.fixture
def unit():
    return builders.unit()


@pytest.fixture
def course(unit):
    patient = builders.patient()
    builders.contact(patient)
    return builders.course(patient, unit, target=builders.next_monday(4))


def said(response):
    return " ".join(response.context["form"].non_field_errors())


def address(name, pk):
    return reverse(name, args=[pk])


# Forms: what the colleague changes, how the refusal names it, and what we type meanwhile.
FORMS = [
    ("patients:change_patient", "patient", {"needs": "Hoist"},
     "“What the child needs on the day” (now Hoist)", {"known_as": "Addy"}),
    ("patients:change_contact", "contact", {"phone": "07700 900222"}, "“Phone number” (now 07700 900222)",
     {"name": "Mia Finch"}),
    ("patients:change_user", "user", {"roles": ["nurse", "read-only"]}, "“Roles” (now Nurse and Read-only)",
     {"name": "Nia Night"}),
    ("scheduling:change_course", "course", {"priority": "0"}, "“Priority” (now Urgent)",
     {"decided_by": "Dr Finch"}),
    ("scheduling:change_course", "course", {"impossible_dates": "24 12 2026"}, "“Dates the family cannot do”",
     {"decided_by": "Dr Finch"}),
    ("scheduling:change_unit", "unit", {"closed_on_bank_holidays": "True"},
     "“Is the unit closed on bank holidays?” (now yes)", {"phone": "0113 496 0999"}),
    ("scheduling:set_ranking", "unit", {"points_hour_later": "9"}, "(now 9)", {"points_stranded_day": "1"}),
    ("scheduling:change_chair", "chair", {"kinds": ["recliner"]}, "“What it is besides”", {"name": "Bed 1"}),
    ("scheduling:set_opening_hours", "unit", {"nurses_0": "5"}, "the opening hours", {"nurses_1": "4"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "kind", "change", "words", "typed"), FORMS)
def test_a_form_says_who_changed_what_meanwhile(
    name, kind, change, words, typed, ours, theirs, course, nurse
):
    things = {
        "patient": course.patient.pk,
        "contact": course.patient.contacts.get().pk,
        "user": nurse.pk,
        "course": course.pk,
        "unit": course.unit.pk,
        "chair": course.unit.chairs.first().pk,
    }
    here = address(name, things[kind])
    on_our_page = form_on(ours, here)
    assert theirs.post(here, form_on(theirs, here) | change).status_code == 302

    refused = ours.post(here, on_our_page | typed)
    sentence = said(refused)
    assert sentence.startswith("Bridget Harkaway changed ")
    assert words in sentence
    assert "today. What you typed is kept: check it and save again." in sentence
    on_the_refusal = Controls(refused.content.decode()).values
    [(field, value)] = typed.items()
    assert on_the_refusal[field] == [value]

    assert ours.post(here, on_the_refusal).status_code == 302, "the second try goes through"


def test_each_of_several_colleagues_is_named_with_what_they_changed(ours, theirs, person, course):
    here = address("scheduling:change_course", course.pk)
    on_our_page = form_on(ours, here)
    third = Client()
    third.force_login(person(Role.COORDINATOR, name="Oona Day"))
    theirs.post(here, form_on(theirs, here) | {"priority": "0"})
    third.post(here, form_on(third, here) | {"decided_by": "Dr Stork"})
    sentence = said(ours.post(here, on_our_page | {"minutes": "300"}))
    assert "Bridget Harkaway changed “Priority” (now Urgent) at" in sentence
    assert "Oona Day changed “Clinician who decided” (now Dr Stork) at" in sentence


def test_what_was_changed_before_the_page_was_opened_is_not_told(ours, theirs, course):
    here = address("scheduling:change_course", course.pk)
    theirs.post(here, form_on(theirs, here) | {"priority": "0"})
    on_our_page = form_on(ours, here)
    theirs.post(here, form_on(theirs, here) | {"decided_by": "Dr Stork"})
    sentence = said(ours.post(here, on_our_page))
    assert "Dr Stork" in sentence
    assert "Priority" not in sentence


def test_a_course_booked_while_it_is_changed_is_told_as_that(ours, theirs, course, coordinator):
    here = address("scheduling:change_course", course.pk)
    on_our_page = form_on(ours, here)
    bookings.book(course=course, visits=builders.visits(course, course.target), by=coordinator)
    sentence = said(ours.post(here, on_our_page | {"minutes": "300"}))
    assert sentence.startswith("Cora Coordinator booked this course at ")


@pytest.mark.parametrize("name", ["scheduling:change_course", "scheduling:cancel_course"])
def test_a_course_that_is_ended_meanwhile_leads_to_it_and_says_by_whom(name, ours, course, coordinator):
    here = address(name, course.pk)
    typed = form_on(ours, here)
    reason = CancelReason.NOT_NEEDED
    bookings.cancel(course=course, reason=reason, back_to_waiting=False, by=coordinator)
    response = ours.post(here, typed | {"reason": "not_needed"}, follow=True)
    text = response.content.decode()
    assert "Cora Coordinator cancelled this course at" in text
    assert "so nothing was done. It is cancelled now." in text


def test_a_cancellation_of_a_course_moved_meanwhile_says_so_and_keeps_the_answers(ours, course, coordinator):
    first = course.target
    bookings.book(course=course, visits=builders.visits(course, first), by=coordinator)
    here, answers = address("scheduling:cancel_course", course.pk), {"reason": "not_needed", "then": "end"}
    check = Controls(ours.post(here, answers).content.decode()).values
    visits = builders.visits(course, first + timedelta(7))
    bookings.move(course=course, visits=visits, reason=CancelReason.FAMILY_REQUEST, by=coordinator)
    response = ours.post(here, check | {"confirmed": "yes"})
    assert response.status_code == 409
    assert "Cora Coordinator moved this course at" in said(response)
    assert Controls(response.content.decode()).values["reason"] == ["not_needed"]
    assert Course.objects.get(pk=course.pk).status == "booked"


def test_a_move_of_a_course_whose_day_was_recorded_meanwhile_names_that(ours, course, coordinator):
    """The course's page says what happened to its days too."""
    bookings.book(course=course, visits=builders.visits(course, course.target), by=coordinator)
    session = course.sessions.first()
    record(Act.SESSION_ARRIVED, session, coordinator, {"at": timezone.now()})
    assert "recorded that the child arrived" in str(ChangedMeanwhile(Course.objects.get(pk=course.pk)))


# Days of the unit


def test_nurses_set_meanwhile_for_a_day_are_replaced_only_by_whoever_was_shown_them(ours, theirs, unit):
    here, day = address("scheduling:set_staffing", unit.pk), builders.next_monday(2)
    on_our_page = form_on(ours, here) | boxes("day", day) | {"nurses": "1"}
    theirs.post(here, form_on(theirs, here) | boxes("day", day) | {"nurses": "2", "note": "Training"})

    refused = ours.post(here, on_our_page)
    assert said(refused).startswith("Bridget Harkaway set 2 nurses (Training) for this day at ")
    on_the_refusal = Controls(refused.content.decode()).values
    assert on_the_refusal["nurses"] == ["1"]
    assert Staffing.objects.get().nurses == 2

    assert ours.post(here, on_the_refusal).status_code == 302
    assert Staffing.objects.get().nurses == 1


def test_a_page_about_a_day_shows_what_it_has_and_may_replace_it(ours, lead, unit):
    day = builders.next_monday(2)
    setup.set_staffing(unit=unit, day=day, nurses=2, note="", seen=[], by=lead)
    here = f"{address('scheduling:set_staffing', unit.pk)}?day={day}"
    assert ours.post(here, form_on(ours, here) | {"nurses": "3"}).status_code == 302
    assert Staffing.objects.get().nurses == 3


def test_a_number_of_nurses_changed_meanwhile_is_not_removed_unseen(ours, theirs, lead, unit):
    day = builders.next_monday(2)
    setup.set_staffing(unit=unit, day=day, nurses=2, note="", seen=[], by=lead)
    row = Staffing.objects.get()
    here = address("scheduling:remove_staffing", row.pk)
    on_our_page = form_on(ours, here)
    there = f"{address('scheduling:set_staffing', unit.pk)}?day={day}"
    theirs.post(there, form_on(theirs, there) | {"nurses": "4"})

    refused = ours.post(here, on_our_page)
    text = refused.content.decode()
    assert refused.status_code == 409
    assert "Bridget Harkaway changed the nurses of this day at" in text
    assert "4 nurses" in text
    assert ours.post(here, Controls(text).values).status_code == 302
    assert not Staffing.objects.exists()


def test_what_a_colleague_removed_first_is_told_with_who(ours, theirs, lead, unit):
    day = builders.next_monday(2)
    closure = Closure(unit=unit, first_day=day, last_day=day, reason="deep clean")
    setup.close_days(closure=closure, seen=[], by=lead)
    taken = builders.take(unit.chairs.first(), day + timedelta(1), time(9), time(11))
    setup.set_staffing(unit=unit, day=day + timedelta(2), nurses=2, note="", seen=[], by=lead)
    pages = {
        "scheduling:remove_closure": (closure.pk, "closure"),
        "scheduling:release_chair": (taken.pk, "booking"),
        "scheduling:remove_staffing": (Staffing.objects.get().pk, "staffing"),
    }
    for name, (pk, noun) in pages.items():
        here = address(name, pk)
        on_our_page = form_on(ours, here)
        theirs.post(here, form_on(theirs, here))
        text = ours.post(here, on_our_page, follow=True).content.decode()
        assert f"Bridget Harkaway removed this {noun} at" in text
    assert ours.post(address("scheduling:remove_closure", 999)).status_code == 404


def test_a_change_that_nobody_recorded_is_still_refused(ours, course):
    here = address("scheduling:change_course", course.pk)
    on_our_page = form_on(ours, here)
    Course.objects.update(priority=0)
    assert said(ours.post(here, on_our_page)).startswith("Somebody else changed this")
    assert not AuditEvent.objects.filter(record="course").exists()


@pytest.mark.parametrize("mark", ["", "x", "-1", "9" * 40, "²"])
def test_a_spoiled_mark_in_the_page_spoils_nothing(mark, ours, theirs, course):
    here = address("scheduling:change_course", course.pk)
    theirs.post(here, form_on(theirs, here) | {"priority": "0"})
    assert "Priority" in said(ours.post(here, form_on(ours, here) | {"seen": f"old {mark}"}))
