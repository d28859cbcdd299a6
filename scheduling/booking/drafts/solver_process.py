"""Starts the process that works on a draft, and watches it: a job of the worker, which never waits for it.

One process at a time. It has the draft's key as its only argument, and whatever it finds out stands in the
row.
"""

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from scheduling.booking.drafts.endings import end
from scheduling.models import Draft
from scheduling.states import DraftStatus

# Without a word for so long, a process counts as gone.
SILENT = timedelta(minutes=2)
# The planner is asked every two seconds whether to go on, and has three to end.
SECONDS_TO_END = 6.0
RESTARTED = "The machine was restarted while this plan was being worked out. Plan again."
NO_ANSWER = "The planner gave no sign of life for two minutes, so it was stopped. Plan again."
DIED = "The planner ended before it had a plan. Plan again, for fewer weeks or fewer children."
UNKEPT = "The database could not be reached when this plan was done, so it was not kept. Plan again."


@dataclass
class _Own:
    """The process that this worker has started, if any."""

    process: subprocess.Popen[bytes] | None = None
    draft_id: int = 0


_own = _Own()


@dataclass(frozen=True)
class Seen:
    """What was done about drafts in one round of the worker; false if nothing."""

    lines: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.lines)

    def __str__(self) -> str:
        return " ".join(self.lines)


def see_to_drafts(*, stopping: Callable[[], bool] = lambda: False) -> Seen | None:
    """Note which processes have ended or fallen silent, and start the next. None if there is nothing to
    do."""
    now = timezone.now()
    said = [*_after_own(), *_silent(now)]
    if not stopping() and _own.process is None and (started := _start_next(now)):
        said.append(started)
    return Seen(tuple(said)) or None


def end_own() -> None:
    """The worker ends: tell its process to end too, and give it a moment to say so in the draft."""
    if _own.process is not None and _own.process.poll() is None:
        _own.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            _own.process.wait(SECONDS_TO_END)
    _own.process = None


def _after_own() -> list[str]:
    """Reap the own process. A draft that it leaves unfinished is said to be so; one that was cancelled ends
    it."""
    if _own.process is None:
        return []
    draft = Draft.objects.get(pk=_own.draft_id)
    code = _own.process.poll()
    if code is None:
        if draft.status == DraftStatus.CANCELLED:
            _own.process.kill()
        return []
    _own.process = None
    # One that comes to its end has said so in the row, unless the row was out of reach.
    if end(draft, DraftStatus.FAILED, DIED if code else UNKEPT):
        return [f"Draft {draft.pk}: its process {'died' if code else 'could not keep the plan'}."]
    return [f"Draft {draft.pk}: {draft.get_status_display().lower()}."]


def _silent(now: datetime) -> list[str]:
    """End the drafts whose process has not been heard of: the own one, or one of a machine that is gone."""
    said = []
    for draft in Draft.objects.filter(status=DraftStatus.WORKING, heartbeat__lt=now - SILENT):
        happened = RESTARTED
        if _own.process is not None and _own.draft_id == draft.pk:
            _own.process.kill()
            _own.process.wait()
            _own.process, happened = None, NO_ANSWER
        if end(draft, DraftStatus.FAILED, happened):
            said.append(f"Draft {draft.pk}: not heard of any more.")
    return said


def _start_next(now: datetime) -> str:
    """Start the process of the draft that waits longest, if none is being worked out; what to say of it."""
    if Draft.objects.filter(status=DraftStatus.WORKING).exists():
        return ""
    draft = Draft.objects.filter(status=DraftStatus.WAITING).order_by("asked_at", "pk").first()
    if draft is None:
        return ""
    _own.process = subprocess.Popen(  # noqa: S603
        [sys.executable, str(settings.BASE_DIR / "manage.py"), "solve_draft", str(draft.pk)],
        cwd=settings.BASE_DIR,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        # Of its own, so that Ctrl-C in the worker's terminal reaches it through the worker.
        start_new_session=True,
    )
    _own.draft_id = draft.pk
    return f"Draft {draft.pk}: started."
