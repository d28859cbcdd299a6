"""The waiting list as a work list: what it says of each course, how it is narrowed, who was rung."""

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from patients.models import AuditEvent
from scheduling.booking import bookings, holds
from scheduling.booking.contact_log import note_attempt
from scheduling.errors import ChangedMeanwhile
from scheduling.models import ContactAttempt, ContactOutcome, ImpossibleDates
from scheduling.templatetags import waiting as words
from tests import builders
from tests.benchmarks.rows import write_bookings

pytestmark = pytest.mark.django_db
LIST = reverse("scheduling:list_waiting")


@pytest.fixture
def signed_in(client, coordinator):
    client.force_login(coordinator)
    return client


@pytest.fixture
def unit():
    return builders.unit()


def a_course(name, unit, **fields):
    return builders.course(builders.patient(name), unit, **fields)


def listed(client, query=""):
    return [row.course.patient.name for row in client.get(f"{LIST}?{query}").context.get("rows", [])]


def days_from_now(days):
    return timezone.localdate() + timedelta(days=days)


class TestTheList:
    def test_held_courses_stand_in_their_place_and_booked_ones_not_at_all(self, signed_in, unit, coordinator):
        monday = builders.next_monday(2)
        a_course("Rory Routine", unit, priority=2)
        held = a_course("Hana Held", unit, priority=1)
        holds.hold(course=held, visits=builders.visits(held, monday), hours=48, by=coordinator)
        a_course("Una Urgent", unit, priority=0)
        booked = a_course("Bea Booked", unit, priority=0)
        bookings.book(course=booked, visits=builders.visits(booked, monday, start=780), by=coordinator)
        assert listed(signed_in) == ["Una Urgent", "Hana Held", "Rory Routine"]
        assert "Held: Mon" in signed_in.get(LIST).content.decode()

    def test_a_hold_that_has_lapsed_is_not_called_held(self, signed_in, unit, coordinator):
        held = a_course("Hana Held", unit)
        holds.hold(
            course=held, visits=builders.visits(held, builders.next_monday(2)), hours=4, by=coordinator
        )
        type(held).objects.update(held_until=timezone.now())
        assert "Held:" not in signed_in.get(LIST).content.decode()

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ("priority=0", ["Ann", "Bob"]),
            ("priority=0&priority=1", ["Ann", "Bob", "Cat"]),
            ("only=overdue", ["Bob"]),
            ("only=not_tried", ["Bob", "Cat"]),
            ("only=held", []),
            ("notice=yes", ["Ann"]),
            ("notice=no&notice=not_asked", ["Bob", "Cat"]),
            ("priority=1&only=not_tried", ["Cat"]),
            ("priority=9&only=x&notice=&unit=5&page=99&rubbish=1", ["Ann", "Bob", "Cat"]),
        ],
    )
    def test_filters_narrow_it_and_rubbish_does_not(self, signed_in, unit, coordinator, query, names):
        ann = a_course("Ann", unit, priority=0, short_notice=True, target=days_from_now(1))
        bob = a_course("Bob", unit, priority=0, short_notice=False, latest=days_from_now(-1))
        a_course("Cat", unit, priority=1, latest=days_from_now(0))
        note_attempt(course=ann, outcome=ContactOutcome.MESSAGE, by=coordinator)
        note_attempt(course=bob, outcome=ContactOutcome.MESSAGE, by=coordinator)
        ContactAttempt.objects.filter(course=bob).update(at=timezone.now() - timedelta(days=8))
        assert listed(signed_in, query) == names

    def test_each_chosen_filter_is_a_link_to_the_list_without_it(self, signed_in, unit):
        a_course("Ann", unit)
        page = signed_in.get(f"{LIST}?priority=0&priority=2&notice=yes")
        assert page.context["chosen"] == [
            ("Urgent", "?priority=2&notice=yes"),
            ("Routine", "?priority=0&notice=yes"),
            ("Short notice: yes", "?priority=0&priority=2"),
        ]

    def test_of_several_units_one_can_be_chosen(self, signed_in, unit):
        other = builders.unit()
        a_course("Here", unit)
        a_course("There", other)
        assert listed(signed_in, f"unit={other.pk}") == ["There"]

    def test_who_may_not_book_reads_the_list_without_the_links(self, client, reader, unit):
        course = a_course("Ann", unit)
        client.force_login(reader)
        page = client.get(LIST).content.decode()
        assert "Ann" in page
        assert reverse("scheduling:note_attempt", args=[course.pk]) not in page

    @pytest.mark.parametrize("booked", [10, 2_500])
    def test_the_queries_are_as_many_whatever_is_booked(
        self, signed_in, unit, booked, django_assert_num_queries
    ):
        write_bookings(unit, booked, builders.next_monday())
        for number in range(200 if booked > 10 else 5):
            note_attempt(
                course=a_course(f"Child {number}", unit),
                outcome=ContactOutcome.NO_ANSWER,
                by=signed_in_user(signed_in),
            )
        with django_assert_num_queries(11):
            signed_in.get(f"{LIST}?priority=2&notice=not_asked")
        with django_assert_num_queries(11):
            signed_in.get(LIST)


def signed_in_user(client):
    from patients.models import User

    return User.objects.get(pk=client.session["_auth_user_id"])


class TestWords:
    @pytest.mark.parametrize(
        ("earliest", "latest", "said"),
        [
            (None, None, ""),
            (None, 0, "closes today"),
            (-3, 5, "closes in 5 days"),
            (21, 60, "opens in 3 weeks"),
            (1, None, "opens in 1 day"),
            (-9, None, ""),
            (None, -1, "the window ended 1 day ago"),
            (None, -22, "the window ended 3 weeks ago"),
        ],
    )
    def test_the_window(self, unit, earliest, latest, said):
        limits = {
            name: days_from_now(n)
            for name, n in (("earliest", earliest), ("latest", latest))
            if n is not None
        }
        assert words.window_state(a_course("Ann", unit, **limits)) == said

    def test_dates_share_what_they_have_in_common(self, unit):
        course = a_course("Ann", unit, earliest=date(2027, 3, 24), latest=date(2027, 3, 31))
        assert words.window(course) == "24 to 31 Mar 2027"
        course.latest = date(2027, 4, 2)
        assert words.window(course) == "24 Mar to 2 Apr 2027"
        course.latest = date(2028, 3, 2)
        assert words.window(course) == "24 Mar 2027 to 2 Mar 2028"

    def test_of_what_the_family_cannot_do_the_past_and_the_rest_are_left_out(self, unit):
        course = a_course("Ann", unit, impossible_weekdays=[0, 4])
        for year in (2020, 2101, 2102, 2103, 2104):
            day = date(year, 3, 24)
            ImpossibleDates.objects.create(course=course, first_day=day, last_day=day)
        assert words.short_limits(course) == "Mon, Fri, 24 Mar 2101, 24 Mar 2102 and 2 more"


class TestAttempts:
    def test_an_attempt_is_kept_with_who_and_how_it_went(self, signed_in, unit, coordinator):
        course = a_course("Ann", unit)
        page = reverse("scheduling:note_attempt", args=[course.pk])
        answer = signed_in.post(
            f"{page}?list=priority%3D2", {"outcome": "ring_back", "note": "After 2pm", "seen": "0"}
        )
        assert answer.url == f"{LIST}?priority=2"
        attempt = course.contact_attempts.get()
        assert (attempt.outcome, attempt.note, attempt.by_name) == (
            "ring_back",
            "After 2pm",
            coordinator.name,
        )
        assert AuditEvent.objects.get(action="course.contact_attempted").actor_id == coordinator.pk
        for address in (course.get_absolute_url(), LIST, page):
            assert "Asked to ring again" in signed_in.get(address).content.decode()

    def test_sent_twice_it_is_kept_once(self, signed_in, unit):
        course = a_course("Ann", unit)
        page = reverse("scheduling:note_attempt", args=[course.pk])
        for _ in range(2):
            answer = signed_in.post(page, {"outcome": "no_answer", "seen": "0"})
            assert answer.url == course.get_absolute_url()
        assert course.contact_attempts.count() == 1

    def test_the_same_hours_later_from_an_old_page_is_another_attempt(self, signed_in, unit):
        course = a_course("Ann", unit)
        page, sent = (
            reverse("scheduling:note_attempt", args=[course.pk]),
            {"outcome": "no_answer", "seen": "0"},
        )
        signed_in.post(page, sent)
        with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
            refused = signed_in.post(page, sent)
        assert refused.status_code == 409
        assert "If yours is another one, save it again." in refused.content.decode()

    def test_a_colleagues_attempt_meanwhile_is_told_and_what_was_typed_is_kept(self, signed_in, unit, nurse):
        course = a_course("Ann", unit)
        note_attempt(course=course, outcome=ContactOutcome.REACHED, by=nurse)
        page = reverse("scheduling:note_attempt", args=[course.pk])
        answer = signed_in.post(page, {"outcome": "no_answer", "note": "Twice", "seen": "0"})
        said = answer.content.decode()
        assert answer.status_code == 409
        assert "Nia Nurse noted an attempt at" in said
        assert "Twice" in said
        seen = course.contact_attempts.get().pk
        assert (
            signed_in.post(page, {"outcome": "no_answer", "note": "Twice", "seen": seen}).status_code == 302
        )
        assert course.contact_attempts.count() == 2

    def test_of_a_course_that_is_booked_none_is_noted(self, signed_in, unit, coordinator):
        course = a_course("Ann", unit)
        bookings.book(course=course, visits=builders.visits(course, builders.next_monday()), by=coordinator)
        with pytest.raises(ChangedMeanwhile):
            note_attempt(course=course, outcome=ContactOutcome.REACHED, by=coordinator)
        answer = signed_in.get(reverse("scheduling:note_attempt", args=[course.pk]))
        assert answer.url == course.get_absolute_url()

    def test_the_page_says_whom_to_ring_and_what_a_restriction_allows(self, signed_in, unit):
        course = a_course("Ann", unit)
        page = reverse("scheduling:note_attempt", args=[course.pk])
        assert "No phone number is recorded" in signed_in.get(page).content.decode()
        builders.contact(course.patient, "Fay Lark", phone="+447700900222")
        builders.contact(course.patient, "Mia Lark", phone="+447700900111", brings_child=True)
        child = course.patient
        child.restricted, child.restricted_because = True, "Ring the social worker only"
        child.save()
        said = signed_in.get(page).content.decode()
        assert said.index("tel:+447700900111") < said.index("tel:+447700900222")
        assert "Ring the social worker only" in said


def test_the_answer_about_short_notice_is_kept_and_not_asked_is_an_answer(unit):
    from scheduling.pages.booking.course_forms import CourseForm

    course = a_course("Ann", unit)
    assert CourseForm(instance=course)["short_notice"].value() == "not_asked"
    for typed, stored in (("yes", True), ("no", False), ("not_asked", None), ("", None)):
        form = CourseForm({"short_notice": typed}, instance=course)
        form.is_valid()
        assert form.cleaned_data["short_notice"] is stored
    course.short_notice = False
    assert CourseForm(instance=course)["short_notice"].value() == "no"
