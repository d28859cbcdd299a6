"""How long messages are kept: their words for some weeks, and of those about nobody here nothing after that.

What is about a child here stays with the child's record, without its words, and is erased with it
(`retention/erase.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import time

from django.conf import settings
from django.utils import timezone

from crmo_clinic.nhsuk.wording import quantity
from scheduling.adt.applying import is_set_up
from scheduling.adt.folder import DONE, FAILED
from scheduling.retention.policy import adt_to_forget

A_DAY = 24 * 3600


@dataclass(frozen=True)
class Forgotten:
    """How many messages lost their words, and how many went whole; false if none."""

    words: int
    whole: int

    def __bool__(self) -> bool:
        return bool(self.words or self.whole)

    def __str__(self) -> str:
        return (
            f"Hospital’s records: the words of {quantity(self.words, 'message')} deleted, {self.whole} whole."
        )


def forget_old(*, stopping: Callable[[], bool] = lambda: False) -> Forgotten | None:
    """Let go of what is old. None, without a query, where nothing of the kind is read."""
    if not is_set_up():
        return None
    now = timezone.now()
    # A task that somebody did still names its message.
    whole, _ = adt_to_forget(now).filter(patient=None, tasks=None).delete()
    words = adt_to_forget(now).exclude(raw=b"").update(raw=b"")
    _forget_files()
    return Forgotten(words, whole)


def _forget_files() -> None:
    """The answers, and files from when they were kept; not what was never stored (`unread/`)."""
    for name in (DONE, FAILED) if settings.ADT_DIR else ():
        for path in (Path(settings.ADT_DIR) / name).glob("*"):
            if path.stat().st_mtime < time() - settings.KEEP_ADT_DAYS * A_DAY:
                path.unlink(missing_ok=True)
