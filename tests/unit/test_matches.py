"""A place that becomes free is matched with the waiting courses that would fit there as a whole."""

from datetime import time, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from patients.audit import WORKER
from patients.models import AccessEvent
from scheduling.booking import agreements, bookings, holds
from scheduling.models import CancelReason, Closure, Task, TaskKind
from scheduling.pages.booking.placement_forms import placement_fields
from scheduling.unit import setup
from scheduling.unit.freed_room import close_past, note_freed
from scheduling.unit.matches import find_matches, from_json, to_json
from tests import builders
from tests.benchmarks.rows import write_bookings

pytestmark = pytest.mark.django_db
MONDAY = builders.next_monday(2)
TUESDAY = MONDAY + timedelta(days=1)
UNWELL = CancelReason.FAMILY_UNWELL


@pytest.fixture
def unit():
    """One chair, and two weeks in which nothing but Monday and Tuesday could be free."""
    unit = builders.unit(chairs=1)
    for n in (2, 3, 4, *range(7, 12)):
        builders.take(unit.chairs.get(), MONDAY + timedelta(days=n), time(8), time(18))
    for n in range(1, 13):
        if (day := MONDAY - timedelta(days=n)) > timezone.localdate() and day.weekday() < 5:
            builders.take(unit.chairs.get(), day, time(8), time(18))
    return unit


@pytest.fixture
def booked(unit, coordinator):
    course = waiting("Bea Booked", unit, priority=0, minutes=360)
    return bookings.book(course=course, visits=builders.visits(course, MONDAY), by=coordinator).course


def waiting(name, unit, **fields):
    return builders.course(builders.patient(name), unit, **fields)


def names(matches):
    return [match.course.patient.name for match in matches]


def matched(unit, visits, now=None, **kwargs):
    return find_matches(unit, visits, now or timezone.now(), **kwargs)


def test_a_cancelled_pair_is_matched_most_urgent_first_and_never_with_the_course_that_left(
    unit, booked, coordinator
):
    waiting("Rory Routine", unit, target=MONDAY)
    waiting("Una Urgent", unit, priority=0, target=MONDAY + timedelta(days=30))
    waiting("Mo Mondays", unit, impossible_weekdays=[0])
    waiting("Lara Later", unit, earliest=MONDAY + timedelta(days=60))
    done = bookings.cancel(course=booked, reason=UNWELL, back_to_waiting=True, by=coordinator)
    matches = matched(unit, done.freed, leaving_out=[booked.pk])
    assert names(matches) == ["Una Urgent", "Rory Routine"]
    assert [visit.day for visit in matches[0].visits] == [MONDAY, TUESDAY]
    assert matches[0].chairs == ("Chair 1", "Chair 1")


def test_a_freed_day_alone_helps_only_where_its_neighbour_has_room(unit, booked, coordinator):
    waiting("Rory Routine", unit)
    monday, tuesday = (session.visit for session in booked.live_sessions)
    booked.sessions.get(number=2).booking.delete()
    assert matched(unit, [tuesday]) == []
    booked.sessions.get(number=1).booking.delete()
    assert names(matched(unit, [tuesday])) == ["Rory Routine"]
    assert names(matched(unit, [monday])) == ["Rory Routine"]


def test_days_that_are_past_are_nobodys_chance(unit, booked, coordinator):
    waiting("Rory Routine", unit)
    done = bookings.cancel(course=booked, reason=UNWELL, back_to_waiting=False, by=coordinator)
    late = done.freed[-1].ends_at + timedelta(minutes=1)
    assert matched(unit, done.freed, now=late) == []


def test_room_that_was_free_all_the_time_is_no_match(unit, booked, coordinator):
    """Nine o'clock was free in the second chair too: what is new is only the chair that was left."""
    waiting("Rory Routine", unit, minutes=360)
    other = unit.chairs.create(name="Chair 2")
    done = bookings.cancel(course=booked, reason=UNWELL, back_to_waiting=False, by=coordinator)
    [match] = matched(unit, done.freed)
    assert other.name not in match.chairs


def test_a_task_names_the_place_and_keeps_its_visits(unit, booked, coordinator):
    waiting("Rory Routine", unit)
    done = bookings.cancel(course=booked, reason=UNWELL, back_to_waiting=True, by=coordinator)
    task = Task.objects.get(kind=TaskKind.FREED)
    assert "Somebody who waits could come" in task.says
    assert "Chair 1" in task.says
    assert "Rory" not in task.says
    assert from_json(task.freed) == list(done.freed)
    assert from_json(to_json(done.freed)) == list(done.freed)


def test_a_task_names_no_day_that_is_past_or_on_which_the_unit_is_closed(coordinator):
    unit, closed = builders.unit(chairs=1), MONDAY + timedelta(days=2)
    course = waiting("Bea Booked", unit, days=3)
    freed = builders.visits(course, MONDAY)
    Closure.objects.create(unit=unit, first_day=closed, last_day=closed, reason="deep clean")
    waiting("Rory Routine", unit, days=1)
    with time_machine.travel(freed[0].ends_at, tick=False):
        note_freed(course, freed, now=timezone.now(), by=WORKER)
    assert [visit.day for visit in from_json(Task.objects.get().freed)] == [TUESDAY]


def test_no_task_where_nobody_fits(unit, booked, coordinator):
    waiting("Lara Later", unit, earliest=MONDAY + timedelta(days=60))
    bookings.cancel(course=booked, reason=UNWELL, back_to_waiting=True, by=coordinator)
    assert not Task.objects.filter(kind=TaskKind.FREED).exists()


def test_the_queries_are_as_many_whoever_waits(unit, booked, coordinator, django_assert_num_queries):
    done = bookings.cancel(course=booked, reason=UNWELL, back_to_waiting=False, by=coordinator)
    write_bookings(unit, 200, MONDAY + timedelta(days=14))
    for number in (1, 30):
        for n in range(number):
            waiting(f"Child {number} {n}", unit)
        with django_assert_num_queries(10):
            assert matched(unit, done.freed)


class TestThePage:
    @pytest.fixture
    def signed_in(self, client, coordinator):
        client.force_login(coordinator)
        return client

    def test_after_a_cancellation_it_offers_the_place_to_who_fits(self, signed_in, unit, booked, coordinator):
        match = waiting("Rory Routine", unit)
        answers = {"reason": UNWELL, "then": "back", "confirmed": "yes", "seen": booked.version}
        page = signed_in.post(reverse("scheduling:cancel_course", args=[booked.pk]), answers, follow=True)
        assert names(page.context["matches"]) == ["Rory Routine"]
        check = f"{reverse('scheduling:check_slot', args=[match.pk])}?first_day_day={MONDAY.day}"
        assert check in page.content.decode()
        assert AccessEvent.objects.filter(page="scheduling:show_done", patient_id=match.patient_id).exists()

        bookings.book(course=match, visits=builders.visits(match, MONDAY), by=coordinator)
        again = signed_in.get(reverse("scheduling:show_done", args=[booked.pk]))
        assert again.context["matches"] == []

    def test_after_a_hold_is_released_too(self, signed_in, unit, coordinator):
        held = waiting("Hana Held", unit)
        waiting("Rory Routine", unit)
        holds.hold(course=held, visits=builders.visits(held, MONDAY), hours=48, by=coordinator)
        held.refresh_from_db()
        released = reverse("scheduling:release_hold", args=[held.pk])
        page = signed_in.post(released, {"seen": held.version}, follow=True)
        assert names(page.context["matches"]) == ["Rory Routine"]

    def test_after_a_booking_it_says_nothing_of_places(self, signed_in, unit, coordinator):
        course = waiting("Rory Routine", unit)
        waiting("Una Urgent", unit)
        answers = {**placement_fields(builders.visits(course, MONDAY)), "seen": course.version}
        page = signed_in.post(reverse("scheduling:check_slot", args=[course.pk]), answers, follow=True)
        assert page.context["matches"] == []
        assert "Who could come instead" not in page.content.decode()


class TestATaskThatNoLongerHolds:
    """It asks to ring somebody for a place that is nobody's chance any more."""

    @pytest.fixture
    def waits(self, unit):
        return waiting("Rory Routine", unit, target=MONDAY)

    @pytest.fixture
    def task(self, unit, booked, waits, coordinator):
        bookings.cancel(course=booked, reason=UNWELL, back_to_waiting=False, by=coordinator)
        return Task.objects.open().get(kind=TaskKind.FREED)

    def closed(self, task):
        task.refresh_from_db()
        return task.done_note

    def test_whoever_would_have_fitted_was_ended(self, task, waits, coordinator):
        reason = CancelReason.NOT_NEEDED
        bookings.cancel(course=waits, reason=reason, back_to_waiting=False, by=coordinator)
        assert self.closed(task) == "Nobody who waits fits there any more."

    def test_the_unit_is_closed_on_that_day(self, task, unit, lead):
        closure = Closure(unit=unit, first_day=TUESDAY, last_day=TUESDAY, reason="deep clean")
        setup.close_days(closure=closure, seen=[], by=lead)
        assert self.closed(task) == "Nobody who waits fits there any more."

    def test_the_family_cannot_do_that_day(self, task, waits, coordinator):
        agreements.save_agreed(course=waits, impossible_dates=[(MONDAY, TUESDAY)], by=coordinator)
        assert self.closed(task) == "Nobody who waits fits there any more."

    def test_the_day_has_passed(self, task):
        with time_machine.travel(timezone.now() + (TUESDAY - timezone.localdate()), tick=False):
            close_past()
        assert self.closed(task) == "Nobody who waits fits there any more."

    def test_it_stays_while_somebody_fits(self, task, unit, coordinator):
        other = waiting("Ola Other", unit, earliest=MONDAY + timedelta(days=60))
        reason = CancelReason.NOT_NEEDED
        bookings.cancel(course=other, reason=reason, back_to_waiting=False, by=coordinator)
        assert not close_past()
        assert self.closed(task) == ""
