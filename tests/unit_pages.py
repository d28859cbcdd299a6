"""Reading and sending the pages that set up a unit."""

from django.urls import reverse

from patients.models import AuditEvent
from scheduling.unit import setup
from tests.reading import main_part


def page(client, name, /, *args, **query):
    """The text of a page's main part."""
    response = client.get(reverse(f"scheduling:{name}", args=args), query)
    assert response.status_code == 200
    return main_part(response)


def send(client, name, /, *args, **typed):
    return client.post(reverse(f"scheduling:{name}", args=args), typed)


def boxes(name, day):
    """A date as its three boxes send it."""
    return {f"{name}_day": day.day, f"{name}_month": day.month, f"{name}_year": day.year}


def errors(response):
    return {field: list(found) for field, found in response.context["form"].errors.items()}


def logged(action):
    return AuditEvent.objects.filter(action=action)


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
