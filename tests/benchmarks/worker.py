"""What the worker costs at a big Trust: sending, resting, reminding, and the room that mails take.

`python -m tests.benchmarks.worker 60000 10000`: a Trust of so many courses, a backlog of so many mails.
Works on an empty database of its own, on the engine that DATABASE_URL names; SQLite if it names none.
"""

import os
import re
import smtplib
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Container, Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from time import monotonic, process_time, sleep
from typing import NamedTuple

from tests.benchmarks.database import database_process
from tests.benchmarks.figures import middle, processor_seconds, tell, write
from tests.benchmarks.figures import milliseconds as milliseconds_used
from tests.processes import ROOT, database_of_its_own, environment, python

COURSES, BACKLOG = 60_000, 10_000
# So that there are more than 10,000 mails about visits to come.
UNITS = 6
MANY_UNITS = 300
SECONDS_TO_SEND = 600


def main(courses: int = COURSES, backlog: int = BACKLOG) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for measure in (of_a_trust, of_many_units):
            with database_of_its_own(Path(folder)) as database:
                settings = {"DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "crmo_clinic.settings"}
                # A database each, and Django knows only one in a process.
                command = [sys.executable, "-m", "tests.benchmarks.worker", measure.__name__]
                arguments = [str(courses), str(backlog), folder]
                subprocess.run([*command, *arguments], env=os.environ | settings, check=True)


def of_a_trust(courses: int, backlog: int, folder: Path) -> None:
    database = os.environ["DATABASE_URL"]
    python(database, "manage.py", "seed_big", "--units", str(UNITS), "--courses", str(courses), timeout=3_000)
    from scheduling.models import Message

    write(f" A Trust of {courses:,} courses, {Message.objects.count():,} mails ({load()})")
    room(courses, at_most=410 / 3)
    idle()
    write(" The same with the chains of both logs, which the first of these rounds has made")
    room(courses)
    plain = smtplib_alone(folder)
    tell("smtplib alone, the same bytes to the same server: processor time", plain, "ms")
    sent = [sending(database, folder, backlog, workers, plain) for workers in (1, 2)]
    tell("two workers beside one, by the clock", sent[1] / sent[0], "times", at_least=1.7)


def smtplib_alone(folder: Path) -> float:
    """What a mail costs that nobody judges, claims or marks: milliseconds of processor time."""
    from scheduling.models import Message

    mails = [bytes(mail.mime) for mail in Message.objects.filter(kind="invite").order_by("-pk")[:500]]
    with serving_mail(folder) as (_, port), smtplib.SMTP("127.0.0.1", port) as server:
        began = process_time()
        for mail in mails:
            server.sendmail("unit@big.example", ["mother@big.example"], mail)
        return (process_time() - began) / len(mails) * 1000


def room(courses: int, at_most: float | None = None) -> None:
    """What the database takes on the disk, and how much of it mails do."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT pg_database_size(current_database()), pg_total_relation_size('scheduling_message')"
            )
        else:
            cursor.execute("SELECT sum(pgsize), sum(pgsize) FILTER (WHERE name LIKE '%message%') FROM dbstat")
        whole, mails = cursor.fetchone()
    each = 10_000 / courses / 1e6
    tell("database, for 10,000 courses", whole * each, "MB", at_most=at_most)
    tell("  mails, with their indexes", mails * each, "MB")


def idle() -> None:
    """A round in which there is nothing to do: every job that runs in each of them."""
    from scheduling.management.commands.worker import JOBS, SELDOM
    from scheduling.telling.delivery import deliver_due

    jobs = [job for job in JOBS if job not in SELDOM]
    for job in jobs:
        job(stopping=bool)
    took = {job: middle([wall(job) for _ in range(9)]) for job in jobs}
    tell("idle: looking for mails to send: wall, median of 9", took[deliver_due], "ms", at_most=2)
    tell(f"idle: all {len(jobs)} jobs of a round", sum(took.values()), "ms")
    slowest = sorted(took, key=lambda job: -took[job])[:3]
    write("    " + ", ".join(f"{job.__name__} {took[job]:.1f} ms" for job in slowest))


def load() -> str:
    """How busy the machine is with other work: above one for a core the clock says little."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def wall(job) -> float:
    began = monotonic()
    job(stopping=bool)
    return (monotonic() - began) * 1000


class Taken(NamedTuple):
    """A mail that the sink has taken: when, in seconds, and what."""

    at: float
    message_id: str
    digest: str


def sending(database: str, folder: Path, number: int, workers: int, plain: float) -> float:
    """An outage is over, and so many mails wait; how many leave in a second. plain: `smtplib_alone`."""
    expected = queue_again(number)
    before_it = load()
    with ExitStack() as running:
        sink, port = running.enter_context(serving_mail(folder))
        roots = [running.enter_context(working(database, folder, n, port)) for n in range(workers)]
        servers = database_process()
        sleep_until(lambda: len(taken(sink, expected)) > 0)
        before = {root: processor_seconds(root) for root in (*roots, *servers)}
        first = len(taken(sink, expected))
        sleep_until(lambda: len(taken(sink, expected)) >= number)
        used = {root: processor_seconds(root) - before[root] for root in before}
        # Whatever leaves once more leaves now.
        sleep(3)
    mails = taken(sink, expected)
    took = mails[number - 1].at - mails[0].at
    write(f" {number:,} mails after an outage, {workers} worker{'s'[: workers - 1]} ({before_it})")
    tell("mails a second", number / took, "/s", at_least=150 if workers == 1 else None)
    tell("the whole backlog", took, "s", at_most=90 * number / BACKLOG)
    each = 1000 / (number - first)
    cost = sum(used[root] for root in roots) * each
    tell("processor time a mail: workers", cost, "ms")
    tell("  beside smtplib alone", cost / plain, "times")
    if servers:
        tell("processor time a mail: database", sum(used[root] for root in servers) * each, "ms")
    judge(mails, expected)
    return number / took


def queue_again(number: int) -> dict[str, tuple[int, int, str]]:
    """Let the mails about the next visits wait, as when the server has taken nothing since they were written.

    By Message-ID: the place in the order of the visits, the visit, and the digest of the bytes.
    """
    from django.utils import timezone

    from scheduling.models import Message

    coming = Message.objects.filter(kind="invite", session__starts_at__gt=timezone.now())
    mails = list(coming.order_by("session__starts_at", "pk")[:number])
    if len(mails) < number:
        raise SystemExit(f"There are only {len(mails)} mails about visits to come.")
    for mail in mails:
        # All of a big Trust have the bytes of the first.
        mail.mime = re.sub(
            rb"(?m)^(Message-ID:\s*)\S+", rb"\1" + mail.message_id.encode(), mail.mime, count=1
        )
        mail.status, mail.sent_at, mail.attempts, mail.problem = "queued", None, 0, ""
        mail.next_attempt_at = timezone.now()
    Message.objects.bulk_update(
        mails, ["mime", "status", "sent_at", "attempts", "problem", "next_attempt_at"], batch_size=200
    )
    return {
        mail.message_id: (n, mail.session_id, sha256(mail.mime).hexdigest()) for n, mail in enumerate(mails)
    }


def judge(mails: list[Taken], expected: dict[str, tuple[int, int, str]]) -> None:
    """Nothing twice, nothing lost, byte for byte, and in order."""
    left = [mail.message_id for mail in mails]
    if sorted(left) != sorted(expected):
        raise SystemExit(
            f"{len(left)} mails left, {len(set(left))} of them different, {len(expected)} waited."
        )
    if changed := [mail for mail in mails if mail.digest != expected[mail.message_id][2]]:
        raise SystemExit(f"{len(changed)} mails had other bytes than the database has.")
    of_visit = defaultdict(list)
    for mail in mails:
        place, visit, _ = expected[mail.message_id]
        of_visit[visit].append(place)
    broken = sum(places != sorted(places) for places in of_visit.values())
    places = [expected[key][0] for key in left]
    early = sum(one > other for one, other in pairwise(places))
    write("    nothing twice, nothing lost, no byte changed")
    write(
        f"    out of order: the mails of {broken} visits; {early} mails right before one about a sooner visit"
    )


@contextmanager
def serving_mail(folder: Path) -> Iterator[tuple[Path, int]]:
    """A sink: the file of what it has taken, and its port."""
    log = folder / "sink.log"
    with log.open("wb") as file:
        sink = subprocess.Popen([sys.executable, "-m", "tests.benchmarks.sink"], cwd=ROOT, stdout=file)
    try:
        sleep_until(lambda: log.read_text().endswith("\n"))
        yield log, int(log.read_text().split()[0])
    finally:
        sink.terminate()
        sink.wait()


@contextmanager
def working(database: str, folder: Path, number: int, port: int) -> Iterator[int]:
    """A worker that sends to that port; its process."""
    settings = environment(database, EMAIL_URL=f"smtp://127.0.0.1:{port}")
    with (folder / f"worker{number}.log").open("wb") as log:
        worker = subprocess.Popen(
            [sys.executable, "manage.py", "worker", "--pause", "1"],
            cwd=ROOT,
            env=settings,
            stdout=log,
            stderr=log,
        )
    try:
        yield worker.pid
    finally:
        worker.terminate()
        worker.wait()


def taken(sink: Path, expected: Container[str]) -> list[Taken]:
    """What the sink has taken of the mails expected: reminders may fall due meanwhile."""
    lines = [line.split() for line in sink.read_text().splitlines()[1:]]
    whole = [line for line in lines if len(line) == 3]
    return [Taken(float(at), key, digest) for at, key, digest in whole if key in expected]


def sleep_until(so) -> None:
    until = monotonic() + SECONDS_TO_SEND
    while not so():
        if monotonic() > until:
            raise SystemExit("This takes too long.")
        sleep(0.25)


def of_many_units(courses: int, backlog: int, folder: Path) -> None:
    """Reminders in a Trust of very many units: what it costs to queue them, and to find that none is due."""
    size = ("--units", str(MANY_UNITS), "--chairs", "1", "--courses", str(MANY_UNITS * 52))
    python(os.environ["DATABASE_URL"], "manage.py", "seed_big", *size, timeout=3_000)
    from django.utils import timezone

    from scheduling.models import Session, Unit
    from scheduling.telling.queue_reminders import UNITS_IN_A_TURN, queue_notices

    # Not in the quiet hours.
    now, units = timezone.localtime().replace(hour=12, minute=0), list(Unit.objects.order_by("pk"))
    ahead = Session.objects.filter(day__gt=timezone.localdate()).count()
    write(f" Reminders: {MANY_UNITS} units, {ahead:,} visits ahead ({load()})")
    used = process_time()
    queued = queue_notices(now=now).queued
    tell(f"queueing {queued:,}: processor time of each", (process_time() - used) / queued * 1000, "ms")
    tell(
        "finding that no unit has more: processor time",
        milliseconds_used(lambda: queue_notices(now=now)),
        "ms",
    )
    turns = [units[at : at + UNITS_IN_A_TURN] for at in range(0, len(units), UNITS_IN_A_TURN)]
    took = [seconds(lambda turn=turn: queue_notices(turn, now=now)) for turn in turns for _ in range(3)]
    tell(
        f"a round of the worker whose turn it is, {UNITS_IN_A_TURN} units: wall",
        middle(took),
        "s",
        at_most=0.5,
    )


def seconds(action) -> float:
    began = monotonic()
    action()
    return monotonic() - began


if __name__ == "__main__":
    if sys.argv[1:2] and not sys.argv[1].isdigit():
        import django

        django.setup()
        of, courses, backlog, folder = sys.argv[1:5]
        {"of_a_trust": of_a_trust, "of_many_units": of_many_units}[of](
            int(courses), int(backlog), Path(folder)
        )
    else:
        main(*map(int, sys.argv[1:]))
