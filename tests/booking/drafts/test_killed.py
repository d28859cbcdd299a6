"""Solver and worker as processes, on their own database: whatever is killed, the draft says so."""

import os
import signal
import subprocess
from collections.abc import Callable
from time import monotonic, sleep

import pytest

from patients.access import Role
from patients.models import User
from scheduling.booking.drafts import asking
from scheduling.models import Draft
from tests import builders, clock
from tests.booking.drafts.conftest import waiting, weeks
from tests.clerk import Clerk
from tests.processes import ROOT, database_of_its_own, environment, python, sql

pytestmark = pytest.mark.processes
SECONDS = 60


def two_who_wait() -> int:
    """The key of a draft for them that waits for its turn."""
    unit = builders.unit()
    by = User.objects.create_user("cora@hospital.example", "Cora Coordinator", None, (Role.COORDINATOR,))
    first, last = weeks()
    keys = [course.pk for course in waiting(unit, 2)]
    draft = asking.ask_for_plan(
        unit=unit, first_day=first, last_day=last, courses=keys, notice_days=7, kept_free=0, by=by
    )
    return draft.pk


def what_it_says(draft: int) -> list[object]:
    found = Draft.objects.get(pk=draft)
    return [found.status, found.happened, found.lines.count(), found.solver]


def until(is_so: Callable[[], object]) -> None:
    end = monotonic() + SECONDS
    while not is_so():
        assert monotonic() < end
        sleep(0.05)


def status(database: str) -> str:
    return sql(database, "SELECT status FROM scheduling_draft")[0][0]


def started(database: str, draft: int) -> subprocess.Popen:
    """The process of the draft, at work."""
    process = subprocess.Popen(
        clock.python("-m", "tests.fakes.endless_draft", str(draft)), cwd=ROOT, env=environment(database)
    )
    until(lambda: sql(database, "SELECT stage FROM scheduling_draft")[0][0] == "better")
    return process


def test_solver_and_worker_killed_leave_a_draft_that_says_so_and_nothing_locked(tmp_path):
    with database_of_its_own(tmp_path) as database, Clerk(database) as clerk:
        draft = clerk.ask(two_who_wait)
        process = started(database, draft)
        # While it thinks nothing is locked: others ask and write.
        python(database, "manage.py", "worker", "--once")
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert status(database) == "working"
        # Two minutes later, on whatever machine there is then.
        sql(database, "UPDATE scheduling_draft SET heartbeat = '2020-01-01 00:00:00+00:00'")
        said = python(database, "manage.py", "worker", "--once")
        assert f"Draft {draft}: not heard of any more." in said
        assert clerk.ask(what_it_says, draft=draft) == [
            "failed",
            "The machine was restarted while this plan was being worked out. Plan again.",
            0,
            "",
        ]
        assert python(database, "manage.py", "doctor") == "Nothing wrong.\n"


def test_told_to_end_with_its_worker_it_says_so_itself(tmp_path):
    with database_of_its_own(tmp_path) as database, Clerk(database) as clerk:
        process = started(database, draft := clerk.ask(two_who_wait))
        process.terminate()
        assert process.wait(SECONDS) == 0
        assert clerk.ask(what_it_says, draft=draft)[:2] == [
            "failed",
            "The machine was restarted while this plan was being worked out. Plan again.",
        ]


def test_stopped_it_keeps_the_best_so_far_of_the_real_planner(tmp_path):
    with database_of_its_own(tmp_path) as database, Clerk(database) as clerk:
        process = started(database, draft := clerk.ask(two_who_wait))
        clerk.ask(stop_it, draft=draft)
        assert process.wait(SECONDS) == 0
        found = clerk.ask(what_it_says, draft=draft)
        assert (found[0], found[2]) == ("stopped", 2)


def stop_it(draft: int) -> None:
    asking.stop(draft=Draft.objects.get(pk=draft), by=User.objects.get())


def test_a_worker_that_is_gone_does_not_stop_the_work(tmp_path):
    """`--once` starts the process and ends: what it started goes on to its end, with the real solver."""
    with database_of_its_own(tmp_path) as database, Clerk(database) as clerk:
        draft = clerk.ask(two_who_wait)
        assert f"Draft {draft}: started." in python(database, "manage.py", "worker", "--once")
        until(lambda: status(database) not in ("waiting", "working"))
        says = clerk.ask(what_it_says, draft=draft)
        assert says[:3] == ["ready", "The plan is ready.", 2] and says[3].startswith("HiGHS")


@pytest.mark.parametrize("module", ["scheduling.management.commands.worker", "scheduling.urls"])
def test_no_process_but_that_of_a_draft_loads_the_solver(module):
    assert python("sqlite://", "-m", "tests.fakes.loaded", "highspy", module) == "no"
