"""What takes a database: the diary, the pages, booking, memory. `python -m tests.benchmarks.database`

Works on an empty database of its own, on the engine that DATABASE_URL names; SQLite if it names none.
"""

import http.client
import os
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from time import perf_counter, sleep
from urllib.parse import urlsplit

from tests.benchmarks.figures import (
    family,
    middle,
    milliseconds,
    processor_seconds,
    resident_megabytes,
    tell,
    write,
)
from tests.benchmarks.results import a_long_file, a_long_history, history
from tests.processes import database_of_its_own, serving

VISITS_AHEAD, VISITS_PAST = 30_000, 100_000
BIG, MIDDLING = 100, 50
# With it the visits ahead of a unit fill a year, and no more.
SHARE = 0.85
BOOKINGS = 48
CLIENTS = (1, 4, 16)
WORKERS = "2"
# So many bookings and refusals are sent first, for each worker's imports and templates.
WARM_UP = 16
GUNICORN = "crmo_clinic/deploy/gunicorn.conf.py"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, database_of_its_own(Path(folder)) as database:
        os.environ |= {"DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "crmo_clinic.settings"}
        import django

        django.setup()
        measure(database, Path(folder))


def measure(database: str, folder: Path) -> None:
    from tests.benchmarks.rows import a_big_unit, gather_statistics, write_bookings
    from tests.builders import next_monday

    monday = next_monday()
    unit = a_big_unit(BIG)
    write_bookings(unit, VISITS_AHEAD, monday, SHARE)
    gather_statistics()
    few = diary(unit, f"{BIG} chairs, {VISITS_AHEAD:,} visits ahead, none past")
    write_bookings(unit, VISITS_PAST, monday - timedelta(days=1260))
    gather_statistics()
    many = diary(unit, f"the same with {VISITS_PAST:,} visits past")
    write(f"  the past costs {many / few:.2f} times as much")
    pages(database, folder, unit)
    middling = a_big_unit(MIDDLING)
    write_bookings(middling, VISITS_AHEAD // 2, monday, SHARE)
    memory(database, folder, middling)
    booking(database, folder)
    results(database, folder)
    waiting_list(database, folder)


def waiting_list(database: str, folder: Path) -> None:
    from tests.benchmarks.waiting import a_long_list, waiting
    from tests.race import Office

    a_long_list()
    cookies = Office().cookies()
    with server(database, folder, "1") as (address, pid):
        waiting(lambda path: timed_get(address, path, cookies)(), lambda: processor_seconds(pid))


def results(database: str, folder: Path) -> None:
    from django.urls import reverse

    from patients.audit import WORKER
    from tests.race import Office

    path = reverse("scheduling:show_history", args=[a_long_history()])
    with server(database, folder, "1") as (address, _):
        history(timed_get(address, path, Office().cookies()))
    a_long_file(WORKER)


def diary(unit, words: str) -> float:
    """Load twelve months as an action would; how long it takes."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from scheduling.unit.diary_rows import load_diary

    now = timezone.now()
    first, last = timezone.localdate(now), timezone.localdate(now) + timedelta(days=365)
    with CaptureQueriesContext(connection) as queries:
        loaded = load_diary(unit, first, last, now)
    visits = sum(map(len, loaded.taken.values()))
    took = wall(lambda: load_diary(unit, first, last, now))
    write(f" Diary: {words}")
    tell(f"12 months, {visits:,} visits, {len(queries)} queries: wall time", took, "ms", at_most=150)
    tell(
        "processor time of the web process alone",
        milliseconds(lambda: load_diary(unit, first, last, now)),
        "ms",
    )
    return took


def pages(database: str, folder: Path, unit) -> None:
    from django.db.models import F
    from django.urls import reverse
    from django.utils import timezone

    from scheduling.models import Unit
    from tests import builders
    from tests.race import Office

    office = Office()
    course = builders.course(
        builders.patient(), unit, minutes=300, target=timezone.localdate() + timedelta(weeks=12)
    )
    path, cookies = reverse("scheduling:find_slot", args=[course.pk]), office.cookies()
    write(f" Find a slot, {BIG} chairs with {VISITS_AHEAD:,} visits ahead, through HTTP, one client")
    with server(database, folder, "1", "--config", GUNICORN) as (address, pid):
        sleep(1)
        used, plain = processor_seconds(pid), timed_get(address, reverse("scheduling:list_units"), cookies)
        tell("the very first page of a process, of little: wall", plain(), "ms", at_most=300)
        tell("processor time", (processor_seconds(pid) - used) * 1000, "ms")
        get = timed_get(address, path, cookies)
        tell("the first of its finding a slot, which reads the diary: wall", get(), "ms")
        cold = []
        for _ in range(10):
            Unit.objects.update(diary_version=F("diary_version") + 1)
            cold.append(get())
        tell("cold: the first after the diary has changed, median of 10", middle(cold), "ms", at_most=100)
        tell("warm: median of 30", middle([get() for _ in range(30)]), "ms", at_most=50)


def memory(database: str, folder: Path, unit) -> None:
    from django.urls import reverse
    from django.utils import timezone

    from tests import builders
    from tests.race import Office

    cookies = Office().cookies()
    today = timezone.localdate()
    with server(database, folder, "1") as (address, pid):
        for month in range(13):
            target = today + timedelta(days=28 * month)
            course = builders.course(builders.patient(), unit, minutes=240 + 15 * (month % 9), target=target)
            timed_get(address, reverse("scheduling:find_slot", args=[course.pk]), cookies)()
        worker = family(pid)[-1]
        write(
            f" Memory: {MIDDLING} chairs, {VISITS_AHEAD // 2:,} visits ahead, searched through the whole year"
        )
        tell("resident size of the web process", resident_megabytes(worker), "MB", at_most=150)


def booking(database: str, folder: Path) -> None:
    """Every booking has its own two days and chair, and a family of two who are written to: four mails."""
    from scheduling.models import Message

    write(f" Booking: confirm pages sent through HTTP, {WORKERS} workers, two days and four mails each")
    with server(database, folder, WORKERS) as (address, pid):
        acts, again, cookies = confirm_pages()
        send_all(address, acts[:WARM_UP], cookies, 4, pid, 302)
        send_all(address, again[:WARM_UP], cookies, 4, pid, 409)
        for clients in CLIENTS:
            acts, again, cookies = confirm_pages()
            before = Message.objects.count()
            cost, rate = send_all(address, acts, cookies, clients, pid, 302)
            mails = Message.objects.count() - before
            tell(f"{clients} clients: processor time a booking, web and database", cost, "ms", at_most=30)
            write(f"    {rate:.0f} bookings a second, {mails / len(acts):.0f} mails each")
            refused, _ = send_all(address, again, cookies, clients, pid, 409)
            tell(f"{clients} clients: processor time a refusal", refused, "ms", at_most=cost)


def confirm_pages() -> tuple[list, list, list[str]]:
    """The confirm pages of courses that fit, those of others who want the same places, and cookies."""
    from scheduling.models import Chair
    from tests import builders
    from tests.race import Office, placing

    office = Office()
    for number in range(2, MIDDLING + 1):
        Chair.objects.create(unit=office.unit, name=f"Chair {number}")
    office.unit.opening_hours.update(nurses=MIDDLING)

    def course():
        patient = builders.patient("Ada Lark")
        for name in ("Mia Lark", "Pa Lark"):
            builders.contact(patient, name)
        return builders.course(patient, office.unit)

    mondays = [builders.next_monday(2 + n) for n in range(BOOKINGS)]
    acts = [placing("book", course(), monday) for monday in mondays]
    again = [placing("book", course(), monday) for monday in mondays]
    return acts, again, [office.cookies() for _ in range(max(CLIENTS))]


def send_all(
    address: str, acts: Sequence, cookies: Sequence[str], clients: int, pid: int, status: int
) -> tuple[float, float]:
    """Processor milliseconds for each act, in the web server and the database; and acts a second."""
    from threading import Barrier

    from tests.race import send

    roots = [pid, *database_process()]
    before, began = sum(map(processor_seconds, roots)), perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        at_once = Barrier(1)
        sent = [pool.submit(send, address, cookies[n % clients], act, at_once) for n, act in enumerate(acts)]
        found = {answer.result()[1] for answer in sent}
    took, used = perf_counter() - began, sum(map(processor_seconds, roots)) - before
    if found != {status}:
        raise SystemExit(f"Expected {status} from all, got {found}.")
    return used / len(acts) * 1000, len(acts) / took


def database_process() -> list[int]:
    """The PostgreSQL server that we talk to; with SQLite the database is part of the web process."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    stat = Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()
    return [int(stat[1])]


@contextmanager
def server(database: str, folder: Path, workers: str, *options: str) -> Iterator[tuple[str, int]]:
    """The address of a running app, and the process that started it."""
    pid = folder / "server.pid"
    options = (*options, "--workers", workers, "--pid", str(pid))
    with serving(database, folder / "server.log", *options) as address:
        yield address, int(pid.read_text())


def timed_get(address: str, path: str, cookies: str):
    """Gets a page, and says how many milliseconds that took."""

    def get() -> float:
        began = perf_counter()
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
        connection.request("GET", path, headers={"Cookie": cookies})
        response = connection.getresponse()
        response.read()
        if response.status != 200:
            raise SystemExit(f"{path} answered {response.status}.")
        return (perf_counter() - began) * 1000

    return get


def wall(action, times: int = 5) -> float:
    """The least wall time of a few runs, in milliseconds."""

    def once() -> float:
        began = perf_counter()
        action()
        return (perf_counter() - began) * 1000

    return min(once() for _ in range(times))


if __name__ == "__main__":
    main()
