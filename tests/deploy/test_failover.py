"""The database's machine dies amid bookings: its standby takes over, and nothing acknowledged is lost.

And what stands between the app and PostgreSQL: PgBouncer, and statements that are prepared.
"""

import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from urllib.request import urlopen

import psycopg
import pytest

from scheduling.models import Course
from tests.clerk import Clerk
from tests.fakes import postgres
from tests.fakes.writing import writing
from tests.processes import python, serving, sql


def new_database(server: postgres.Server, name: str = "clinic") -> str:
    with psycopg.connect(server.url(), autocommit=True) as asked:
        asked.execute(f"CREATE DATABASE {name}")
    return server.url(name)


@pytest.fixture
def folder():
    with postgres.folder_of_its_own() as made:
        yield made


@pytest.mark.processes
def test_when_the_primary_is_killed_the_standby_takes_over_and_nothing_acknowledged_is_lost(folder):
    """The app names both servers, so it goes on by itself once the standby was promoted."""
    with postgres.pair(folder) as (primary, standby):
        before = new_database(primary)
        python(before, "manage.py", "migrate", "-v0")
        both = f"postgresql://postgres:secret@127.0.0.1:{primary.port},127.0.0.1:{standby.port}/clinic"
        with writing(f"{both}?target_session_attrs=read-write&connect_timeout=3") as writer:
            writer.wait_for(5)
            primary.kill()
            at_the_kill = set(writer.booked)
            standby.promote()
            writer.wait_for(5)
        after = standby.url("clinic")
        there = {pk for (pk,) in sql(after, "SELECT id FROM scheduling_course WHERE status = 'booked'")}
        assert at_the_kill <= there
        assert set(writer.booked) <= there
        assert writer.away, "it noticed"
        assert python(after, "manage.py", "doctor") == "Nothing wrong.\n"


def count_one_by_one(times: int) -> int:
    """Reads all courses in many small pieces, outside any transaction, that often."""
    for _ in range(times):
        for _ in Course.objects.iterator(chunk_size=1):
            pass
    return times


@pytest.mark.processes
def test_statements_are_prepared_only_where_that_is_asked_for(folder):
    with postgres.alone(folder) as server:
        url = new_database(server)
        asking = (url, "-m", "tests.tell_plans")
        assert "SELECT $1::int" in python(*asking, PREPARED_STATEMENTS="yes")
        assert python(*asking) == "[]\n"


@pytest.mark.pgbouncer
def test_behind_pgbouncer_in_transaction_mode_all_works(folder):
    """Bookings, the doctor with all its iterators, the worker, and a web process; two connections for all."""
    with postgres.alone(folder) as server:
        python(new_database(server), "manage.py", "migrate", "-v0")
        with pooled(server, folder) as url:
            with writing(url) as writer:
                writer.wait_for(5)
                with Clerk(url) as clerk:
                    assert clerk.ask(count_one_by_one, times=20) == 20
            with (
                serving(url, folder / "web.log") as address,
                urlopen(f"{address}/health/ready?only=web") as answer,
            ):
                assert json.load(answer) == {"database": "ok", "migrations": "ok"}
            said = python(url, "manage.py", "worker", "--once", MAIL_DIR=str(folder / "mail"))
            assert "Mails: 0 sent" not in said
            assert "Mails that wait: 0 tasks opened." in said
            assert python(url, "manage.py", "doctor") == "Nothing wrong.\n"
            [(pool_size,)] = sql(
                server.url("clinic"),
                "SELECT count(*) FROM pg_stat_activity WHERE datname = 'clinic' AND pid <> pg_backend_pid()",
            )
            assert pool_size <= 2


@contextmanager
def pooled(server: postgres.Server, folder: Path) -> Iterator[str]:
    """PgBouncer in front of a server, with two connections for all; the address of the database."""
    port = postgres.Server(folder, "unused").port
    users, settings = folder / "users.txt", folder / "pgbouncer.ini"
    users.write_text('"postgres" "secret"\n')
    settings.write_text(
        f"[databases]\nclinic = host=127.0.0.1 port={server.port} dbname=clinic user=postgres\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = plain\nauth_file = {users}\npool_mode = transaction\ndefault_pool_size = 2\n"
        f"logfile = {folder}/pgbouncer.log\n"
    )
    process = subprocess.Popen(
        [shutil.which("pgbouncer"), settings], user=postgres.USER, cwd="/", stderr=subprocess.DEVNULL
    )
    url = f"postgresql://postgres:secret@127.0.0.1:{port}/clinic"
    try:
        until = monotonic() + 20
        while socket.socket().connect_ex(("127.0.0.1", port)):
            assert monotonic() < until and process.poll() is None
            sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait(20)
