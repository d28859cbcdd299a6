"""What one worker does for all is done by one, goes on where it stopped, and waits for none that is gone."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from scheduling.models import Turn, Unit
from scheduling.telling import queue_reminders
from scheduling.telling.queue_reminders import TURN, Queued, queue_in_turn
from scheduling.watch import pulse, turns
from tests.builders import units

pytestmark = pytest.mark.django_db

NOW = timezone.make_aware(datetime(2027, 6, 8, 9, 20))
SECOND = timedelta(seconds=1)


def test_of_two_that_come_at_once_one_has_the_turn_until_it_is_over():
    assert turns.take("work", now=NOW, lasts=TURN)
    assert turns.take("work", now=NOW, lasts=TURN) is None
    assert turns.take("other work", now=NOW, lasts=TURN)
    assert turns.take("work", now=NOW + TURN - SECOND, lasts=TURN) is None
    assert turns.take("work", now=NOW + TURN, lasts=TURN)


def test_a_turn_that_another_took_since_it_was_read_is_not_ours(monkeypatch):
    turns.take("work", now=NOW - TURN, lasts=TURN)
    read = Turn.objects.get()
    assert turns.take("work", now=NOW, lasts=SECOND)
    monkeypatch.setattr(type(Turn.objects), "get_or_create", lambda *args, **kwargs: (read, False))
    # Its time has come again, but not for what was read before.
    assert turns.take("work", now=NOW + TURN, lasts=TURN) is None


@pytest.fixture
def looked_at(monkeypatch):
    """The units of each look for notices."""
    looks = []

    def look(of=None, **options):
        looks.append([unit.pk for unit in Unit.objects.all() if of is None or unit in of])
        return Queued()

    monkeypatch.setattr(queue_reminders, "queue_notices", look)
    monkeypatch.setattr(queue_reminders, "UNITS_IN_A_TURN", 2)
    return looks


def test_very_many_units_are_looked_at_in_turn_by_whichever_worker(looked_at, monkeypatch):
    keys = [units.unit(chairs=0).pk for _ in range(5)]
    with time_machine.travel(NOW, tick=False) as clock:
        for worker in "abba":
            monkeypatch.setattr(pulse, "own_name", lambda worker=worker: worker)
            queue_in_turn()
            queue_in_turn()
            clock.shift(TURN)
    assert looked_at == [keys[:2], keys[2:4], keys[4:], keys[:2]]


def test_who_works_once_looks_at_all(looked_at):
    keys = [units.unit(chairs=0).pk for _ in range(3)]
    queue_in_turn()
    queue_in_turn()
    assert looked_at == [keys, keys]
