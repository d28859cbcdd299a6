"""The course's form asks for phases and needs where a unit has set them up, and changes a booked course."""

from datetime import time

import pytest
from django.utils import timezone

from patients.access import Role
from scheduling.booking import bookings
from scheduling.models import Course, Message
from scheduling.states import CourseStatus
from tests import builders
from tests.addresses import at

pytestmark = pytest.mark.django_db

PHASES = ("before_minutes", "more_cannulation", "after_minutes")


@pytest.fixture
def page(client, coordinator):
    client.force_login(coordinator)
    return client


def agreed(**fields):
    today = timezone.localdate()
    decided = {"decided_on_day": today.day, "decided_on_month": today.month, "decided_on_year": today.year}
    rest = {"reason": "recurrence_of_pain", "days": "2", "minutes": "240", "priority": "1"}
    return {"decided_by": "Dr Wren"} | decided | rest | fields


def booked(coordinator, unit):
    course = builders.course(builders.patient(), unit)
    builders.contact(course.patient)
    return bookings.book(
        course=course, visits=builders.visits(course, builders.next_monday()), by=coordinator
    ).course


def test_without_anything_set_up_nothing_is_asked(page):
    builders.unit()
    text = page.get(at("agree_course", builders.patient())).text
    assert not [name for name in (*PHASES, "needs") if f'name="{name}"' in text]
    assert "Each visit" not in text


def test_a_course_stores_only_what_differs(page):
    unit = builders.unit(before_minutes=45, first_before_minutes=60)
    need = builders.need(unit)
    patient = builders.patient()
    assert "Usually 45" in page.get(at("agree_course", patient)).text
    typed = agreed(before_minutes="45", more_cannulation="15", after_minutes="", needs=[need.pk])
    page.post(at("agree_course", patient), typed)

    course = Course.objects.get()
    assert [getattr(course, name) for name in PHASES] == [None, 15, None]
    assert course.needs == (need,)
    shown = page.get(course.get_absolute_url()).text
    assert "45 minutes before and 45 minutes to cannulate: 5 hours from arrival" in shown
    # 45 minutes is what differs in a first course.
    page.post(at("change_course", course), agreed(before_minutes="45", reason="first"))
    course.refresh_from_db()
    assert [getattr(course, name) for name in PHASES] == [45, None, None]


def test_twenty_minutes_are_refused_in_words(page):
    builders.unit(before_minutes=45)
    text = page.post(at("agree_course", builders.patient()), agreed(before_minutes="20")).text
    assert "must be a whole number of quarter hours, like 15 or 30" in text
    assert not Course.objects.exists()


def test_a_unit_that_is_still_to_be_chosen_keeps_only_its_own_needs(page):
    here, there = builders.unit(before_minutes=30), builders.unit()
    needs = [builders.need(here, "Play"), builders.need(there, "Quiet")]
    patient = builders.patient()
    typed = agreed(unit=there.pk, before_minutes="30", needs=[need.pk for need in needs])
    page.post(at("agree_course", patient), typed)
    course = Course.objects.get()
    assert (course.unit, course.before_minutes, list(patient.visit_needs.all())) == (there, 30, [needs[1]])


def test_another_length_of_a_booked_course_is_checked_with_its_mails_and_then_sent(page, coordinator):
    course = booked(coordinator, builders.unit())
    sent = Message.objects.count()
    checked = page.post(at("change_course", course), agreed(minutes="300"))
    assert "Check before you save" in checked.text
    assert [f"{timezone.localtime(s.ends_at):%H:%M}" for s in checked.context["retimed"]] == ["14:00"] * 2
    assert len(checked.context["mails"]) == 2
    assert Message.objects.count() == sent

    fields = dict(checked.context["fields"]) | {"stood": course.version}
    back = page.post(at("change_course", course), fields | {"again": ""})
    assert 'name="minutes"' in back.text
    said = page.post(at("change_course", course), fields | {"confirmed": ""}, follow=True).text
    assert "the family gets them by mail" in said
    assert Message.objects.count() == sent + 2
    course.refresh_from_db()
    assert (course.minutes, course.status) == (300, CourseStatus.BOOKED)
    # The same again from the page that is out of date.
    late = page.post(at("change_course", course), fields | {"confirmed": "", "minutes": "330", "seen": ""})
    assert late.status_code == 409
    assert "changed how long the days of this course last" in late.text


def test_what_does_not_fit_is_said_in_the_form_and_nothing_typed_is_lost(page, coordinator):
    course = booked(coordinator, builders.unit(after_minutes=15))
    answer = page.post(at("change_course", course), agreed(minutes="360", after_minutes="180", needs=[]))
    assert answer.status_code == 200
    assert "Check before you save" in answer.text
    unit = course.unit
    builders.take(unit.chairs.first(), course.live_sessions[0].day, time(14), time(15))
    answer = page.post(at("change_course", course), agreed(minutes="360"))
    assert answer.status_code == 409
    assert "Chair 1 is taken from 2pm to 3pm" in answer.text
    assert '<option value="360" selected' in answer.text


def test_another_length_against_a_soft_rule_asks_why_and_is_saved_with_the_reason(page, coordinator):
    course = booked(coordinator, builders.unit(nurses=1))
    day, chair = course.live_sessions[0].day, course.unit.chairs.last()
    builders.book(course.unit, day, coordinator, name="Cat Wren", chair=chair, start=13 * 60, days=1)
    checked = page.post(at("change_course", course), agreed(minutes="300"))
    assert "nurses would be needed" in checked.text
    assert len(checked.context["mails"]) == 2

    fields = dict(checked.context["fields"]) | {"stood": course.version, "confirmed": ""}
    fields |= {"broken": checked.context["allow_form"].initial["broken"]}
    unsaid = page.post(at("change_course", course), fields | {"allowed_because": ""})
    assert 'href="#id_allowed_because">Enter why the rule may be broken' in unsaid.text
    page.post(at("change_course", course), fields | {"allowed_because": "A nurse of the ward helps"})
    course.refresh_from_db()
    assert course.minutes == 300
    assert course.overridden_on(day) == [("the number of nurses", coordinator.name)]


def test_who_may_not_book_does_not_change_the_length_of_booked_days(client, person, coordinator):
    unit = builders.unit(after_minutes=15)
    builders.need(unit)
    course = booked(coordinator, unit)
    client.force_login(person(Role.NURSE))
    text = client.get(at("change_course", course)).text
    assert not [name for name in (*PHASES, "needs", "minutes", "days") if f'name="{name}"' in text]
