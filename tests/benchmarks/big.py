"""`make bench-big`: every staff page of a small and a big Trust, and how much more the big one costs.

`python -m tests.benchmarks.big 4000 8000` takes Trusts of so many courses; without numbers 6,000 and 60,000.
Both have as much ahead (2,600 courses), and differ in the past. Each is written by `seed_big` into a database
of its own, on SQLite and then on PostgreSQL.
"""

import json
import logging
import os
import subprocess
import sys
import tempfile
from collections import Counter
from functools import partial
from pathlib import Path
from time import perf_counter

from tests.benchmarks.figures import middle, resident_megabytes, write
from tests.processes import database_of_its_own, python

SIZES = ("6000", "60000")
TIMES = 3
WITH_POSTGRES = ("-W", "ignore", "-m", "tests.with_postgres", sys.executable)
# A list of a few rows: what any page costs before it does anything. Ratios to it mean the same anywhere.
PLAINEST = "patients:list_users"
# The goals of a staff page at the big Trust: milliseconds, statements, kilobytes.
GOALS = (150, 20, 120)


def main(*sizes: str) -> None:
    small, big = sizes or SIZES
    for engine, before in (("SQLite", ()), ("PostgreSQL", WITH_POSTGRES)):
        few, many = of_a_trust(small, before), of_a_trust(big, before)
        write(f"On {engine}: wall milliseconds, statements and kilobytes, at {small} and at {big} courses.")
        write(f"“!” misses {GOALS[0]} ms, {GOALS[1]} statements or {GOALS[2]} KB. The slowest page first.")
        write(f"“p”: how many times as long as the plainest page ({PLAINEST}) of the same Trust.")
        plain = many["pages"][PLAINEST][0]
        for name in sorted(many["pages"], key=lambda name: -many["pages"][name][0]):
            tell(name, few["pages"].get(name), many["pages"][name], plain)
        write(f"  most memory of the process: {many['memory']:.0f} MB; of the database: {many['disk']}")


def of_a_trust(courses: str, before: tuple[str, ...]) -> dict:
    command = [sys.executable, *before, "-m", "tests.benchmarks.big", "measure", courses]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def tell(name: str, small: list | None, big: list, plain: float) -> None:
    took, statements, size = big
    missed = "!" if any(value > goal for value, goal in zip(big, GOALS, strict=True)) else " "
    growth = f"{took / small[0]:4.1f} ×" if small else ""
    before = f"{small[0]:6.0f} {small[1]:4} {small[2]:6.0f}" if small else " " * 18
    write(
        f" {missed}{name:<42} {before} {took:8.0f} {statements:4} {size:6.0f} {took / plain:6.1f} p {growth}"
    )


def measure(courses: str) -> None:
    """Print the figures of one Trust as JSON. On the engine that DATABASE_URL names, SQLite if none."""
    with tempfile.TemporaryDirectory() as folder, database_of_its_own(Path(folder)) as database:
        os.environ |= {"DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "crmo_clinic.settings"}
        python(database, "manage.py", "seed_big", "--courses", courses, timeout=1_000)
        import django

        django.setup()
        found = {"pages": pages(), "memory": resident_megabytes(os.getpid()), "disk": disk()}
        sys.stdout.write(json.dumps(found))


def pages() -> dict[str, tuple[float, int, float]]:
    """Milliseconds, statements and kilobytes of each page that a lead may open, by its name."""
    from django.db import connection
    from django.test import Client

    from patients.models import User
    from tests.addresses import address, ours

    logging.disable(logging.WARNING)
    lead, client = User.objects.get(), Client(SERVER_NAME="localhost", raise_request_exception=False)
    client.force_login(lead)
    things, found = things_of(lead), {}
    for name, _ in ours():
        path = address(name, things)
        answer = client.get(path)
        if answer.status_code != 200 or answer.streaming:
            continue
        asked = Counter()
        with connection.execute_wrapper(partial(counted, asked)):
            client.get(path)
        took = middle([timed(partial(client.get, path)) for _ in range(TIMES)])
        found[name] = (took, asked.total(), len(answer.content) / 1000)
    return found


def counted(asked, execute, sql, *rest):
    """A wrapper of `execute` that counts the statements."""
    asked[sql] += 1
    return execute(sql, *rest)


def things_of(lead) -> dict[str, int | str]:
    """A key for each kind of thing that an address names: of the big Trust where it has such things."""
    from django.utils import timezone

    from patients.models import Patient
    from scheduling.models import Session, Unit
    from tests.builders.everything import everything

    unit = Unit.objects.first()
    things = everything(lead)
    visit = Session.objects.filter(day__gte=timezone.localdate(), course__unit=unit, number=1).first()
    busiest = Patient.objects.order_by("pk").first()
    return things | {"unit": unit.pk, "visit": visit.pk, "course": visit.course_id, "patient": busiest.pk}


def timed(action) -> float:
    began = perf_counter()
    action()
    return (perf_counter() - began) * 1000


def disk() -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_database_size(current_database())")
        else:
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        return f"{cursor.fetchone()[0] / 1e6:,.0f} MB"


if __name__ == "__main__":
    if sys.argv[1:2] == ["measure"]:
        measure(sys.argv[2])
    else:
        main(*sys.argv[1:])
