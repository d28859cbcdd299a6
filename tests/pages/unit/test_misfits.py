"""What no longer fits about one booked course, however far ahead it stands."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from scheduling.booking import bookings
from scheduling.models import CancelReason, Closure, Course
from scheduling.rules import Rule
from scheduling.unit.coming_weeks import count_misfits
from scheduling.unit.misfits import misfits_of
from tests import builders

pytestmark = pytest.mark.django_db

MONDAY, TUESDAY, WEDNESDAY = (date(2027, 3, day) for day in (8, 9, 10))
NEXT_YEAR = date(2028, 3, 6)


@pytest.fixture(autouse=True)
def first_of_march(time_machine):
    """It is 8am on Monday 1 March 2027."""
    time_machine.move_to("2027-03-01T08:00+00:00", tick=False)
    return time_machine


@pytest.fixture
def unit():
    return builders.unit()


def close(unit, first, last=None):
    Closure.objects.create(unit=unit, first_day=first, last_day=last or first, reason="deep clean")


def what_no_longer_fits(course):
    found = misfits_of(Course.objects.get(pk=course.pk), timezone.now())
    return [(objection.rule, objection.day) for objection in found]


def test_nothing_speaks_against_a_course_that_fits(coordinator, unit):
    assert what_no_longer_fits(builders.book(unit, MONDAY, coordinator)) == []


@pytest.mark.parametrize("first", [MONDAY, NEXT_YEAR])
def test_each_day_that_no_longer_fits_is_named_however_far_ahead(first, coordinator, unit):
    course = builders.book(unit, first, coordinator)
    second = first + timedelta(days=1)
    close(unit, first, second)
    assert what_no_longer_fits(course) == [(Rule.OPEN_DAY, first), (Rule.OPEN_DAY, second)]


def test_what_was_agreed_since_speaks_against_a_course_too(coordinator, unit):
    course = builders.book(unit, MONDAY, coordinator)
    Course.objects.filter(pk=course.pk).update(earliest=TUESDAY)
    assert what_no_longer_fits(course) == [(Rule.EARLIEST_DATE, None)]


def test_another_visit_of_the_child_on_the_day_speaks_against_a_course(coordinator, unit):
    course, other = builders.book(unit, MONDAY, coordinator), builders.unit()
    again = builders.book(other, WEDNESDAY, coordinator)
    Course.objects.filter(pk=again.pk).update(patient=course.patient)
    again.sessions.filter(number=1).update(day=TUESDAY)
    assert (Rule.OTHER_VISIT, TUESDAY) in what_no_longer_fits(course)


def test_a_visit_that_is_over_or_has_begun_is_no_misfit_for_being_past(first_of_march, coordinator, unit):
    course = builders.book(unit, MONDAY, coordinator)
    first_of_march.move_to("2027-03-09T11:00+00:00", tick=False)
    assert what_no_longer_fits(course) == []
    close(unit, MONDAY, TUESDAY)
    assert what_no_longer_fits(course) == [(Rule.OPEN_DAY, TUESDAY)]
    Course.objects.filter(pk=course.pk).update(earliest=WEDNESDAY)
    first_of_march.move_to("2027-03-10T11:00+00:00", tick=False)
    assert what_no_longer_fits(course) == []


def test_a_course_that_is_not_booked_is_no_misfit(coordinator, unit):
    course = builders.book(unit, MONDAY, coordinator)
    close(unit, MONDAY, TUESDAY)
    waits = bookings.cancel(
        course=course, reason=CancelReason.HOSPITAL_OTHER, back_to_waiting=True, by=coordinator
    ).course
    assert what_no_longer_fits(waits) == []


def test_a_course_and_its_unit_agree_on_what_no_longer_fits(coordinator, unit):
    course = builders.book(unit, MONDAY, coordinator)
    builders.book(unit, WEDNESDAY, coordinator)
    close(unit, TUESDAY)
    assert count_misfits(unit, timezone.now()) == 1
    assert what_no_longer_fits(course)


def test_the_queries_are_few(coordinator, unit, django_assert_max_num_queries):
    courses = Course.objects.select_related("unit").prefetch_related("sessions__booking")
    course = courses.get(pk=builders.book(unit, MONDAY, coordinator).pk)
    builders.book(unit, MONDAY, coordinator, chair=unit.chairs.last())
    with django_assert_max_num_queries(9):
        misfits_of(course, timezone.now())
    with django_assert_max_num_queries(10):
        count_misfits(unit, timezone.now())
