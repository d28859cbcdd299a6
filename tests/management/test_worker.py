"""The worker command, and several workers at once as processes on a database of their own."""

import os
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from io import StringIO
from time import monotonic, sleep

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from scheduling.management.commands import worker
from tests import clock
from tests.builders.messages import LONG_AGO, NOW, a_message, queue_pairs
from tests.clerk import Clerk
from tests.fakes.smtp import STALL, MailServer
from tests.processes import ROOT, database_of_its_own, environment, sql


@pytest.fixture(autouse=True)
def mail_folder(settings, tmp_path):
    settings.MAIL_DIR = tmp_path / "mail"
    return settings.MAIL_DIR


@pytest.fixture
def refreshed(monkeypatch) -> list[str]:
    """A test's transaction must keep its connection, so that refreshing it is only noted here."""
    times = []
    monkeypatch.setattr(worker, "close_old_connections", lambda: times.append("refreshed"))
    # So is its heartbeat, and what has rounds of its own: both have a connection of their own.
    monkeypatch.setattr(worker.pulse, "beating", nullcontext)
    monkeypatch.setattr(worker, "beside", lambda *_, **__: nullcontext())
    return times


def run(**options) -> str:
    screen = StringIO()
    call_command("worker", stdout=screen, **options)
    lines = screen.getvalue().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("The logs end with: "))


def test_once_it_does_what_is_due_and_says_what(db, mail_folder):
    a_message(next_attempt_at=LONG_AGO)
    a_message(next_attempt_at=NOW)

    holds = "Holds: 0 holds lapsed.\nOffers: 0 offers without an answer passed on.\n"
    holds += "Free places: 0 tasks closed.\n"
    holds += "Nobody to write to: 0 tasks opened, 0 closed.\n"
    holds += "Visits not recorded: 0 tasks opened.\n"
    holds += "Notices: 0 queued, 0 held back.\n"
    inbox = "Mails that wait: 0 tasks opened.\nTexts for families: 0 tasks opened, 0 closed.\n"
    inbox += "Inbox: 0 taken, 0 left for later.\nSpreadsheets: 0 files forgotten.\n"
    inbox += "Merges: 0 merges can no longer be undone.\n"
    inbox += "Undo: 0 acts forgotten.\n"
    inbox += "Old mails: 0 mails packed, 0 kB saved.\n"
    assert run(once=True) == f"{holds}Mails: 1 sent, 0 to be tried again, 0 failed, 0 withheld.\n{inbox}"
    assert run(once=True) == f"{holds}Mails: 0 sent, 0 to be tried again, 0 failed, 0 withheld.\n{inbox}"
    assert len(list(mail_folder.iterdir())) == 1


def test_sessions_that_ended_are_deleted_and_the_others_stay(db, refreshed):
    for key, hours in (("ended", -1), ("goes-on", 1)):
        ends = timezone.now() + timedelta(hours=hours)
        Session.objects.create(session_key=key, session_data="", expire_date=ends)
    run(once=True)
    assert list(Session.objects.values_list("session_key", flat=True)) == ["goes-on"]
    assert worker.SELDOM[worker.forget_ended_sessions] == 24 * 3600


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_that_it_started_and_what_it_did_and_ends_when_told(db, monkeypatch, refreshed, number):
    a_message(next_attempt_at=LONG_AGO)
    rounds = []

    def then_told_to_end(*, stopping):
        rounds.append(stopping())
        if len(rounds) == 2:
            os.kill(os.getpid(), number)

    monkeypatch.setattr(worker, "JOBS", (*worker.JOBS, then_told_to_end))
    handler = signal.getsignal(number)
    assert run(pause=1).splitlines() == [
        "The worker has started; it rests 1 s between two rounds.",
        "Mails: 1 sent, 0 to be tried again, 0 failed, 0 withheld.",
    ]
    assert rounds == [False, False]
    assert len(refreshed) == 3
    assert signal.getsignal(number) == handler


def test_a_job_that_breaks_down_stops_neither_the_others_nor_the_next_round(
    db, monkeypatch, refreshed, caplog
):
    called = []

    def breaks_down(*, stopping):
        called.append("breaks down")
        raise ValueError("Child 1")

    def other(*, stopping):
        called.append("other")
        if len(called) == 4:
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(worker, "JOBS", (breaks_down, other))
    run(pause=1)
    assert called == ["breaks down", "other"] * 2
    assert "A job of the worker broke down: ValueError." in caplog.text
    assert "Child 1" not in caplog.text


def test_started_while_the_database_is_down_it_waits_and_says_so_once(db, monkeypatch, refreshed, caplog):
    tries = []

    def comes_up():
        tries.append("asked")
        if len(tries) < 3:
            raise OperationalError("could not connect to db.trust.test")

    def then_told_to_end(*, stopping):
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(worker, "open_missing_tasks", comes_up)
    monkeypatch.setattr(worker, "JOBS", (then_told_to_end,))
    monkeypatch.setattr(worker.Command, "_rest", lambda self, seconds: None)
    run(pause=1)
    assert len(tries) == 3
    assert [record.message for record in caplog.records] == [
        "The worker waits for the database: OperationalError."
    ]


def test_it_does_not_run_without_a_pause(db):
    with pytest.raises(CommandError, match="at least 1 second"):
        run(pause=0)


# Processes


@pytest.fixture
def database(tmp_path) -> Iterator[str]:
    with database_of_its_own(tmp_path) as address:
        yield address


def start_worker(database: str, server: MailServer, *arguments: str, **more: str) -> subprocess.Popen:
    return subprocess.Popen(
        clock.python("manage.py", "worker", *arguments),
        cwd=ROOT,
        env=environment(database, EMAIL_URL=f"smtp://127.0.0.1:{server.port}", **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def fill(database: str, *, sessions: int) -> list[str]:
    """Two mails a session, a cancellation and the invite that calls it back, due at once, and an invite that
    was sent before; the Message-IDs of the two in order."""
    with Clerk(database) as clerk:
        return clerk.ask(queue_pairs, sessions=sessions)


def statuses(database: str) -> Counter:
    return Counter(status for (status,) in sql(database, "SELECT status FROM scheduling_message"))


@pytest.mark.processes
def test_three_workers_at_once_send_each_mail_once(database):
    queued = fill(database, sessions=20)
    with MailServer(together=3) as server:
        workers = [start_worker(database, server, "--once") for _ in range(3)]
        ends = [(*each.communicate(timeout=120), each.returncode) for each in workers]

    assert [(error, code) for _, error, code in ends] == [("", 0)] * 3
    assert not any(" 0 sent" in out for out, _, _ in ends)
    assert sorted(server.message_ids) == sorted(queued)
    assert statuses(database) == {"sent": 60}
    assert sql(database, "SELECT action, count(*) FROM patients_auditevent GROUP BY 1") == [
        ("message.sent", 40)
    ]


@pytest.mark.processes
def test_told_to_end_it_finishes_the_mail_in_hand_and_leaves_the_rest(database):
    fill(database, sessions=2)
    with MailServer(answer_after=1) as server:
        process = start_worker(database, server, "--pause", "1")
        wait_for(lambda: server.mails)
        process.send_signal(signal.SIGTERM)
        out, error = process.communicate(timeout=30)

    assert (process.returncode, error) == (0, "")
    assert "Mails: 1 sent" in out
    assert statuses(database) == {"sent": 3, "queued": 3}
    assert len(server.mails) == 1


@pytest.mark.processes
def test_a_worker_killed_while_sending_leaves_its_mail_to_another(database):
    fill(database, sessions=1)
    with MailServer(data=[STALL]) as server:
        process = start_worker(database, server)
        wait_for(lambda: server.mails)
        process.kill()
        process.communicate()
        assert statuses(database) == {"sent": 1, "sending": 1, "queued": 1}

        # Its heart has stopped for a minute.
        a_minute_later = clock.as_on(datetime.now(UTC) + timedelta(seconds=60))
        out, error = start_worker(database, server, "--once", **a_minute_later).communicate(timeout=30)
    assert error == ""
    assert "Mails: 2 sent" in out
    first, again, change = server.message_ids
    assert first == again != change
    assert statuses(database) == {"sent": 3}


def wait_for(something: Callable[[], object]) -> None:
    until = monotonic() + 30
    while not something():
        assert monotonic() < until
        sleep(0.02)
