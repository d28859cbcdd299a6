"""Databases that real processes can share, running Python on them, and serving the app from them."""

import os
import re
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg

from tests import clock

ROOT = Path(__file__).resolve().parents[1]
# Slow machines take their time; a machine that is merely busy takes longer.
SECONDS_TO_START = 90
SECONDS_TO_FILL = 600
SECONDS_TO_END = 20
# The environment variable with the folder of the databases that are copied; set by the run's first process.
RUN_FOLDER = "CRMO_TEST_RUN"

EMPTY, MIGRATED, DEMO = "empty", "migrated", "demo"
# For each, the one it starts from, and the command that fills it.
FILLED = {MIGRATED: (None, ("migrate", "-v0")), DEMO: (MIGRATED, ("seed_demo",))}


@contextmanager
def database_of_its_own(folder: Path, contents: str = MIGRATED) -> Iterator[str]:
    """The address of a new database of the engine under test, with these contents; dropped afterwards.

    It is a copy of one that is filled once in a run of pytest. pytest's own database would not do: other
    processes cannot see into its transaction, and the append-only logs refuse its flush between tests.
    """
    engine = _engine()
    own = engine.new(folder)
    try:
        if contents != EMPTY:
            engine.copy(_filled(contents), own) if RUN_FOLDER in os.environ else _fill(contents, own)
        yield own
    finally:
        engine.drop(own)


def _fill(contents: str, database: str) -> None:
    before, command = FILLED[contents]
    if before:
        _fill(before, database)
    python(database, "manage.py", *command)


def _filled(contents: str) -> str:
    """The database of this run that has those contents, filled by whoever asks first; the others wait."""
    if _is_first(contents):
        made = _engine().new(Path(os.environ[RUN_FOLDER]))
        before, command = FILLED[contents]
        if before:
            _engine().copy(_filled(before), made)
        python(made, "manage.py", *command)
        _is_done(contents, made)
    return _once_done(contents)


def copied_in_run(
    contents: str, out: Callable[[str], None], into: Callable[[str], None], fill: Callable[[], object]
) -> None:
    """Bring a database of one's own to those contents: whoever asks first fills its own and copies it `out`
    for this run; the others wait, and copy that `into` theirs. Both are given the address of the copy."""
    if _is_first(contents):
        fill()
        made = _engine().new(Path(os.environ[RUN_FOLDER]))
        out(made)
        _is_done(contents, made)
    else:
        into(_once_done(contents))


def _is_first(contents: str) -> bool:
    try:
        (Path(os.environ[RUN_FOLDER]) / f"{contents}.begun").mkdir()
    except FileExistsError:
        return False
    return True


def _is_done(contents: str, made: str) -> None:
    folder = Path(os.environ[RUN_FOLDER])
    unfinished = folder / f"{contents}.part"
    unfinished.write_text(made)
    unfinished.rename(folder / contents)


def _once_done(contents: str) -> str:
    """Where the database of this run with those contents is, once it is there."""
    done, until = Path(os.environ[RUN_FOLDER]) / contents, monotonic() + SECONDS_TO_FILL
    while not done.exists():
        assert monotonic() < until, f"nobody has made the database “{contents}”"
        sleep(0.05)
    return done.read_text()


def drop_filled(folder: Path) -> None:
    """Drop what this run has filled. folder: that of the run."""
    for contents in FILLED:
        if (folder / contents).exists():
            _engine().drop((folder / contents).read_text())


class _Sqlite:
    def new(self, folder: Path) -> str:
        return f"sqlite:///{folder / uuid4().hex}.sqlite3"

    def copy(self, source: str, to: str) -> None:
        with (
            closing(sqlite3.connect(urlsplit(source).path)) as one,
            closing(sqlite3.connect(urlsplit(to).path)) as other,
        ):
            one.backup(other)

    def drop(self, database: str) -> None:
        """Nothing to do: it is deleted with its folder."""


class _PostgreSQL:
    def __init__(self, url: str) -> None:
        self._url = url

    def new(self, folder: Path) -> str:
        name = f"own_{uuid4().hex}"
        self._run(f"CREATE DATABASE {name}")
        return urlsplit(self._url)._replace(path=f"/{name}").geturl()

    def copy(self, source: str, to: str) -> None:
        self.drop(to)
        self._run(f"CREATE DATABASE {_name(to)} TEMPLATE {_name(source)}")

    def drop(self, database: str) -> None:
        self._run(f"DROP DATABASE {_name(database)} WITH (FORCE)")

    def _run(self, statement: str) -> None:
        with psycopg.connect(self._url, autocommit=True) as server:
            server.execute(statement)


def _name(database: str) -> str:
    return urlsplit(database).path.removeprefix("/")


def _engine() -> _Sqlite | _PostgreSQL:
    url = os.environ.get("DATABASE_URL", "")
    return _PostgreSQL(url) if url.startswith("postgresql:") else _Sqlite()


def environment(database: str, **more: str) -> dict[str, str]:
    # Browsers of tests stay signed in for as long as a slow machine takes.
    ours = {"DJANGO_SETTINGS_MODULE": "crmo_clinic.settings", "IDLE_MINUTES": "600"}
    return {**os.environ, "DATABASE_URL": database, **ours, **more}


def python(database: str, *arguments: str, timeout: float = 120, **more: str) -> str:
    """Run Python to its end on that database and give what it wrote; AssertionError if it failed."""
    done = subprocess.run(
        clock.python(*arguments),
        cwd=ROOT,
        env=environment(database, **more),
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


def sql(database: str, statement: str) -> list[tuple]:
    """Run one statement in that database; its rows."""
    url = urlsplit(database)
    connected = psycopg.connect(database) if url.scheme == "postgresql" else sqlite3.connect(url.path)
    with closing(connected):
        done = connected.execute(statement)
        rows = done.fetchall() if done.description else []
        connected.commit()
    return rows


@contextmanager
def serving(
    database: str,
    log: Path,
    *options: str,
    application: str = "crmo_clinic.wsgi",
    checkout: Path = ROOT,
    **more: str,
) -> Iterator[str]:
    """Serve the app with gunicorn from a free port until the block ends; the address, no slash at its end.

    log: a file for what the server says. options: gunicorn's. application: the module that has the app.
    checkout: where the app lies. more: environment variables.
    """
    command = clock.python(
        "-m", "gunicorn", application, "--bind", "127.0.0.1:0", "--no-control-socket", *options
    )
    with log.open("wb") as output:
        server = subprocess.Popen(
            command,
            cwd=checkout,
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
