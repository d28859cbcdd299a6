"""A hold takes the chairs, tells nobody, and lapses by itself: by the worker, and whenever somebody books."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from patients.models import AuditEvent
from scheduling.booking import bookings, holds
from scheduling.doctor import find_breaches
from scheduling.errors import ChangedMeanwhile, SlotGone
from scheduling.models import Booking, CancelReason, Course, Message, Session, Task, TaskKind
from scheduling.rules import find_offers
from scheduling.unit.diary_rows import diary_for_search, request_for
from tests import builders

pytestmark = pytest.mark.django_db
MONDAY = builders.next_monday(2)


@pytest.fixture
def unit():
    return builders.unit(chairs=1)


@pytest.fixture
def course(unit):
    child = builders.patient()
    builders.contact(child)
    return builders.course(child, unit, minutes=360)


@pytest.fixture
def held(course, coordinator):
    return hold(course, coordinator)


@pytest.fixture
def rival(unit):
    return builders.course(builders.patient("Bo Finch"), unit)


def hold(course, by, hours=48, first=MONDAY):
    done = holds.hold(course=course, visits=builders.visits(course, first), hours=hours, by=by)
    return Course.objects.get(pk=done.course.pk)


def later(hours):
    return time_machine.travel(timezone.now() + timedelta(hours=hours), tick=False)


def test_a_hold_takes_the_chairs_on_all_days_and_tells_nobody(held, rival, coordinator):
    assert [session.status for session in held.live_sessions] == ["pending", "pending"]
    assert Booking.objects.count() == 2
    assert not Message.objects.exists()
    with pytest.raises(SlotGone):
        bookings.book(course=rival, visits=builders.visits(rival, MONDAY), by=coordinator)
    assert list(find_breaches(timezone.now())) == []


@pytest.mark.parametrize(
    ("first", "why"),
    [
        (MONDAY + timedelta(days=5), "not open on Saturdays"),
        (MONDAY, "One nurse would be needed"),
        (MONDAY + timedelta(days=1), "taken"),
    ],
)
def test_days_that_could_not_be_booked_cannot_be_held_either(unit, course, coordinator, first, why):
    unit.staffing.create(day=MONDAY, nurses=0)
    builders.take(unit.chairs.get(), MONDAY + timedelta(days=2), time(9), time(10))
    with pytest.raises(SlotGone, match=why):
        hold(course, coordinator, first=first)
    assert not Session.objects.exists()


def test_it_lasts_as_long_as_asked_but_never_into_the_first_visit(course, coordinator):
    with time_machine.travel("2026-03-04 09:20Z", tick=False):
        held = hold(course, coordinator, hours=4, first=date(2026, 3, 9))
    assert held.held_until == datetime(2026, 3, 4, 14, tzinfo=UTC), "to the next full hour"
    held = hold(held, coordinator, hours=168 * 4)
    assert held.held_until == held.live_sessions[0].starts_at


def test_to_hold_again_lets_go_of_the_days_before(held, coordinator):
    again = hold(held, coordinator, first=MONDAY + timedelta(days=2))
    assert [session.day for session in again.live_sessions] == [MONDAY + timedelta(days=n) for n in (2, 3)]
    assert Booking.objects.count() == Session.objects.count() == 2


def test_a_held_course_is_booked_on_its_days_and_only_then_is_the_family_told(held, coordinator):
    visits = [session.visit for session in held.live_sessions]
    done = bookings.book(course=held, visits=visits, by=coordinator, seen=held.version)
    course = Course.objects.get(pk=held.pk)
    assert (course.status, course.held_until) == ("booked", None)
    assert [session.visit for session in course.live_sessions] == visits
    assert len(done.messages) == 2


def test_a_held_course_is_booked_only_where_it_still_fits(held, coordinator):
    held.unit.closures.create(first_day=MONDAY, last_day=MONDAY, reason="flood")
    with pytest.raises(SlotGone):
        bookings.book(course=held, visits=[s.visit for s in held.live_sessions], by=coordinator)
    assert Course.objects.get(pk=held.pk).status == "pending"
    assert Booking.objects.count() == 2


def test_a_released_hold_leaves_nothing_but_the_log(held, coordinator):
    holds.release(course=held, by=coordinator, seen=held.version)
    course = Course.objects.get(pk=held.pk)
    assert (course.status, course.held_until) == ("waiting", None)
    assert not Session.objects.exists()
    assert not Booking.objects.exists()
    assert AuditEvent.objects.filter(action="course.hold_released", actor_name=coordinator.name).exists()
    with pytest.raises(ChangedMeanwhile):
        holds.release(course=held, by=coordinator)


def test_the_worker_lets_a_hold_go_when_its_time_is_over_and_not_before(held):
    assert holds.lapse_holds(now=held.held_until - timedelta(seconds=1)).holds == 0
    assert holds.lapse_holds(now=held.held_until).holds == 1
    assert Course.objects.get(pk=held.pk).status == "waiting"
    assert not Booking.objects.exists()
    task = Task.objects.get()
    assert (task.kind, task.course_id, task.unit_id) == (TaskKind.HOLD_LAPSED, held.pk, held.unit_id)
    assert "Lark" not in task.says
    assert holds.lapse_holds(now=held.held_until).holds == 0


def test_without_the_worker_a_lapsed_hold_gives_way_to_whoever_books(held, rival, coordinator):
    with later(49):
        offers = find_offers(request_for(rival), diary_for_search(rival.unit, timezone.now()), 1)
        assert offers[0].placement.first_day < MONDAY
        bookings.book(course=rival, visits=builders.visits(rival, MONDAY), by=coordinator)
    assert Course.objects.get(pk=held.pk).status == "waiting"
    assert set(Booking.objects.values_list("session__course", flat=True)) == {rival.pk}
    assert Task.objects.open().get(kind="hold_lapsed").course_id == held.pk


def test_a_search_offers_what_a_lapsed_hold_had_even_from_a_diary_it_kept(held, rival):
    asked = request_for(rival)

    def first_days():
        offers = find_offers(asked, diary_for_search(rival.unit, timezone.now()), 30)
        return {offer.placement.first_day for offer in offers}

    assert MONDAY not in first_days()
    with later(49):
        assert MONDAY in first_days()


def test_a_page_drawn_before_a_hold_lapsed_books_nothing(held, coordinator):
    visits = [session.visit for session in held.live_sessions]
    with later(49), pytest.raises(ChangedMeanwhile):
        bookings.book(course=held, visits=visits, by=coordinator, seen=held.version)
    assert not Message.objects.exists()


def test_a_task_about_a_lapsed_hold_is_done_once_the_course_has_days_again(held, coordinator):
    holds.lapse_holds(now=held.held_until)
    hold(Course.objects.get(pk=held.pk), coordinator)
    assert not Task.objects.open().exists()


def test_a_held_course_can_be_ended(held, coordinator):
    bookings.cancel(course=held, reason=CancelReason.NOT_NEEDED, back_to_waiting=False, by=coordinator)
    assert Course.objects.get(pk=held.pk).status == "cancelled"
    assert not Booking.objects.exists()
    assert not Message.objects.exists()


def test_a_child_whose_course_is_held_has_no_second_one_to_book(held):
    with pytest.raises(IntegrityError), transaction.atomic():
        builders.course(held.patient, held.unit)


def test_a_hold_without_an_end_is_refused_by_the_database(course):
    with pytest.raises(IntegrityError), transaction.atomic():
        Course.objects.filter(pk=course.pk).update(status="pending")


class TestPages:
    @pytest.fixture
    def page(self, client, coordinator):
        client.force_login(coordinator)
        return client

    def at(self, name, course):
        return reverse(f"scheduling:{name}", args=[course.pk])

    def test_from_an_offer_to_a_hold_and_on_to_the_booking(self, page, course):
        card = page.get(self.at("find_slot", course)).context["cards"][0]
        check = page.get(card.address)
        sent = check.context["fields"] | {"seen": course.version, "hold": "yes", "lasts": "24"}
        done = page.post(self.at("check_slot", course), sent, follow=True)
        assert "Days held" in done.content.decode()
        assert "07700 900111" in done.content.decode()
        held = Course.objects.get(pk=course.pk)
        assert held.status == "pending"
        shown = page.get(held.get_absolute_url())
        assert "Held until" in shown.content.decode()
        check = page.get(shown.context["held_address"])
        sent = check.context["fields"] | {"seen": held.version}
        page.post(self.at("check_slot", held), sent)
        assert Course.objects.get(pk=course.pk).status == "booked"
        assert Message.objects.count() == 2

    def test_a_hold_is_released_with_one_button_and_a_stale_one_does_nothing(self, page, held):
        stale = page.post(self.at("release_hold", held), {"seen": "older"}, follow=True)
        assert "nothing was done" in stale.content.decode()
        done = page.post(self.at("release_hold", held), {"seen": held.version}, follow=True)
        assert "Hold released" in done.content.decode()
        assert not Booking.objects.exists()

    def test_the_board_shows_until_when_a_place_is_held(self, page, held):
        shown = page.get(reverse("scheduling:show_board"), {"day": MONDAY.isoformat()})
        text = shown.content.decode()
        assert text.count("is-pending") == 3, "two days, and the key"
        assert "the chair is held" in text

    def test_a_course_to_be_moved_cannot_be_held(self, page, course, coordinator):
        bookings.book(course=course, visits=builders.visits(course, MONDAY), by=coordinator)
        course = Course.objects.get(pk=course.pk)
        card = page.get(self.at("find_slot", course)).context["cards"][0]
        check = page.get(card.address)
        assert check.context["hold_form"] is None
        sent = check.context["fields"] | {"seen": course.version, "hold": "yes", "lasts": "24"}
        page.post(self.at("check_slot", course), sent)
        assert Course.objects.get(pk=course.pk).status == "booked"
