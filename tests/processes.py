"""Databases that real processes can share, running Python on them, and serving the app from them."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg

ROOT = Path(__file__).resolve().parents[1]
# Slow machines take their time; a machine that is merely busy takes longer.
SECONDS_TO_START = 90
SECONDS_TO_END = 20


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


@contextmanager
def serving(database: str, log: Path, *options: str, **more: str) -> Iterator[str]:
    """Serve the app with gunicorn from a free port until the block ends; the address, no slash at its end.

    log: a file for what the server says. options: gunicorn's. more: environment variables.
    """
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "crmo_clinic.wsgi",
        "--bind",
        "127.0.0.1:0",
        "--no-control-socket",
    ]
    with log.open("wb") as output:
        server = subprocess.Popen(
            [*command, *options],
            cwd=ROOT,
            env=environment(database, **more),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield _address(server, log)
    finally:
        server.terminate()
        try:
            server.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _address(server: subprocess.Popen, log: Path) -> str:
    """Where the server says that it listens. Raises RuntimeError with its log if it does not."""
    until = monotonic() + SECONDS_TO_START
    while monotonic() < until and server.poll() is None:
        if found := re.search(r"Listening at: (http://\S+)", log.read_text()):
            return found[1]
        sleep(0.05)
    raise RuntimeError(f"The web server did not start.\n{log.read_text()[-4000:]}")
