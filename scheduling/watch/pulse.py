"""The heartbeat of a worker, beside its work: whoever waits for it or for its claims knows whether it lives.

It has a thread of its own, for a mail may take minutes to send. If the work itself stands still for longer
than any piece of it takes, the heart stops too.
"""

import logging
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from secrets import token_hex
from threading import Event, Thread
from time import monotonic

from django.db import DatabaseError, connection
from django.utils import timezone

from scheduling.models.watch import BEAT_SECONDS, WorkerBeat

# Longer than any sending takes; after that the work hangs.
LONGEST_STANDSTILL = 15 * 60
# Rows of workers that were killed are of no use to anybody after this.
FORGOTTEN_AFTER = timedelta(days=1)

logger = logging.getLogger(__name__)


class _Process:
    """What this process is called while it is a worker that beats, and when its work last moved on."""

    name = ""
    moved_on = 0.0


def own_name() -> str:
    """The name under which this process claims mails; empty if it has no heartbeat."""
    return _Process.name


def move_on() -> None:
    """Say that the work goes on."""
    _Process.moved_on = monotonic()


@contextmanager
def beating() -> Iterator[None]:
    """Let this process beat while the block runs. A database that is down is tried again at the next beat."""
    _Process.name = f"{socket.gethostname()[:60]}:{os.getpid()}:{token_hex(4)}"
    move_on()
    ended = Event()
    thread = Thread(target=_beat_until, args=(ended, timezone.now()), daemon=True, name="pulse")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(BEAT_SECONDS)
        _Process.name = ""


def _beat_until(ended: Event, started_at: datetime) -> None:
    name = _Process.name
    while True:
        if monotonic() - _Process.moved_on < LONGEST_STANDSTILL:
            _try(lambda: beat(name, started_at))
        if ended.wait(BEAT_SECONDS):
            return


def beat(name: str, started_at: datetime) -> None:
    """Write one beat, and forget workers that were killed long ago."""
    now = timezone.now()
    _, is_new = WorkerBeat.objects.update_or_create(
        name=name, defaults={"beat_at": now}, create_defaults={"beat_at": now, "started_at": started_at}
    )
    if is_new:
        WorkerBeat.objects.filter(beat_at__lt=now - FORGOTTEN_AFTER).delete()


def _try(write: Callable[[], object]) -> None:
    """Write by a connection of this thread, which is closed again: it would be idle for most of its time."""
    try:
        write()
    except DatabaseError as error:
        logger.warning("The worker's heartbeat could not be written: %s.", type(error).__name__)
    finally:
        connection.close()
