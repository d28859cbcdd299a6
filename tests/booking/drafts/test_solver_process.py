"""The worker starts the process of a draft, never waits for it, and says what happened to it."""

import subprocess
from contextlib import ExitStack
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from scheduling.booking.drafts import asking, pulse, solver_process
from scheduling.booking.drafts.solver_process import see_to_drafts
from scheduling.booking.drafts.working import work_out
from scheduling.models import Draft
from tests import builders
from tests.booking.drafts.conftest import waiting, weeks


class Process:
    """A process that neither starts nor ends by itself."""

    def __init__(self, command, **options):
        self.command, self.options, self.code = command, options, None
        self.killed = self.told_to_end = False
        started.append(self)

    def poll(self):
        return self.code

    def kill(self):
        self.killed, self.code = True, -9

    def terminate(self):
        self.told_to_end = True

    def wait(self, seconds=None):
        if seconds is not None and self.code is None:
            raise subprocess.TimeoutExpired(self.command, seconds)
        return self.code


started: list[Process] = []


@pytest.fixture(autouse=True)
def no_real_process(monkeypatch):
    started.clear()
    monkeypatch.setattr(solver_process, "_own", solver_process._Own())
    monkeypatch.setattr(
        solver_process,
        "subprocess",
        SimpleNamespace(Popen=Process, DEVNULL=subprocess.DEVNULL, TimeoutExpired=subprocess.TimeoutExpired),
    )


def working(draft, silent=timedelta(0)):
    """What the process itself writes when it begins."""
    Draft.objects.filter(pk=draft.pk).update(status="working", heartbeat=timezone.now() - silent)


def test_without_a_draft_nothing_is_started_and_nothing_said(db):
    assert see_to_drafts() is None and started == []


def test_one_draft_at_a_time_and_only_its_number_in_the_command(unit, ask, coordinator):
    first = ask(*waiting(unit, 1), work=False)
    other = builders.unit()
    day, last = weeks()
    second = asking.ask_for_plan(
        unit=other,
        first_day=day,
        last_day=last,
        notice_days=7,
        kept_free=0,
        by=coordinator,
        courses=[each.pk for each in waiting(other, 1)],
    )
    assert str(see_to_drafts()) == f"Draft {first.pk}: started."
    assert started[0].command[-2:] == ["solve_draft", str(first.pk)]
    working(first)
    assert see_to_drafts() is None and len(started) == 1
    Draft.objects.filter(pk=first.pk).update(status="ready", ended_at=timezone.now(), happened="Ready.")
    started[0].code = 0
    assert str(see_to_drafts()) == f"Draft {first.pk}: ready. Draft {second.pk}: started."


def test_a_process_that_falls_silent_is_killed_and_that_is_said(unit, ask):
    draft = ask(*waiting(unit, 1), work=False)
    see_to_drafts()
    working(draft, silent=timedelta(minutes=1, seconds=59))
    assert see_to_drafts() is None and not started[0].killed
    working(draft, silent=timedelta(minutes=2, seconds=1))
    see_to_drafts()
    draft.refresh_from_db()
    assert started[0].killed
    assert (draft.status, draft.happened) == (
        "failed",
        "The planner gave no sign of life for two minutes, so it was stopped. Plan again.",
    )


def test_a_draft_of_a_machine_that_is_gone_says_that_it_was_restarted(unit, ask):
    draft = ask(*waiting(unit, 1), work=False)
    working(draft, silent=timedelta(minutes=3))
    see_to_drafts()
    draft.refresh_from_db()
    assert (draft.status, draft.happened) == (
        "failed",
        "The machine was restarted while this plan was being worked out. Plan again.",
    )


def test_a_process_that_dies_leaves_a_sentence(unit, ask):
    draft = ask(*waiting(unit, 1), work=False)
    see_to_drafts()
    working(draft)
    started[0].code = -9
    see_to_drafts()
    draft.refresh_from_db()
    assert draft.status == "failed" and draft.happened.startswith("The planner ended before it had a plan.")


def test_cancelled_the_process_ends_and_the_next_has_its_turn(unit, ask, coordinator):
    draft = ask(*waiting(unit, 1), work=False)
    see_to_drafts()
    working(draft)
    asking.cancel(draft=draft, by=coordinator)
    see_to_drafts()
    assert started[0].killed
    again = ask(*unit.courses.all(), work=False)
    assert str(see_to_drafts()).endswith(f"Draft {again.pk}: started.")


def test_a_worker_that_is_told_to_end_starts_nothing(unit, ask):
    ask(*waiting(unit, 1), work=False)
    assert see_to_drafts(stopping=lambda: True) is None and started == []


def test_a_worker_that_ends_tells_its_process_and_does_not_wait_for_ever(unit, ask):
    ask(*waiting(unit, 1), work=False)
    see_to_drafts()
    solver_process.end_own()
    assert started[0].told_to_end
    solver_process.end_own()


def test_a_database_that_goes_away_while_it_thinks_leaves_a_draft_that_says_so(unit, ask, fake, monkeypatch):
    draft = ask(*waiting(unit, 1), work=False)
    see_to_drafts()

    def gone(execute, statement, parameters, many, context):
        # The pulse opens another connection, which here would lose what the test has written.
        monkeypatch.setattr(pulse, "connection", SimpleNamespace(close=lambda: None))
        raise OperationalError("server closed the connection unexpectedly")

    with ExitStack() as until_it_is_back:
        fake.before_end = lambda: until_it_is_back.enter_context(connection.execute_wrapper(gone))
        assert work_out(draft.pk) == f"Draft {draft.pk}: not kept."
    started[0].code = 0
    draft.refresh_from_db()
    assert draft.status == "working"
    assert str(see_to_drafts()) == f"Draft {draft.pk}: its process could not keep the plan."
    draft.refresh_from_db()
    assert (draft.status, draft.lines.count()) == ("failed", 0)
    assert draft.happened.startswith("The database could not be reached")
