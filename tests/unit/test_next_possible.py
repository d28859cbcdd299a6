"""The next possible days of many courses, in the cached diary, and why there are none."""

from datetime import timedelta

import pytest
from django.utils import timezone

from crmo_clinic.nhsuk.wording import short_date
from scheduling.booking.pauses import pause
from scheduling.models import Closure, Course, PauseReason
from scheduling.unit.course_requests import requests_for
from scheduling.unit.next_possible import next_possible
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def monday():
    return builders.next_monday(2)


def found_for(course):
    return next_possible(
        requests_for(Course.objects.filter(pk=course.pk).select_related("unit")), timezone.now()
    )[course]


def test_a_paused_course_is_looked_for_from_the_end_of_its_pause(monday, coordinator):
    course = builders.course(builders.patient(), builders.unit())
    assert found_for(course).visits[0].day < monday
    pause(course=course, until=monday, reason=PauseReason.AWAY, by=coordinator)
    assert [visit.day for visit in found_for(course).visits] == [monday, monday + timedelta(days=1)]
    Course.objects.update(latest=monday - timedelta(days=1))
    assert found_for(course).why_not == "The pause ends after the latest first day"


@pytest.mark.parametrize(
    ("fields", "why_not"),
    [
        ({}, "No room before {}"),
        ({"impossible_weekdays": [0, 1, 2, 3, 4]}, "No days that the family can do before {}"),
        ({"days": 1, "closed": True}, "No open day before {}"),
        ({"days": 2, "closed": True}, "No open days in a row before {}"),
    ],
)
def test_if_there_are_none_it_says_until_when_and_why(monday, coordinator, fields, why_not):
    unit, wednesday = builders.unit(chairs=1), monday + timedelta(days=2)
    if fields.pop("closed", False):
        Closure.objects.create(unit=unit, first_day=monday, last_day=wednesday, reason="training")
    else:
        builders.book(unit, monday, coordinator, name="Bea", days=3, minutes=360)
    course = builders.course(
        builders.patient(), unit, earliest=monday, latest=wednesday - timedelta(days=1), **fields
    )
    found = found_for(course)
    assert found.visits == ()
    assert found.why_not == why_not.format(short_date(wednesday))


def test_each_unit_is_asked_for_its_own_courses(monday):
    units = builders.unit(), builders.unit()
    Closure.objects.create(
        unit=units[1], first_day=timezone.localdate(), last_day=monday - timedelta(days=1), reason="moving"
    )
    for unit in units:
        builders.course(builders.patient(), unit)
    found = next_possible(requests_for(Course.objects.select_related("unit")), timezone.now())
    assert {course.unit: each.visits[0].day >= monday for course, each in found.items()} == {
        units[0]: False,
        units[1]: True,
    }
