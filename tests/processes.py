"""Databases that real processes can share, and running Python on them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def database_of_its_own(folder: Path) -> Iterator[str]:
    """The address of an empty, migrated database of the engine under test; gone afterwards.

    Tests inside pytest's own transaction cannot be seen by other processes, and its flush between tests
    would be refused by the append-only logs.
    """
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgresql:"):
        own = f"sqlite:///{folder / 'own.sqlite3'}"
        python(own, "manage.py", "migrate", "-v0")
        yield own
        return
    name = f"own_{uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        own = urlsplit(url)._replace(path=f"/{name}").geturl()
        try:
            python(own, "manage.py", "migrate", "-v0")
            yield own
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def environment(database: str, **more: str) -> dict[str, str]:
    return {**os.environ, "DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "crmo_clinic.settings", **more}


def python(database: str, *arguments: str, timeout: float = 120, **more: str) -> str:
    """Run Python to its end on that database and give what it wrote; AssertionError if it failed."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment(database, **more),
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout
