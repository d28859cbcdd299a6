"""Workers as processes that tell a system, on a database of their own."""

import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep

import pytest

from tests import clock
from tests.builders.messages import queue_pairs
from tests.builders.webhooks import fill_outbox
from tests.clerk import Clerk
from tests.fakes.smtp import MailServer
from tests.fakes.webhooks import STALL, listening
from tests.processes import ROOT, database_of_its_own, environment, sql

pytestmark = pytest.mark.processes


@pytest.fixture
def database(tmp_path) -> Iterator[str]:
    with database_of_its_own(tmp_path) as address:
        yield address


def start_worker(database: str, server: MailServer, *arguments: str, **more: str) -> subprocess.Popen:
    ours = {"EMAIL_URL": f"smtp://127.0.0.1:{server.port}", "DEBUG": "yes", "WEBHOOK_HOSTS": "127.0.0.1"}
    return subprocess.Popen(
        clock.python("manage.py", "worker", *arguments),
        cwd=ROOT,
        env=environment(database, **ours, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(something: Callable[[], object]) -> None:
    until = monotonic() + 30
    while not something():
        assert monotonic() < until
        sleep(0.02)


def statuses(database: str) -> list[tuple]:
    return sql(database, "SELECT status, count(*) FROM scheduling_webhookevent GROUP BY 1")


def test_two_workers_at_once_send_each_event_once(database):
    with listening() as listener, MailServer() as server, Clerk(database) as clerk:
        secret, ids = clerk.ask(fill_outbox, address=listener.address, number=30)
        listener.secrets = [secret]
        workers = [start_worker(database, server, "--once") for _ in range(2)]
        ends = [(*each.communicate(timeout=120), each.returncode) for each in workers]
    assert [(error, code) for _, error, code in ends] == [("", 0)] * 2
    assert sorted(headers["webhook-id"] for headers, _ in listener.requests) == sorted(ids)
    assert (statuses(database), listener.refused) == ([("taken", 30)], 0)


def test_a_system_that_hangs_delays_no_mail_and_a_killed_worker_loses_nothing(database):
    with listening() as listener, MailServer() as server, Clerk(database) as clerk:
        listener.moods = [STALL]
        secret, ids = clerk.ask(fill_outbox, address=listener.address, number=1)
        listener.secrets = [secret]
        process = start_worker(database, server, "--pause", "1")
        wait_for(lambda: listener.requests)
        clerk.ask(queue_pairs, sessions=2)
        wait_for(lambda: len(server.mails) == 4)
        assert statuses(database) == [("sending", 1)]
        # Between the sending and the note that it was taken.
        process.kill()
        process.communicate()
        a_minute_later = clock.as_on(datetime.now(UTC) + timedelta(seconds=60))
        _, error = start_worker(database, server, "--once", **a_minute_later).communicate(timeout=60)
    assert error == ""
    assert [headers["webhook-id"] for headers, _ in listener.requests] == ids * 2
    assert statuses(database) == [("taken", 1)]
