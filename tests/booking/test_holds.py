"""A hold takes the chairs, tells nobody, and lapses by itself: by the worker, and whenever somebody books."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from patients.models import AuditEvent
from scheduling.booking import bookings, holds, lost_days
from scheduling.doctor.breaches import find_breaches
from scheduling.errors import ChangedMeanwhile, Refused, SlotGone
from scheduling.models import (
    Booking,
    CancelReason,
    Chair,
    Course,
    LostBecause,
    Message,
    Session,
    Task,
    TaskKind,
)
from scheduling.pages.booking.placement_forms import placement_fields
from scheduling.rules import find_offers
from scheduling.unit.course_requests import request_for
from scheduling.unit.diary_rows import diary_for_search
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

    def test_a_course_is_moved_by_way_of_a_hold(self, page, unit, course, coordinator):
        Chair.objects.create(unit=unit, name="Chair 9")
        bookings.book(course=course, visits=builders.visits(course, MONDAY), by=coordinator)
        course = Course.objects.get(pk=course.pk)
        card = page.get(self.at("find_slot", course)).context["cards"][0]
        check = page.get(card.address)
        sent = check.context["fields"] | {"seen": course.version, "hold": "yes", "lasts": "24"}
        done = page.post(self.at("check_slot", course), sent, follow=True)
        assert "Days held" in done.content.decode()
        assert "stays booked where it is" in done.content.decode()
        held = Course.objects.get(pk=course.pk)
        shown = page.get(held.get_absolute_url())
        assert "Held to move the course" in shown.content.decode()
        assert f"held by {coordinator.name}" in " ".join(shown.content.decode().split())
        day = held.places_to_move_to[0].visit.day
        board = page.get(reverse("scheduling:show_board"), {"day": day.isoformat()}).content.decode()
        assert board.count("is-pending") == 3, "two days, and the key"
        assert "to move the course there" in board
        check = page.get(shown.context["held_address"])
        sent = check.context["fields"] | {"seen": held.version, "reason": "family_request"}
        page.post(self.at("check_slot", held), sent)
        moved = Course.objects.get(pk=course.pk)
        assert (moved.live_sessions[0].day, moved.held_until) == (day, None)
        assert Booking.objects.count() == 2

    @pytest.mark.parametrize(
        ("typed", "wrong"),
        [
            ({"until_time": "5pm"}, "Enter the day until which they are held"),
            ({"until_day": ("9", "6", "2027")}, "Enter the time until which they are held"),
            ({"until_day": ("7", "6", "2027"), "until_time": "5pm"}, "The time must be still to come"),
            ({"until_day": ("9", "6", "2027"), "until_time": "5pm"}, ""),
        ],
    )
    @pytest.mark.usefixtures("on_a_working_day")
    def test_days_are_held_until_a_day_and_time_that_is_typed(self, page, course, typed, wrong):
        with time_machine.travel("2027-06-08 09:20+01:00", tick=False):
            fields = placement_fields(builders.visits(course, date(2027, 6, 14)))
            day = dict(
                zip(
                    ("until_day_day", "until_day_month", "until_day_year"),
                    typed.get("until_day", ""),
                    strict=False,
                )
            )
            sent = fields | day | {"until_time": typed.get("until_time", ""), "lasts": "48"}
            asked = sent | {"hold": "yes", "seen": course.version}
            shown = page.post(self.at("check_slot", course), asked, follow=True).content.decode()
        held = Course.objects.get(pk=course.pk)
        assert wrong in shown
        assert (held.status == "pending") == (not wrong)
        assert wrong or held.held_until == datetime(2027, 6, 9, 16, tzinfo=UTC)


class TestToMove:
    """A booked course keeps its days while others are held for it."""

    @pytest.fixture
    def unit(self):
        return builders.unit(chairs=2, nurses=2)

    @pytest.fixture
    def booked(self, course, coordinator):
        bookings.book(course=course, visits=builders.visits(course, MONDAY), by=coordinator)
        return Course.objects.get(pk=course.pk)

    @pytest.fixture
    def to_move(self, booked, coordinator):
        return hold(booked, coordinator, first=MONDAY + timedelta(days=2))

    def days(self, course):
        return [session.day - MONDAY for session in Course.objects.get(pk=course.pk).live_sessions]

    def test_both_its_days_and_the_held_ones_are_taken_for_everybody_else(self, to_move, rival, coordinator):
        assert (to_move.status, to_move.held_by) == ("booked", coordinator)
        assert Booking.objects.count() == 4
        for first in (0, 2):
            with pytest.raises(SlotGone, match="taken"):
                visits = builders.visits(rival, MONDAY + timedelta(days=first))
                bookings.book(course=rival, visits=visits, by=coordinator)
        for course, found in ((rival, 0), (to_move, 2)):
            offers = find_offers(request_for(course), diary_for_search(course.unit, timezone.now()), 60)
            chair = to_move.unit.chairs.first().pk
            there = [
                offer
                for offer in offers
                if offer.placement.first_day in (MONDAY, MONDAY + timedelta(days=2))
                and offer.placement.visits[0].chair == chair
            ]
            assert len(there) == found, course
        assert not Message.objects.filter(sequence=1).exists()
        assert list(find_breaches(timezone.now())) == []

    def test_moving_to_the_held_days_frees_the_others_and_ends_the_hold(self, to_move, coordinator):
        visits = [place.visit for place in to_move.places_to_move_to]
        done = bookings.move(
            course=to_move,
            visits=visits,
            reason=CancelReason.FAMILY_REQUEST,
            by=coordinator,
            seen=to_move.version,
        )
        assert done.retimed
        assert self.days(to_move) == [timedelta(days=2), timedelta(days=3)]
        assert Booking.objects.count() == 2
        assert Course.objects.get(pk=to_move.pk).held_until is None
        assert list(find_breaches(timezone.now())) == []

    @pytest.mark.parametrize("how", ["release", "lapse", "move elsewhere", "cancel", "leave out"])
    def test_the_held_days_are_free_again_however_the_hold_ends(self, to_move, coordinator, how):
        seen = to_move.version
        if how == "release":
            holds.release(course=to_move, by=coordinator, seen=seen)
        elif how == "lapse":
            assert holds.lapse_holds(now=to_move.held_until - timedelta(seconds=1)).holds == 0
            assert holds.lapse_holds(now=to_move.held_until).holds == 1
            task = Task.objects.open().get(kind="hold_lapsed")
            assert task.owner == coordinator
            assert "stays booked where it is" in task.says
        elif how == "move elsewhere":
            visits = builders.visits(to_move, MONDAY + timedelta(days=1))
            bookings.move(course=to_move, visits=visits, reason=CancelReason.CLINICAL, by=coordinator)
        elif how == "cancel":
            bookings.cancel(
                course=to_move, reason=CancelReason.CLINICAL, back_to_waiting=True, by=coordinator
            )
        else:
            approval = lost_days.Approval(LostBecause.CLINICAL, "One is enough.", "Dr Wren")
            lost_days.leave_out(session=to_move.live_sessions[1], approval=approval, by=coordinator)
        assert not Booking.objects.filter(held_for__isnull=False).exists()
        assert Course.objects.get(pk=to_move.pk).held_until is None
        assert Course.objects.get(pk=to_move.pk).version != seen
        if how in ("release", "lapse"):
            assert self.days(to_move) == [timedelta(days=0), timedelta(days=1)]
        assert list(find_breaches(timezone.now())) == []

    def test_days_can_be_held_again_and_never_twice_in_one_chair(self, to_move, coordinator):
        hold(to_move, coordinator, first=MONDAY + timedelta(days=3))
        assert Booking.objects.filter(held_for=to_move).count() == 2
        with pytest.raises(SlotGone, match="taken"):
            hold(to_move, coordinator, first=MONDAY + timedelta(days=1))

    def test_nurses_have_to_do_for_both(self, unit, booked, coordinator):
        """Held beside the booked day, another booking would be a visit too many."""
        unit.staffing.create(day=MONDAY + timedelta(days=1), nurses=1)
        other = builders.visits(booked, MONDAY + timedelta(days=1), chair=unit.chairs.last())
        with pytest.raises(SlotGone, match="nurse"):
            holds.hold(course=booked, visits=other, hours=4, by=coordinator)

    def test_it_ends_before_the_booked_days_begin_and_not_for_days_it_is_on(self, booked, coordinator):
        held = hold(booked, coordinator, hours=168 * 4, first=MONDAY + timedelta(days=2))
        assert held.held_until == held.live_sessions[0].starts_at
        with pytest.raises(Refused, match="already"):
            hold(held, coordinator, first=MONDAY)

    def test_a_lapsed_hold_gives_way_at_once_and_the_booked_days_do_not(self, to_move, rival, coordinator):
        asked = request_for(rival)

        def chairs_on(day):
            found = find_offers(asked, diary_for_search(rival.unit, timezone.now()), 60)
            return {o.placement.visits[0].chair for o in found if o.placement.first_day == MONDAY + day}

        taken = rival.unit.chairs.first().pk
        wednesday = timedelta(days=2)
        assert taken not in chairs_on(wednesday)
        with later(49):
            assert taken in chairs_on(wednesday)
            assert taken not in chairs_on(timedelta())
            bookings.book(course=rival, visits=builders.visits(rival, MONDAY + wednesday), by=coordinator)
        assert self.days(to_move) == [timedelta(days=0), timedelta(days=1)]

    def test_a_held_place_is_nothing_that_the_unit_can_give_back(self, client, lead, to_move):
        client.force_login(lead)
        shown = client.get(reverse("scheduling:show_unit", args=[to_move.unit_id])).content.decode()
        place = to_move.places_to_move_to[0]
        release = reverse("scheduling:release_chair", args=[place.pk])
        assert release not in shown
        client.post(release)
        assert Booking.objects.filter(pk=place.pk).exists()

    def test_held_days_that_no_longer_fit_say_so_and_cannot_be_moved_to(self, client, coordinator, to_move):
        client.force_login(coordinator)
        assert "no longer fit" not in client.get(to_move.get_absolute_url()).content.decode()
        places = to_move.places_to_move_to
        day = places[0].visit.day
        to_move.unit.closures.create(first_day=day, last_day=day, reason="flood")
        shown = client.get(to_move.get_absolute_url()).content.decode()
        assert "The held days no longer fit" in shown
        assert "flood" in shown
        with pytest.raises(SlotGone, match="flood"):
            visits = [place.visit for place in places]
            bookings.move(course=to_move, visits=visits, reason=CancelReason.CLINICAL, by=coordinator)
        assert Booking.objects.filter(held_for=to_move).count() == 2
