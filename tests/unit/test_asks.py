"""A visit's phases and the child's needs, from the unit's settings to what is booked."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from scheduling.booking import bookings
from scheduling.errors import SlotGone
from scheduling.models import Booking, Task, TaskKind, Unit
from scheduling.rules import Care, find_offers
from scheduling.unit import setup
from scheduling.unit.course_requests import request_for, requests_for
from scheduling.unit.diary_rows import load_diary, load_diary_and_visits
from scheduling.unit.misfits import misfits_of
from tests import builders

pytestmark = pytest.mark.django_db

CREAM = {"before_minutes": 45}
FLUSH = {"after_minutes": 15}


@pytest.fixture
def monday():
    return builders.next_monday(2)


def clock(moment) -> str:
    return f"{timezone.localtime(moment):%H:%M}"


def times(course) -> list[tuple[str, str, str, str]]:
    """Arrival, into the chair, out of it, over: for each day."""
    rows = [(s.starts_at, s.booking.starts_at, s.booking.ends_at, s.ends_at) for s in course.live_sessions]
    return [tuple(map(clock, row)) for row in rows]


@pytest.mark.parametrize(
    ("unit", "agreed", "expected"),
    [
        ({}, {}, ("09:00", "09:00", "13:00", "13:00")),
        (CREAM | FLUSH, {}, ("09:00", "09:45", "14:00", "14:00")),
        (CREAM | {"before_in_chair": True}, {}, ("09:00", "09:00", "13:45", "13:45")),
        (FLUSH | {"after_in_chair": False}, {}, ("09:00", "09:00", "13:00", "13:15")),
        # A first course takes as long as any other, unless the unit says otherwise.
        (CREAM, {"reason": "first"}, ("09:00", "09:45", "13:45", "13:45")),
        (CREAM | {"first_before_minutes": 60}, {"reason": "first"}, ("09:00", "10:00", "14:00", "14:00")),
        (CREAM | {"first_before_minutes": 60}, {}, ("09:00", "09:45", "13:45", "13:45")),
        (FLUSH | {"first_after_minutes": 45}, {"reason": "first"}, ("09:00", "09:00", "13:45", "13:45")),
        (FLUSH | {"first_after_minutes": 0}, {"reason": "first"}, ("09:00", "09:00", "13:00", "13:00")),
        (FLUSH | {"first_after_minutes": 45}, {}, ("09:00", "09:00", "13:15", "13:15")),
        ({"first_more_cannulation": 30}, {"reason": "first"}, ("09:00", "09:00", "13:30", "13:30")),
        ({"first_more_cannulation": 30}, {}, ("09:00", "09:00", "13:00", "13:00")),
        # What was agreed for one course goes before what the unit has, none at all included.
        (CREAM, {"before_minutes": 0}, ("09:00", "09:00", "13:00", "13:00")),
        (CREAM | FLUSH, {"after_minutes": 30, "more_cannulation": 15}, ("09:00", "09:45", "14:30", "14:30")),
    ],
)
def test_arrival_chair_and_end_of_a_visit(coordinator, unit, agreed, expected):
    at = builders.unit(**unit)
    course = builders.book(at, builders.next_monday(), coordinator, **agreed)

    assert times(course) == [expected, expected]
    # The length of the drip stays what was agreed: 4 hours with the cannulation.
    more = course.live_sessions[0].booked_phases.more_cannulation
    assert course.live_sessions[0].agreed_minutes == 240
    assert course.live_sessions[0].minutes - more >= 240


def test_the_diary_knows_the_phases_whichever_way_it_is_read(coordinator, django_assert_num_queries):
    at = builders.unit(**CREAM, **FLUSH)
    monday = builders.next_monday()
    builders.book(at, monday, coordinator)
    with django_assert_num_queries(5):
        diary = load_diary(at, monday, monday, timezone.now())
    shown, _ = load_diary_and_visits(at, monday, monday, timezone.now())

    assert diary.taken_on(monday) == shown.taken_on(monday)
    care = [(care.start, care.end, care.care) for care in diary.care_on(monday)]
    assert care == [(585, 615, Care.OWN), (615, 825, Care.SHARED), (825, 840, Care.SHARED)]


def test_what_the_unit_sets_later_moves_nothing_that_is_booked(coordinator):
    at = builders.unit(**CREAM)
    course = builders.book(at, builders.next_monday(), coordinator)
    before = times(course)
    at.refresh_from_db()
    at.before_minutes, at.after_minutes = 15, 60
    setup.save_unit(unit=at, by=coordinator)

    assert times(course) == before
    assert misfits_of(course, timezone.now()) == ()
    assert not Task.objects.open().filter(kind=TaskKind.MISFIT).exists()
    assert request_for(type(course).objects.get(pk=course.pk)).length == 240 + 15 + 60


def test_the_chair_is_another_childs_until_the_cream_has_worked(coordinator):
    """One chair: a visit from 8am to midday, and the next child comes at 11:15am."""
    at = builders.unit(chairs=1, **CREAM)
    monday = builders.next_monday()
    builders.book(at, monday, coordinator, start=8 * 60, before_minutes=0)
    late = builders.course(builders.patient("Ben Wren"), at)
    with pytest.raises(SlotGone, match="Chair 1 is taken"):
        bookings.book(course=late, visits=builders.visits(late, monday, start=11 * 60), by=coordinator)
    done = bookings.book(
        course=late, visits=builders.visits(late, monday, start=11 * 60 + 15), by=coordinator
    )

    assert times(done.course)[0] == ("11:15", "12:00", "16:00", "16:00")


def test_the_search_obeys_what_the_child_needs(coordinator, monday):
    at = builders.unit(chairs=3)
    at.chairs.filter(name="Chair 3").update(kinds=["bed", "cubicle"])
    course = builders.course(at=at, minutes=300)
    for need in (
        builders.need(at, "Isolation", chair_kind="cubicle"),
        builders.need(at, "Difficult veins", more_cannulation=15),
        builders.need(at, "Play", role="play specialist"),
        builders.need(at, "Rabbit", shown_to_families=True),
    ):
        need.patients.add(course.patient)
    for weekday in range(5):
        builders.role_shift(at, weekday=weekday, starts=time(10), ends=time(15))
    # On one date she comes later, in place of her weekly shift.
    builders.role_shift(at, day=monday, starts=time(12), ends=time(15))

    [request] = requests_for(type(course).objects.filter(pk=course.pk)).values()
    assert request.length == 315
    diary = load_diary(at, monday - timedelta(7), monday + timedelta(7), timezone.now())
    starts = {
        visit.day: (visit.start, diary.chair(visit.chair).name)
        for offer in find_offers(request, diary, 50)
        for visit in offer.placement.visits
        if offer.placement.first_day == monday
    }
    assert starts == {monday: (720, "Chair 3"), monday + timedelta(1): (720, "Chair 3")}


def test_without_any_need_or_phase_nothing_is_asked_of_the_database(coordinator, django_assert_num_queries):
    course = builders.book(builders.unit(), builders.next_monday(), coordinator)
    course = type(course).objects.select_related("unit", "patient").get(pk=course.pk)
    with django_assert_num_queries(3):
        request_for(course)
    assert [session.phases for session in course.live_sessions] == ["", ""]
    assert Booking.objects.count() == 2
    assert not Unit.objects.get().has_phases
