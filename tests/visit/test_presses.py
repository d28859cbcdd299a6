"""What is recorded on the day: each press, its way back, and the child who was not brought."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from patients.models import AuditEvent
from scheduling.booking import bookings, holds, lost_days
from scheduling.errors import ChangedMeanwhile, MoveNotAllowed, Refused
from scheduling.models import Booking, CancelReason, Course, LostBecause, Session, Task, TaskKind, Unit
from scheduling.rules import Visit
from scheduling.states import CourseStatus, SessionStatus
from scheduling.visit import presses
from tests import builders

pytestmark = pytest.mark.django_db

TUESDAY = date(2027, 1, 12)
WEDNESDAY = TUESDAY + timedelta(days=1)
BOOKED, ARRIVED, STARTED, GIVEN = (
    SessionStatus.BOOKED,
    SessionStatus.ARRIVED,
    SessionStatus.STARTED,
    SessionStatus.FULFILLED,
)


@pytest.fixture(autouse=True)
def clock():
    """Nine on Tuesday, when the child is due."""
    with time_machine.travel(datetime(2027, 1, 12, 9, tzinfo=ZoneInfo("Europe/London")), tick=False) as found:
        yield found


@pytest.fixture
def unit(db):
    return builders.unit()


@pytest.fixture
def course(unit):
    return builders.begun_course(unit, TUESDAY)


@pytest.fixture
def session(course):
    return course.live_sessions[0]


def press(session, *statuses, by, **more):
    for status in statuses:
        session = presses.press(session=session, status=status, by=by, **more)
    return session


def miss(session, by, because=LostBecause.UNWELL):
    return presses.not_brought(session=session, because=because, by=by)


def logged(session):
    events = AuditEvent.objects.filter(record="session", record_id=session.pk)
    return [(event.action, event.actor_name) for event in events.order_by("pk")]


def open_tasks(session):
    return set(Task.objects.open().filter(session=session).values_list("kind", flat=True))


def test_each_press_says_when_and_who(session, nurse, clock):
    moments = []
    for status in (ARRIVED, STARTED, GIVEN):
        clock.shift(timedelta(minutes=20))
        session = press(session, status, by=nurse)
        moments.append(timezone.now())
    session.refresh_from_db()
    assert session.status == GIVEN
    assert [session.arrived_at, session.started_at, session.finished_at] == moments
    acts = ("session.arrived", "session.started", "session.finished")
    assert logged(session) == [(act, nurse.name) for act in acts]


def test_the_last_day_given_completes_the_course(course, nurse, clock):
    for session in course.live_sessions:
        clock.move_to(session.starts_at)
        assert course.status == CourseStatus.BOOKED
        press(session, ARRIVED, STARTED, GIVEN, by=nurse)
        course.refresh_from_db()
    assert course.status == CourseStatus.COMPLETED


@pytest.mark.parametrize(
    ("so_far", "wanted"),
    [
        ((), STARTED),
        ((), GIVEN),
        ((ARRIVED,), GIVEN),
        ((ARRIVED, STARTED), ARRIVED),
        ((ARRIVED, STARTED, GIVEN), STARTED),
    ],
)
def test_a_press_neither_skips_nor_goes_back(session, nurse, so_far, wanted):
    before = press(session, *so_far, by=nurse) if so_far else session
    with pytest.raises(MoveNotAllowed):
        press(session, wanted, by=nurse)
    session.refresh_from_db()
    assert (session.status, session.started_at) == (before.status, before.started_at)


def test_a_press_on_what_a_colleague_has_pressed_does_nothing(session, nurse, coordinator):
    press(session, ARRIVED, by=coordinator, seen=BOOKED)
    with pytest.raises(ChangedMeanwhile):
        press(session, ARRIVED, by=nurse, seen=BOOKED)
    assert logged(session) == [("session.arrived", coordinator.name)]


@pytest.mark.parametrize("act", ["press", "miss"])
def test_nothing_is_recorded_for_another_day(course, nurse, act):
    tomorrow = course.live_sessions[1]
    with pytest.raises(Refused, match="Wednesday 13 January 2027"):
        miss(tomorrow, nurse) if act == "miss" else press(tomorrow, ARRIVED, by=nurse)
    assert logged(tomorrow) == []


def test_every_act_locks_the_unit_like_a_booking(unit, session, nurse):
    for act in (
        lambda: press(session, ARRIVED, by=nurse),
        lambda: presses.undo(session=session, by=nurse),
        lambda: miss(session, nurse),
    ):
        before = Unit.objects.get(pk=unit.pk).diary_version
        act()
        assert Unit.objects.get(pk=unit.pk).diary_version == before + 1


def test_every_press_can_be_taken_back_for_ten_minutes(session, nurse, clock):
    for number, status in enumerate((ARRIVED, STARTED, GIVEN)):
        clock.shift(timedelta(minutes=30))
        before = Session.objects.values().get(pk=session.pk)
        session = press(session, status, by=nurse)
        clock.shift(timedelta(minutes=10))
        presses.undo(session=session, by=nurse, seen=status)
        assert Session.objects.values().get(pk=session.pk) == before
        assert logged(session)[-1][0] == "session.taken_back"
        session = press(session, status, by=nurse)
        clock.shift(timedelta(minutes=10, seconds=1))
        with pytest.raises(Refused, match="More than 10 minutes"):
            presses.undo(session=session, by=nurse)
        assert len(logged(session)) == 3 * (number + 1)


def test_to_take_back_the_last_finish_opens_the_course_again(course, nurse, clock):
    for session in course.live_sessions:
        clock.move_to(session.starts_at)
        press(session, ARRIVED, STARTED, GIVEN, by=nurse)
    presses.undo(session=session, by=nurse)
    course.refresh_from_db()
    assert course.status == CourseStatus.BOOKED
    press(session, GIVEN, by=nurse)
    course.refresh_from_db()
    assert course.status == CourseStatus.COMPLETED


def test_what_nobody_pressed_cannot_be_taken_back(session, nurse):
    with pytest.raises(ChangedMeanwhile):
        presses.undo(session=session, by=nurse)
    press(session, ARRIVED, by=nurse)
    with pytest.raises(ChangedMeanwhile):
        presses.undo(session=session, by=nurse, seen=STARTED)


class TestNotBrought:
    def test_the_chair_is_free_and_two_tasks_are_open(self, course, session, nurse):
        miss(session, nurse)
        session.refresh_from_db()
        assert (session.status, session.lost_because) == (SessionStatus.NOT_BROUGHT, "unwell")
        assert not Booking.objects.filter(session=session).exists()
        assert open_tasks(session) == {TaskKind.NOT_BROUGHT, TaskKind.DAY_LOST}
        assert set(Task.objects.values_list("due_on", flat=True)) == {TUESDAY}
        course.refresh_from_db()
        assert course.status == CourseStatus.BOOKED

    def test_a_course_of_which_it_was_the_last_day_waits_for_a_decision(self, course, nurse, clock):
        first, second = course.live_sessions
        press(first, ARRIVED, STARTED, GIVEN, by=nurse)
        clock.move_to(second.starts_at)
        miss(second, nurse)
        course.refresh_from_db()
        assert course.status == CourseStatus.BOOKED

    @pytest.mark.parametrize("status", ["arrived", "cancelled", "not_given", "noshow"])
    def test_only_who_has_not_come_yet_is_missed(self, session, nurse, status):
        Session.objects.filter(pk=session.pk).update(status=status, arrived_at=timezone.now())
        with pytest.raises(MoveNotAllowed):
            miss(session, nurse)
        assert not Task.objects.exists()

    def test_a_child_who_came_after_all_gets_the_chair_back(self, session, nurse):
        before = Booking.objects.values("chair", "starts_at", "ends_at").get(session=session)
        missed = miss(session, nurse)
        assert missed.lost_chair_id == before["chair"]
        presses.undo(session=missed, by=nurse)
        session.refresh_from_db()
        assert (session.status, session.missed_at, session.lost_because) == (BOOKED, None, "")
        assert session.lost_chair is None
        assert Booking.objects.values("chair", "starts_at", "ends_at").get(session=session) == before
        assert open_tasks(session) == set()

    def test_unless_somebody_else_has_it(self, session, nurse):
        booking = session.booking
        miss(session, nurse)
        Booking.objects.create(
            chair=booking.chair, starts_at=booking.starts_at, ends_at=booking.ends_at, taken_for="scan"
        )
        with pytest.raises(Refused, match="Chair 1 is taken"):
            presses.undo(session=session, by=nurse)
        assert open_tasks(session) == {TaskKind.NOT_BROUGHT, TaskKind.DAY_LOST}

    def test_a_hold_that_lapsed_has_it_no_longer(self, session, unit, nurse, clock):
        clock.move_to(session.starts_at - timedelta(hours=1))
        miss(session, nurse)
        other = builders.course(builders.patient("Ben Rook"), unit)
        today, tomorrow = builders.visits(other, TUESDAY)
        tomorrow = replace(tomorrow, chair=unit.chairs.last().pk)
        holds.hold(course=other, visits=[today, tomorrow], hours=48, by=nurse)
        Course.objects.filter(pk=other.pk).update(held_until=timezone.now())
        presses.undo(session=session, by=nurse)
        assert Booking.objects.filter(session=session).exists()

    def test_nobody_comes_back_to_a_course_that_went_on_without_the_day(self, course, session, nurse):
        miss(session, nurse)
        approval = lost_days.Approval(LostBecause.UNWELL, "a fever", "Dr Wren")
        visit = Visit(WEDNESDAY + timedelta(days=1), course.unit.chairs.first().pk, 9 * 60, 240)
        lost_days.another_day(session=course.live_sessions[0], visit=visit, approval=approval, by=nurse)
        first = Visit(WEDNESDAY, visit.chair, 9 * 60, 240)
        lost_days.another_day(session=session, visit=first, approval=approval, by=nurse)
        with pytest.raises(Refused, match="decided already"):
            presses.undo(session=session, by=nurse)

    def test_nor_to_one_that_was_cancelled(self, course, session, nurse):
        miss(session, nurse)
        why = CancelReason.FAMILY_UNWELL
        bookings.cancel(course=course, reason=why, back_to_waiting=True, by=nurse)
        with pytest.raises(Refused, match="decided already"):
            presses.undo(session=session, by=nurse)
        session.refresh_from_db()
        assert session.status == SessionStatus.NOT_BROUGHT
