"""What every test may use: a browser, people with roles, and hypothesis set to be quick and repeatable."""

import gc
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import time_machine
from django.test import TestCase
from pytest_django import DjangoDbBlocker
from xdist.workermanage import WorkerController

from patients.access import Role
from tests import clock
from tests.fakes.imap import dovecot_path
from tests.ical.libical import libical_path
from tests.kept import rolled_back
from tests.processes import RUN_FOLDER, drop_filled

hypothesis.settings.register_profile(
    "quick", deadline=None, derandomize=True, suppress_health_check=list(hypothesis.HealthCheck)
)
hypothesis.settings.load_profile("quick")

# The programs that may be the machine's own browser, in the order tried.
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# Tests with one of these marks may start processes.
STARTS = ("processes", "browser", "imap", "front", "pgbouncer")

WORKING_DAY = "2027-06-08 09:20+01:00"


def chromium_path() -> str | None:
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)), None)


def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings

    try:
        config.stash[TRAVEL] = clock.start()
    except ValueError as fault:
        raise pytest.UsageError(str(fault)) from None
    # A slow hash protects real passwords, but would slow down every test that signs somebody in.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Tests move the clock while somebody is signed in; those of signing in set their own times.
    settings.IDLE_MINUTES, settings.SESSION_HOURS = 10_000_000, 1_000_000
    # Static files are looked for when asked for, not listed again for each test that opens a page.
    settings.WHITENOISE_AUTOREFRESH = True
    if RUN_FOLDER not in os.environ:
        config.stash[OURS] = os.environ[RUN_FOLDER] = tempfile.mkdtemp(prefix="crmo-tests-")


def pytest_unconfigure(config: pytest.Config) -> None:
    if folder := config.stash.get(OURS, None):
        drop_filled(Path(folder))
        shutil.rmtree(folder, ignore_errors=True)
        del os.environ[RUN_FOLDER]
    if travel := config.stash.get(TRAVEL, None):
        travel.stop()


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what asks no database: pytest-django refuses every query without `db`, so no engine can matter."""
    asks = {"db", "kept"} & set(item.fixturenames) or issubclass(
        getattr(item, "cls", None) or object, TestCase
    )
    if not asks and not any(map(item.get_closest_marker, ("django_db", "processes", "browser", "imap"))):
        item.add_marker("one_engine")


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: looking through it for garbage finds none."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    _leave_out(config, items)
    yield
    items[:] = _while_one_migrates(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def _leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out tests that need a program which is not installed, and say so in the last lines. In CI that is
    an error."""
    config.stash[LEFT_OUT] = []
    for marker, what, program, is_there in (
        ("browser", "browser tests", "Chromium", chromium_path()),
        ("imap", "tests of a mailbox", "Dovecot", dovecot_path()),
        ("libical", "tests of calendars", "libical", libical_path()),
        ("front", "tests of the servers in front", "nginx, openssl and systemd-analyze", _has_front()),
        ("pgbouncer", "tests of the pooler", "PgBouncer", shutil.which("pgbouncer")),
    ):
        left_out = [] if is_there else [item for item in items if item.get_closest_marker(marker)]
        if left_out and os.environ.get("CI"):
            raise pytest.UsageError(f"{len(left_out)} {what} need {program}, and CI leaves out nothing.")
        if left_out:
            config.stash[LEFT_OUT].append(f"{len(left_out)} {what}, because no {program} is installed")
            items[:] = [item for item in items if not item.get_closest_marker(marker)]


def _while_one_migrates(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """In the order in which no worker waits: the first migrates a database, so the others, each of which is
    given an equal stretch of the tests, begin with those that need none."""
    if workers == 1:
        return items
    need_none, others = [], []
    for item in items:
        free = item.get_closest_marker("one_engine") and not _starts(item)
        (need_none if free else others).append(item)
    stretch = len(items) // workers
    share = min(stretch, len(need_none) // (workers - 1))
    ordered, others = others[:stretch], others[stretch:]
    for _ in range(workers - 1):
        ordered += need_none[:share] + others[: stretch - share]
        need_none, others = need_none[share:], others[stretch - share :]
    return ordered + need_none + others


def _starts(item: pytest.Item) -> bool:
    """Whether the test may start a process."""
    return any(map(item.get_closest_marker, STARTS))


def _has_front() -> bool:
    return all(map(shutil.which, ("nginx", "openssl", "systemd-analyze")))


LEFT_OUT = pytest.StashKey[list[str]]()
OURS = pytest.StashKey[str]()
TRAVEL = pytest.StashKey[time_machine.travel]()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With several workers, the workers collect the tests, and the first process prints the last lines."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash.get(LEFT_OUT, [])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: WorkerController) -> None:
    node.config.stash[LEFT_OUT] = getattr(node, "workeroutput", {}).get("left_out", [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for left_out in terminalreporter.config.stash.get(LEFT_OUT, []):
        terminalreporter.write_line(f"LEFT OUT: {left_out}.", red=True)


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker, django_db_modify_db_settings: None
) -> Iterator[None]:
    """The database of this process, for pytest-django; migrated once in a run."""
    from tests.migrated import own_database

    with django_db_blocker.unblock(), own_database(), django_db_blocker.block():
        yield


@pytest.fixture(scope="module")
def kept(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """For fixtures of a module that make rows: each of its tests finds them as they were made, and the next
    module finds none. If one test uses such a fixture, all of the module do, or a test would see other rows
    when it runs alone; and none is `transaction=True`."""
    with rolled_back(django_db_blocker):
        yield


@pytest.fixture(scope="module")
def one_of_each(kept: None) -> dict[str, int | str]:
    """The keys of a row of each kind; all are made by a coordinator, the `user`."""
    from tests.builders.everything import everything
    from tests.builders.people import staff

    return everything(by=staff("Cora Coordinator", Role.COORDINATOR))


@pytest.fixture
def on_a_working_day() -> Iterator[None]:
    """It is Tuesday 8 June 2027, whatever TODAY says: for what is due today, or what a week of work is."""
    with time_machine.travel(WORKING_DAY):
        yield


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """Forget cached diaries: tests are rolled back, so a version may come again with other contents.
    Forget which drafts of languages are approved, and that no system is told.

    Alarms are kept, as they are for most pages: none, until a test asks for them.
    """
    from scheduling.telling import draft_languages
    from scheduling.unit import diary_rows
    from scheduling.watch import alarms
    from scheduling.webhooks import rounds

    rounds.ask_anew()
    diary_rows._kept.clear()
    draft_languages._known.clear()
    alarms.keep((), seconds=float("inf"))


@pytest.fixture(autouse=True)
def no_process(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse to start a process without a mark, because `make check` leaves out marked tests only."""
    if not _starts(request.node):
        monkeypatch.setattr(subprocess.Popen, "__init__", _refused)


def _refused(*_: object, **__: object) -> None:
    raise AssertionError("A test that starts a process has to be marked with “processes”.")


@pytest.fixture(scope="session")
def chromium() -> Iterator:
    """A playwright Browser: the machine's own Chromium, without a window."""
    from django.db import connections
    from playwright.sync_api import sync_playwright

    # While playwright's event loop exists, Django uses other connections. Those from before and after have to
    # be closed, or the database cannot be dropped at the end.
    connections.close_all()
    # Safe, because the loop does not run while a test does; later tests of this worker may need the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path(),
            args=[
                "--no-sandbox",
                # Tabs of one person and one site share a process; starting one is most of what a page costs.
                "--process-per-site",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        )
        yield browser
        browser.close()
        connections.close_all()


@pytest.fixture
def person(db):
    """Make a member of staff: `person(Role.NURSE)`."""
    from patients.models import User
    from tests.builders.people import staff

    def make(*roles: Role, name: str = ""):
        return staff(name or f"{(roles or ['outsider'])[0]} {User.objects.count()}", *roles)

    return make


@pytest.fixture
def coordinator(person):
    return person(Role.COORDINATOR, name="Cora Coordinator")


@pytest.fixture
def nurse(person):
    return person(Role.NURSE, name="Nia Nurse")


@pytest.fixture
def lead(person):
    return person(Role.LEAD, name="Lee Lead")


@pytest.fixture
def reader(person):
    return person(Role.READ_ONLY, name="Rae Reader")


@pytest.fixture
def outsider(person):
    """Signed in, without any role."""
    return person(name="Ola Outsider")
