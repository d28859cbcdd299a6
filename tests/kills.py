"""Web server, worker and database are killed again and again while people book: `python -m tests.kills`.

`--seconds 300 --engine postgresql --seed 1`. Three clerks send the form that confirms a booking, one course
after another, and send it again where the answer never came, as people do. Meanwhile SIGKILL meets, by
chance, all processes of the web server, the worker (which writes each mail into a folder) or the database
server; each is started again at once, as systemd would. SQLite has no server: the other two write its file.

Then everything is left to settle. Whatever was acknowledged has to be there, once; each mail has to have
left, and at most as many a second time as there were kills; the doctor has to find nothing.
"""

import argparse
import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from threading import Event, Lock, Thread
from time import monotonic, sleep

import psycopg

from tests import clock
from tests.fakes import postgres
from tests.processes import ROOT, SECONDS_TO_FILL, environment, python, sql

CLERKS, CHAIRS = 3, 24
BETWEEN_KILLS = (2.0, 8.0)
# A claim of a worker that is gone is taken within a minute.
SECONDS_TO_SETTLE = 240


class Kept:
    """A process that is started again whenever it was killed."""

    def __init__(self, name: str, command: list[str], database: str, log: Path, **more: str) -> None:
        self.name, self._command, self._log = name, command, log
        self._environment = environment(database, **more)
        self.start()

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, cwd=ROOT, env=self._environment, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self) -> None:
        """The whole group at once: no child gets to end in order."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


@dataclass
class Found:
    """What came of it. unanswered: how often a clerk got no answer. repeats: mails that left once more.
    odd: answers that should not be."""

    kills: Counter[str] = field(default_factory=Counter)
    acknowledged: list[int] = field(default_factory=list)
    unanswered: int = 0
    lost: list[int] = field(default_factory=list)
    mails: int = 0
    unsent: int = 0
    repeats: int = 0
    doctor: str = ""
    odd: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        by_mail = self.kills["worker"] + self.kills["database"]
        return [
            *([f"lost: {self.lost}"] if self.lost else []),
            *self.odd,
            *([f"{self.unsent} mails never left"] if self.unsent else []),
            *([f"{self.repeats} repeats of {by_mail} kills"] if self.repeats > by_mail else []),
            *([self.doctor] if self.doctor != "Nothing wrong.\n" else []),
        ]

    def __str__(self) -> str:
        kills = ", ".join(f"{name} {number}" for name, number in sorted(self.kills.items()))
        return (
            f"{self.kills.total()} kills ({kills}); {len(self.acknowledged)} bookings acknowledged, "
            f"{len(self.lost)} lost, {self.unanswered} times no answer; {self.mails} mails, "
            f"{self.unsent} unsent, {self.repeats} left twice; doctor: {self.doctor.strip()}"
        )


class Clerks:
    """They book until they are told to stop, each in a thread, with the app's own forms."""

    def __init__(self, port: int, found: Found) -> None:
        from tests.race import Office

        self._port, self._found, self._stop, self._lock = port, found, Event(), Lock()
        self._office, self._next = Office(), 0
        unit = self._office.unit
        unit.undo_minutes = 0
        unit.save()
        unit.opening_hours.update(nurses=CHAIRS)
        for number in range(2, CHAIRS + 1):
            unit.chairs.create(name=f"Chair {number}")
        self._chairs = list(unit.chairs.order_by("pk"))
        self._cookies = self._office.cookies()
        self._threads = [Thread(target=self._work, daemon=True) for _ in range(CLERKS)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(90)

    def _work(self) -> None:
        from django.db import DatabaseError, close_old_connections, connection

        while not self._stop.is_set():
            try:
                act, course = self._next_act()
            except DatabaseError:
                sleep(0.1)
                close_old_connections()
                continue
            while not self._stop.is_set() and not self._sent(act, course):
                sleep(0.1)
        connection.close()

    def _next_act(self) -> tuple[object, int]:
        """A new child with a course that fits where nobody else books."""
        from django.db import transaction

        from tests import builders
        from tests.race import Act, placement_fields, reverse

        with self._lock:
            number, self._next = self._next, self._next + 1
        with transaction.atomic():
            course = self._office.course()
            first = builders.next_monday(2 + number // CHAIRS) + timedelta(days=number % 2)
            visits = builders.visits(course, first, chair=self._chairs[number % CHAIRS])
        fields = placement_fields(visits) | {"seen": course.version}
        return Act("clerk", reverse("scheduling:check_slot", args=[course.pk]), fields), course.pk

    def _sent(self, act: object, course: int) -> bool:
        """Whether it was answered for good: it is booked by this, or by the same form sent before."""
        from threading import Barrier

        from tests.race import send

        try:
            _, status, words = send(f"http://127.0.0.1:{self._port}", self._cookies, act, Barrier(1))
        except (OSError, http.client.HTTPException):
            status, words = 0, ""
        with self._lock:
            said = (status == 302 and "/accounts/" not in words) or "It is booked now" in words
            if said:
                self._found.acknowledged.append(course)
            elif status in (0, 500, 502, 503):
                self._found.unanswered += 1
            else:
                self._found.odd.append(f"course {course}: {status} {words}")
        return said or status == 409


def kill_for(seconds: float, seed: int, database: str, folder: Path, server: postgres.Server | None) -> Found:
    """Kill by chance for so long, then let everything settle. database: migrated, and empty."""
    os.environ |= {"DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "crmo_clinic.settings"}
    import django

    django.setup()
    found, chance = Found(), random.Random(seed)
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    mail = folder / "mail"
    web = [*("-m", "gunicorn", "crmo_clinic.wsgi", "--bind", f"127.0.0.1:{port}"), *("--workers", "2")]
    with ExitStack() as kept:
        processes = [
            Kept("web", clock.python(*web, "--no-control-socket"), database, folder / "web.log"),
            Kept(
                "worker",
                clock.python("manage.py", "worker", "--pause", "1"),
                database,
                folder / "worker.log",
                MAIL_DIR=str(mail),
            ),
        ]
        for process in processes:
            kept.callback(process.kill)
        clerks = Clerks(port, found)
        until = monotonic() + seconds
        while monotonic() < until:
            sleep(chance.uniform(*BETWEEN_KILLS))
            name = chance.choice(("web", "worker", *(("database",) if server else ())))
            found.kills[name] += 1
            if name == "database":
                server.kill()
                _start_again(server)
            else:
                process = next(each for each in processes if each.name == name)
                process.kill()
                process.start()
        clerks.stop()
        _settle(database)
    _judge(found, database, mail)
    return found


def _start_again(server: postgres.Server) -> None:
    """The kernel may take a moment to forget the processes that were killed."""
    for attempt in range(20):
        try:
            server.start()
        except AssertionError:
            if attempt == 19:
                raise
            sleep(0.2)
        else:
            return


def _settle(database: str) -> None:
    until = monotonic() + SECONDS_TO_SETTLE
    waits = "SELECT count(*) FROM scheduling_message WHERE status IN ('queued', 'sending')"
    while sql(database, waits)[0][0]:
        if monotonic() > until:
            return
        sleep(0.5)


def _judge(found: Found, database: str, mail: Path) -> None:
    booked = {pk for (pk,) in sql(database, "SELECT id FROM scheduling_course WHERE status = 'booked'")}
    found.lost = [pk for pk in found.acknowledged if pk not in booked]
    left = Counter(
        message_from_bytes(path.read_bytes(), policy=policy.default)["Message-ID"]
        for path in mail.glob("*.eml")
    )
    written = {name for (name,) in sql(database, "SELECT message_id FROM scheduling_message")}
    found.mails, found.unsent = len(written), len(written - left.keys())
    found.repeats = left.total() - len(left)
    try:
        found.doctor = python(database, "manage.py", "doctor", timeout=600)
    except AssertionError as fault:
        found.doctor = str(fault) or "the doctor found something"


@contextmanager
def place(engine: str) -> Iterator[tuple[str, Path, postgres.Server | None]]:
    """An empty database with the app's tables, a folder, and on PostgreSQL the server, to be killed."""
    if engine == "sqlite":
        with tempfile.TemporaryDirectory(prefix="crmo-kills-") as made:
            database = f"sqlite:///{made}/clinic.sqlite3"
            python(database, "manage.py", "migrate", "-v0", timeout=SECONDS_TO_FILL)
            yield database, Path(made), None
        return
    with postgres.folder_of_its_own() as folder, postgres.alone(folder) as server:
        with psycopg.connect(server.url(), autocommit=True) as asked:
            asked.execute("CREATE DATABASE clinic")
        python(server.url("clinic"), "manage.py", "migrate", "-v0", timeout=SECONDS_TO_FILL)
        yield server.url("clinic"), folder, server


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    asked.add_argument("--seconds", type=float, default=300)
    asked.add_argument("--engine", choices=("sqlite", "postgresql"), default="sqlite")
    asked.add_argument("--seed", type=int, default=1)
    options = asked.parse_args()
    # So that whoever ends this ends what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with place(options.engine) as (database, folder, server):
        found = kill_for(options.seconds, options.seed, database, folder, server)
        sys.stdout.write(f"{found}\n")
        sys.stdout.write("".join(f"WRONG: {fault}\n" for fault in found.faults))
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main())
