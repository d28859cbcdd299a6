"""The version of a diary: whatever changes what the unit can carry raises it, and nothing lowers it."""

from datetime import time, timedelta

import pytest

from scheduling.booking import bookings
from scheduling.errors import Refused
from scheduling.models import Booking, CancelReason, Chair, Closure, Staffing, Unit
from scheduling.unit import setup, week_changes
from tests import builders

pytestmark = pytest.mark.django_db


def version(unit):
    return Unit.objects.values_list("diary_version", flat=True).get(pk=unit.pk)


@pytest.fixture
def unit():
    return builders.unit()


@pytest.fixture
def monday():
    return builders.next_monday(2)


def test_booking_moving_and_cancelling_raise_it(unit, monday, coordinator):
    course, versions = builders.course(at=unit), [version(unit)]
    bookings.book(course=course, visits=builders.visits(course, monday), by=coordinator)
    versions.append(version(unit))
    later = builders.visits(course, monday + timedelta(days=1))
    bookings.move(course=course, visits=later, reason=CancelReason.FAMILY_REQUEST, by=coordinator)
    versions.append(version(unit))
    bookings.cancel(course=course, reason=CancelReason.FAMILY_REQUEST, back_to_waiting=True, by=coordinator)
    versions.append(version(unit))
    assert versions == [0, 1, 2, 3]


def changes(unit, day, by):
    """Every action that changes what the unit can carry, as functions to call in this order."""
    staffing = {"unit": unit, "day": day, "nurses": 1, "note": "", "seen": (), "by": by}
    closure = Closure(unit=unit, first_day=day, last_day=day, reason="deep clean")
    hours = {0: (time(9), time(17), 2)}
    taken = builders.take(unit.chairs.first(), day, time(9), time(12))
    others = {"starts_at": taken.starts_at + timedelta(days=1), "ends_at": taken.ends_at + timedelta(days=1)}
    take = Booking(chair=taken.chair, taken_for="repair", **others)
    return {
        "nurse rule": lambda: setup.save_unit(unit=_with(unit, children_per_nurse=2), by=by),
        "chair": lambda: setup.save_chair(chair=Chair(unit=unit, name="Bed"), seen=(), by=by),
        "take": lambda: setup.take_chair(booking=take, by=by),
        "release": lambda: setup.release_chair(booking=taken, by=by),
        "staffing": lambda: setup.set_staffing(**staffing),
        "no staffing": lambda: setup.remove_staffing(staffing=Staffing.objects.get(), seen=(), by=by),
        "closure": lambda: setup.close_days(closure=closure, seen=(), by=by),
        "no closure": lambda: setup.remove_closure(closure=closure, by=by),
        "hours": lambda: week_changes.set_opening_hours(unit=unit, hours=hours, seen=(), by=by),
    }


def _with(unit, **fields):
    for name, value in fields.items():
        setattr(unit, name, value)
    return unit


def test_every_change_to_the_unit_raises_it(unit, monday, lead):
    for number, (name, change) in enumerate(changes(unit, monday, lead).items(), start=1):
        change()
        assert version(unit) == number, name


def test_a_refusal_leaves_it(unit, monday, coordinator):
    course = builders.course(at=unit)
    sunday = builders.visits(course, monday - timedelta(days=1))
    with pytest.raises(Refused):
        bookings.book(course=course, visits=sunday, by=coordinator)
    assert version(unit) == 0


def test_a_form_opened_before_does_not_lower_it(unit, monday, coordinator, lead):
    opened_before = Unit.objects.get(pk=unit.pk)
    course = builders.course(at=unit)
    bookings.book(course=course, visits=builders.visits(course, monday), by=coordinator)
    setup.save_unit(unit=_with(opened_before, phone="+441134960125"), by=lead)
    assert version(unit) == 2
