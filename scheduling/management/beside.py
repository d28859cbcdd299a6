"""A job of the worker with rounds of its own, in a thread beside the others: it may wait, and they do not."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

from django.db import close_old_connections, connection

# At the end, for what is in hand; what takes longer is left to the next worker.
LAST_SECONDS = 15

logger = logging.getLogger(__name__)


@contextmanager
def beside(job: Callable[..., Any], *, pause: int, say: Callable[[str], None]) -> Iterator[None]:
    """Run rounds of the job while the block runs. One that fails is run again after the pause, in seconds.

    job: called with `stopping`. say: is given each line about what was done.
    """
    ended = Event()
    thread = Thread(target=_rounds, args=(job, ended, pause, say), daemon=True, name=job.__name__)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(LAST_SECONDS)


def _rounds(job: Callable[..., Any], ended: Event, pause: int, say: Callable[[str], None]) -> None:
    while not ended.is_set():
        try:
            close_old_connections()
            if done := job(stopping=ended.is_set):
                say(str(done))
        except Exception as error:
            # Without the error's own text, which may quote a row.
            logger.error("A job of the worker broke down: %s.", type(error).__name__)
        ended.wait(pause)
    connection.close()
