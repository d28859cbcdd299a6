"""The long-running process beside the web server: releases lapsed holds, reminds, sends and reads mails."""

import logging
import signal
import time
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any, Protocol

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, close_old_connections

from patients import kept_forms
from patients.chain import chain_new_rows, say_heads
from scheduling.adt import keeping
from scheduling.adt.applying import apply_waiting
from scheduling.adt.folder import take_files
from scheduling.answers.reading import read_mailboxes
from scheduling.booking.drafts.accepting import make_real
from scheduling.booking.drafts.solver_process import end_own, see_to_drafts
from scheduling.booking.holds import lapse_holds
from scheduling.booking.missing_tasks import open_missing_tasks
from scheduling.booking.next_family import pass_on_lapsed
from scheduling.booking.undoable import forget_old
from scheduling.management.beside import beside
from scheduling.management.statistics import gather_statistics
from scheduling.merging import unmerge
from scheduling.moving_in import asking
from scheduling.moving_in.taking_back import take_back_asked
from scheduling.moving_in.taking_in import take_in_confirmed
from scheduling.retention.job import erase_due
from scheduling.telling.delivery import deliver_due
from scheduling.telling.nobody_told import look_for_nobody_told
from scheduling.telling.packing import pack_old
from scheduling.telling.queue_reminders import queue_in_turn
from scheduling.telling.returned_texts import mark_returned_texts
from scheduling.telling.stuck import ask_about_stuck
from scheduling.telling.text_tasks import ask_about_texts
from scheduling.unit.freed_room import close_past
from scheduling.visit.downtime import write_evening_packs
from scheduling.visit.unrecorded import ask_about_unrecorded
from scheduling.watch import pulse
from scheduling.webhooks.rounds import tell_systems

logger = logging.getLogger(__name__)


class Job(Protocol):
    """Does what is due, asking `stopping` between two pieces of work.

    Returns what was done: false if nothing; its text is a line that names nobody. None if it is switched off.
    """

    def __call__(self, *, stopping: Callable[[], bool]) -> object: ...


def forget_ended_sessions(*, stopping: Callable[[], bool] = bool) -> None:
    """Delete the sessions that have ended. Django never does so by itself."""
    call_command("clearsessions")


# Run in this order, each in every round, except those in SELDOM.
JOBS: tuple[Job, ...] = (
    lapse_holds,
    pass_on_lapsed,
    close_past,
    look_for_nobody_told,
    ask_about_unrecorded,
    queue_in_turn,
    deliver_due,
    ask_about_stuck,
    ask_about_texts,
    mark_returned_texts,
    read_mailboxes,
    take_files,
    apply_waiting,
    make_real,
    take_in_confirmed,
    take_back_asked,
    see_to_drafts,
    asking.forget_old,
    unmerge.forget_old,
    keeping.forget_old,
    forget_old,
    pack_old,
    write_evening_packs,
    erase_due,
    kept_forms.forget_old,
    forget_ended_sessions,
    gather_statistics,
    chain_new_rows,
    say_heads,
)
# Waits for servers that nobody here knows, so it has rounds of its own beside the others.
BESIDE: Job = tell_systems
# So many seconds lie between two starts of these.
SELDOM: dict[Job, int] = {
    close_past: 60,
    look_for_nobody_told: 60,
    ask_about_unrecorded: 60,
    queue_in_turn: 60,
    ask_about_stuck: 60,
    ask_about_texts: 300,
    mark_returned_texts: 300,
    asking.forget_old: 3600,
    unmerge.forget_old: 3600,
    keeping.forget_old: 3600,
    forget_old: 3600,
    pack_old: 600,
    write_evening_packs: 300,
    erase_due: 24 * 3600,
    kept_forms.forget_old: 3600,
    forget_ended_sessions: 24 * 3600,
    gather_statistics: 24 * 3600,
    say_heads: 24 * 3600,
}


class Command(BaseCommand):
    help = (
        "Lets go of lapsed holds, reminds families, delivers mail and reads answers until it is told to end "
        "(SIGTERM or Ctrl-C); then it finishes the mail in hand."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="do what is due now, say what was done, and end"
        )
        parser.add_argument("--pause", type=int, default=5, help="seconds between two rounds (default 5)")

    def handle(self, *, once: bool, pause: int, **options: Any) -> None:
        if pause < 1:
            raise CommandError("The pause must be at least 1 second.")
        self._stop = False
        self._next: dict[Job, float] = {}
        before = {number: signal.signal(number, self._end) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            if once:
                open_missing_tasks()
                for job in (*JOBS, BESIDE):
                    if (done := job(stopping=self._stopping)) is not None:
                        self._say(str(done))
            else:
                self._say(f"The worker has started; it rests {pause} s between two rounds.")
                with pulse.beating():
                    self._begin(pause)
                    with beside(BESIDE, pause=pause, say=self._say):
                        while not self._stop:
                            self._round()
                            self._rest(pause)
        finally:
            if not once:
                end_own()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _begin(self, pause: int) -> None:
        """Wait until the database answers and has its tables."""
        said = False
        while not self._stop:
            close_old_connections()
            pulse.move_on()
            try:
                open_missing_tasks()
                return
            except DatabaseError as error:
                if not said:
                    logger.error("The worker waits for the database: %s.", type(error).__name__)
                    said = True
            self._rest(pause)

    def _round(self) -> None:
        """Run every job that is due. One that fails, for example without its database, is run again later."""
        close_old_connections()
        for job in JOBS:
            if time.monotonic() < self._next.get(job, 0):
                continue
            self._next[job] = time.monotonic() + SELDOM.get(job, 0)
            pulse.move_on()
            try:
                if done := job(stopping=self._stopping):
                    self._say(str(done))
            except Exception as error:
                # Without the error's own text, which may quote a row.
                logger.error("A job of the worker broke down: %s.", type(error).__name__)

    def _rest(self, seconds: int) -> None:
        """Sleep in short pieces: a signal does not end `time.sleep`, it only runs its handler."""
        until = time.monotonic() + seconds
        while not self._stop and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.5))

    def _end(self, *signal_and_frame: Any) -> None:
        self._stop = True

    def _stopping(self) -> bool:
        return self._stop

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
