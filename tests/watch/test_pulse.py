"""A worker whose work stands still has no heartbeat either; one without its database beats again later."""

from threading import Event
from time import monotonic

import pytest
from django.db import OperationalError
from django.utils import timezone

from scheduling.watch import pulse


@pytest.fixture
def beats(monkeypatch):
    """Each try to beat; the thread is played by the test, and its connection is kept."""
    made = []
    monkeypatch.setattr(pulse, "beat", lambda name, started_at: made.append(name))
    monkeypatch.setattr(pulse, "connection", Closed())
    monkeypatch.setattr(pulse._Process, "name", "us")
    monkeypatch.setattr(pulse._Process, "moved_on", monotonic())
    return made


class Closed:
    def close(self) -> None:
        pass


def one_round() -> None:
    ended = Event()
    ended.set()
    pulse._beat_until(ended, timezone.now())


def test_it_beats_while_the_work_goes_on_and_not_once_it_hangs(beats, monkeypatch):
    one_round()
    assert beats == ["us"]
    monkeypatch.setattr(pulse._Process, "moved_on", monotonic() - pulse.LONGEST_STANDSTILL - 1)
    one_round()
    assert beats == ["us"]
    pulse.move_on()
    one_round()
    assert beats == ["us", "us"]


def test_a_database_that_is_down_ends_no_heartbeat(beats, monkeypatch, caplog):
    def down(name, started_at):
        raise OperationalError("db.trust.test refused")

    monkeypatch.setattr(pulse, "beat", down)
    one_round()
    assert "could not be written: OperationalError." in caplog.text
    assert "db.trust.test" not in caplog.text
