"""A job that has rounds of its own beside the others of the worker."""

from threading import Event, current_thread

from django.db import OperationalError

from scheduling.management import beside as module
from scheduling.management.beside import beside


def test_it_goes_on_after_a_round_that_broke_down_and_ends_with_the_block(caplog):
    said, done, rounds = [], Event(), []

    def job(*, stopping):
        rounds.append((current_thread().name, stopping()))
        if len(rounds) == 1:
            raise ValueError("Bo Finch")
        done.set()
        return f"round {len(rounds)}"

    with beside(job, pause=0, say=said.append):
        assert done.wait(10)
    ended = len(rounds)
    assert said[0] == "round 2"
    assert rounds[:2] == [("job", False)] * 2
    assert "broke down: ValueError." in caplog.text
    assert "Bo Finch" not in caplog.text
    assert len(rounds) == ended


def test_a_connection_that_cannot_be_closed_does_not_end_it(monkeypatch, caplog):
    done, faults = Event(), [OperationalError("Bo Finch")]

    def close():
        if faults:
            raise faults.pop()

    def job(*, stopping):
        done.set()

    monkeypatch.setattr(module, "close_old_connections", close)
    with beside(job, pause=0, say=print):
        assert done.wait(10)
    assert "broke down: OperationalError." in caplog.text
