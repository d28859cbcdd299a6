"""A pause on the waiting list: its clock, its end, and where a paused course is not looked for."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError
from django.utils import timezone

from patients.models import AuditEvent
from scheduling.booking import bookings, holds
from scheduling.booking.pauses import end_pause, pause
from scheduling.errors import ChangedMeanwhile, Refused
from scheduling.models import CancelReason, Course, PauseReason, Task, TaskKind
from scheduling.rules import Visit
from scheduling.unit.matches import find_matches
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def course():
    return builders.course(builders.patient("Ann"), builders.unit())


def in_days(days):
    return timezone.localdate() + timedelta(days=days)


def acts(course):
    found = AuditEvent.objects.filter(record="course", record_id=course.pk).order_by("pk")
    return [event.action for event in found]


def paused(course, coordinator, days=14, reason=PauseReason.AWAY, **more):
    return pause(course=course, until=in_days(days), reason=reason, by=coordinator, **more)


@pytest.mark.parametrize(
    ("passed", "is_paused", "days"), [(0, True, 0), (13, True, 13), (14, False, 14), (20, False, 14)]
)
def test_a_pause_ends_by_itself_on_its_day_and_its_days_are_counted(
    course, coordinator, passed, is_paused, days
):
    course = paused(course, coordinator)
    assert course.is_paused(in_days(passed)) is is_paused
    assert course.days_paused(in_days(passed)) == days
    assert Course.objects.paused(in_days(passed)).exists() is is_paused
    assert Course.objects.not_paused(in_days(passed)).exists() is not is_paused


def test_at_midnight_in_london_the_day_has_come(course, coordinator):
    """In summer that is 11pm in UTC."""
    Course.objects.update(paused_on=date(2027, 6, 1), paused_until=date(2027, 6, 15), pause_reason="away")
    course.refresh_from_db()
    for hour, minute, is_paused in ((22, 59, True), (23, 0, False)):
        with time_machine.travel(datetime(2027, 6, 14, hour, minute, tzinfo=UTC), tick=False):
            assert course.is_paused(timezone.localdate()) is is_paused


def test_several_pauses_add_up_and_one_that_is_changed_goes_on(course, coordinator):
    now = timezone.now()
    paused(course, coordinator, 10)
    with time_machine.travel(now + timedelta(days=5), tick=False):
        paused(course, coordinator, 20, reason=PauseReason.UNWELL)
    with time_machine.travel(now + timedelta(days=8), tick=False):
        assert end_pause(course=course, by=coordinator).days_paused(timezone.localdate()) == 8
    with time_machine.travel(now + timedelta(days=30), tick=False):
        again = paused(course, coordinator, 7)
        assert again.days_paused(in_days(3)) == 11
        assert again.days_paused(in_days(9)) == 15
    assert acts(course) == ["course.paused", "course.paused", "course.pause_ended", "course.paused"]


def test_twice_the_same_is_done_once(course, coordinator):
    seen = course.pause_version
    for _ in range(2):
        paused(course, coordinator, seen=seen)
    for _ in range(2):
        end_pause(course=course, by=coordinator)
    assert acts(course) == ["course.paused", "course.pause_ended"]


def test_a_pause_that_a_colleague_changed_is_not_changed_unseen(course, coordinator, nurse):
    seen = course.pause_version
    pause(course=course, until=in_days(3), reason=PauseReason.FAMILY, by=nurse)
    with pytest.raises(ChangedMeanwhile, match="Nia Nurse paused this course"):
        paused(course, coordinator, seen=seen)


@pytest.mark.parametrize("days", [-1, 0])
def test_its_end_must_be_to_come(course, coordinator, days):
    with pytest.raises(Refused, match="must be to come"):
        paused(course, coordinator, days)


def test_booking_ends_it_and_holding_does_not(course, coordinator):
    monday = builders.next_monday(2)
    paused(course, coordinator, 60)
    visits = builders.visits(course, monday)
    assert holds.hold(course=course, visits=visits, hours=4, by=coordinator).course.is_paused(in_days(0))
    booked = bookings.book(course=course, visits=visits, by=coordinator).course
    assert not booked.is_paused(in_days(0))
    assert acts(course)[-2:] == ["course.booked", "course.pause_ended"]
    with pytest.raises(ChangedMeanwhile):
        paused(course, coordinator)


def test_it_is_not_offered_a_freed_place_before_its_pause_is_over(course, coordinator):
    monday = builders.next_monday(4)
    freed = [Visit(monday, course.unit.chairs.first().pk, 540, 240)]
    now = timezone.now()
    assert find_matches(course.unit, freed, now)
    paused(course, coordinator, 5)
    for days, found in ((0, 0), (4, 0), (5, 1)):
        assert len(find_matches(course.unit, freed, now + timedelta(days=days))) == found


def test_a_task_about_a_place_that_only_it_could_have_is_closed(course, coordinator):
    left = builders.book(course.unit, builders.next_monday(2), coordinator, name="Bea")
    bookings.cancel(course=left, reason=CancelReason.FAMILY_UNWELL, back_to_waiting=False, by=coordinator)
    assert Task.objects.open().filter(kind=TaskKind.FREED).count() == 1
    paused(course, coordinator)
    assert not Task.objects.open().filter(kind=TaskKind.FREED).exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"paused_on": date(2027, 1, 2), "paused_until": date(2027, 1, 1), "pause_reason": "away"},
        {"paused_on": date(2027, 1, 2), "pause_reason": "away"},
        {"paused_on": date(2027, 1, 2), "paused_until": date(2027, 1, 3), "pause_reason": ""},
        {"pause_reason": "away"},
    ],
)
def test_the_database_refuses_half_a_pause(course, fields):
    with pytest.raises(IntegrityError):
        Course.objects.filter(pk=course.pk).update(**fields)
