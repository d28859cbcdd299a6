"""The diaries of several units at once: each as it would be read alone, in as many statements as one."""

from datetime import time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from scheduling.booking import bookings, holds
from scheduling.models import Closure, Staffing, Unit
from scheduling.unit.diary_rows import load_diaries, load_diary
from tests import builders

pytestmark = pytest.mark.django_db


def of_everything(by, monday):
    """A unit with a booked course, two held ones, a closure, other nurses, a chair taken."""
    unit, now = builders.unit(chairs=3), timezone.now()
    courses = [builders.course(builders.patient(), unit) for _ in range(3)]
    chairs = list(unit.chairs.all())
    for number, course in enumerate(courses):
        visits = builders.visits(course, monday, chair=chairs[number])
        if number:
            holds.hold(course=course, visits=visits, until=now + timedelta(hours=2 * number), by=by)
        else:
            bookings.book(course=course, visits=visits, by=by)
    Closure.objects.create(
        unit=unit, first_day=monday + timedelta(days=3), last_day=monday + timedelta(days=3), reason="x"
    )
    Staffing.objects.create(unit=unit, day=monday + timedelta(days=4), nurses=1)
    builders.take(chairs[0], monday + timedelta(days=2), time(9), time(10))
    return unit


def test_each_is_as_it_would_be_read_alone(coordinator):
    monday = builders.next_monday(2)
    for _ in range(3):
        of_everything(coordinator, monday)
    units = list(Unit.objects.prefetch_related("chairs", "opening_hours"))
    # One of the two holds of each is over by then.
    now, last = timezone.now() + timedelta(hours=3), monday + timedelta(days=6)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        found = load_diaries(units, monday, last, now)
    assert len(asked) == 3
    for unit in units:
        alone = load_diary(unit, monday, last, now)
        assert found[unit.pk].left_out == alone.left_out and len(alone.left_out) == 1
        for day in (monday + timedelta(days=n) for n in range(7)):
            assert found[unit.pk].calendar.hours_on(day) == alone.calendar.hours_on(day)
            assert sorted(found[unit.pk].taken_on(day), key=repr) == sorted(alone.taken_on(day), key=repr)
        assert not alone.calendar.is_open(monday + timedelta(days=3))
        assert {len(alone.taken_on(monday + timedelta(days=n))) for n in (0, 2)} == {2, 1}
