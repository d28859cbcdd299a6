"""A unit with one booked course, and a system that may read all of it."""

import pytest
from django.core.cache import cache

from scheduling.booking import bookings
from tests import builders
from tests.builders.other_systems import other_system
from tests.fhir.reading_system import ReadingSystem

BASE = "http://testserver/fhir/R4"


@pytest.fixture(autouse=True)
def nobody_asked_before():
    cache.clear()


@pytest.fixture
def unit(db):
    return builders.unit(chairs=3, nurses=9)


@pytest.fixture
def child(unit):
    return builders.patient("Zebedee Quillfeather", known_as="Zebby", sex="male", language="Urdu")


@pytest.fixture
def course(unit, child, coordinator):
    """Booked, so its invites wait to be sent."""
    builders.contact(child, "Marigold Quillfeather")
    course = builders.course(child, unit)
    bookings.book(course=course, visits=builders.visits(course, builders.next_monday(2)), by=coordinator)
    return course


@pytest.fixture
def let_in(client, lead):
    """Makes a system that may read; it has discovered where, and not signed in."""

    def make(*units, **rights):
        made = other_system(*units, by=lead, **rights)
        system = ReadingSystem(client, BASE, made.system.client_id, made.secret)
        system.row = made.system
        system.discover()
        return system

    return make


@pytest.fixture
def system(let_in, unit):
    return let_in(unit).sign_in()
