"""Reading and sending the pages that set up a unit."""

from django.urls import reverse

from patients.models import AuditEvent
from scheduling.booking import bookings
from scheduling.unit import setup
from tests import builders


def page(client, name, /, *args, **query):
    """The text of a page's main part."""
    response = client.get(reverse(f"scheduling:{name}", args=args), query)
    assert response.status_code == 200
    return main_part(response)


def main_part(response):
    return response.content.decode().split("<main")[1]


def send(client, name, /, *args, **typed):
    return client.post(reverse(f"scheduling:{name}", args=args), typed)


def boxes(name, day):
    """A date as its three boxes send it."""
    return {f"{name}_day": day.day, f"{name}_month": day.month, f"{name}_year": day.year}


def errors(response):
    return {field: list(found) for field, found in response.context["form"].errors.items()}


def logged(action):
    return AuditEvent.objects.filter(action=action)


def book(unit, first_day, by, *, name="Ada Lark", chair=None, start=9 * 60, **fields):
    """A course of two days of four hours, booked."""
    course = builders.course(builders.patient(name), unit, **fields)
    visits = builders.visits(course, first_day, start=start, chair=chair)
    return bookings.book(course=course, visits=visits, by=by).course


def meanwhile(monkeypatch, act):
    """A colleague does something in the moment before the unit's lock is granted.

    Here both share a transaction: if our action is refused, what the colleague did is gone as well.
    """
    lock = setup.lock_unit

    def act_then_lock(unit_id):
        monkeypatch.setattr(setup, "lock_unit", lock)
        act()
        lock(unit_id)

    monkeypatch.setattr(setup, "lock_unit", act_then_lock)
