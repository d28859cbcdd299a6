"""Files of messages that the hospital's system puts into a folder, taken by the worker.

`*.hl7` that nobody has written to for some seconds. Once every message of a file is stored the file is
deleted: it may be about children who are not here. The answers lie in `done/`, or in `failed/` if a message
could not be read. A process that dies before finds the file again, and changes nothing by that. A file of
which nothing is stored, for it is empty or too big, goes to `unread/` until a person takes it away.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from os import stat_result
from pathlib import Path
from time import time

from django.conf import settings

from crmo_clinic.nhsuk.wording import quantity
from scheduling.adt.acknowledging import TOO_BIG, Answer, answer
from scheduling.adt.framing import Header, parted
from scheduling.adt.receiving import receive, tell_unread
from scheduling.adt.taking_apart import BROKEN, Unreadable
from scheduling.watch import pulse

PATTERN, DONE, FAILED, UNREAD, ANSWERS = "*.hl7", "done", "failed", "unread", ".ack"
EMPTY = Unreadable(BROKEN, "There is no message in the file.")
# Whoever writes a file with its own name is given this long after the last byte.
SETTLED_SECONDS = 5
BIGGEST_FILE = 50_000_000
FILES_A_ROUND = 200

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Taken:
    """How many files were taken in a round, and how many of them had something that could not be read."""

    done: int = 0
    failed: int = 0

    def __bool__(self) -> bool:
        return bool(self.done or self.failed)

    def __str__(self) -> str:
        return f"Hospital’s records: {quantity(self.done, 'file')} taken, {self.failed} failed."


def take_files(*, stopping: Callable[[], bool] = lambda: False) -> Taken | None:
    """Take the files that are whole, the oldest first. None, without a look, where there is no folder."""
    if not settings.ADT_DIR:
        return None
    folder, done, failed = Path(settings.ADT_DIR), 0, 0
    if not folder.is_dir():
        logger.error("The folder of ADT messages is not there.")
    found = sorted((path.stat().st_mtime, path) for path in folder.glob(PATTERN) if path.is_file())
    for changed_at, path in found[:FILES_A_ROUND]:
        if stopping():
            break
        if abs(time() - changed_at) < SETTLED_SECONDS:
            continue
        try:
            is_good = _take(path, stopping)
        except Exception as error:
            # Without the name of the file, which may be that of a child, and the words of the error.
            logger.error("A file of ADT messages cannot be taken: %s.", type(error).__name__)
            continue
        if is_good is not None:
            done, failed = done + is_good, failed + (not is_good)
    return Taken(done, failed)


def _take(path: Path, stopping: Callable[[], bool]) -> bool | None:
    """Whether every message of the file could be read; None if it has to be taken again."""
    was = path.stat()
    is_too_big = was.st_size > BIGGEST_FILE
    messages = [] if is_too_big else parted(path.read_bytes())
    if not messages:
        fault = TOO_BIG if is_too_big else EMPTY
        tell_unread(path.name, fault)
        _leave_answers(path, FAILED, [answer(Header(), fault)])
        _move_away(path)
        return False
    answers = []
    for raw in messages:
        if stopping():
            # What is stored is known again.
            return None
        pulse.move_on()
        answers.append(receive(raw, path.name))
    if not all(each.is_stored for each in answers) or _has_grown(path, was):
        return None
    is_good = all(each.is_accepted for each in answers)
    _leave_answers(path, DONE if is_good else FAILED, answers)
    # Another worker may have deleted it.
    path.unlink(missing_ok=True)
    return is_good


def _has_grown(path: Path, was: stat_result) -> bool:
    """Whether somebody wrote to it since: then there is more in it than was stored."""
    try:
        now = path.stat()
    except FileNotFoundError:
        # Another worker took it.
        return False
    return (now.st_size, now.st_mtime_ns) != (was.st_size, was.st_mtime_ns)


def _leave_answers(path: Path, name: str, answers: list[Answer]) -> None:
    """Beside nothing else: before the file goes, so that they are never missing."""
    folder = path.parent / name
    folder.mkdir(exist_ok=True)
    there = _free(folder, path.stem, f"{path.suffix}{ANSWERS}")
    there.write_bytes(b"".join(each.content for each in answers))


def _move_away(path: Path) -> None:
    folder = path.parent / UNREAD
    folder.mkdir(exist_ok=True)
    path.rename(_free(folder, path.stem, path.suffix))


def _free(folder: Path, stem: str, suffix: str) -> Path:
    """A name that no file of the folder has."""
    there, number = folder / f"{stem}{suffix}", 1
    while there.exists():
        number += 1
        there = folder / f"{stem}-{number}{suffix}"
    return there
