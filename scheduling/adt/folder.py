"""Files of messages that the hospital's system puts into a folder, taken by the worker.

`*.hl7` that nobody has written to for some seconds. Every message of a file is stored before the file is
moved to `done/`, or to `failed/` if one of them could not be read, and the answers lie beside it. A process
that dies before finds the file again, and changes nothing by that.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import time

from django.conf import settings

from crmo_clinic.nhsuk.wording import quantity
from scheduling.adt.acknowledging import TOO_BIG, Answer, answer
from scheduling.adt.framing import Header, parted
from scheduling.adt.receiving import receive

PATTERN, DONE, FAILED, ANSWERS = "*.hl7", "done", "failed", ".ack"
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
            is_good = _take(path)
        except OSError as error:
            # Without the name of the file, which may be that of a child.
            logger.error("A file of ADT messages cannot be taken: %s.", type(error).__name__)
            continue
        if is_good is not None:
            done, failed = done + is_good, failed + (not is_good)
    return Taken(done, failed)


def _take(path: Path) -> bool | None:
    """Whether every message of the file could be read; None if it has to be taken again."""
    if path.stat().st_size > BIGGEST_FILE:
        answers = [answer(Header(), TOO_BIG)]
    else:
        answers = [receive(raw, path.name) for raw in parted(path.read_bytes())]
    if not all(each.is_stored for each in answers):
        return None
    is_good = bool(answers) and all(each.is_accepted for each in answers)
    _put_away(path, path.parent / (DONE if is_good else FAILED), answers)
    return is_good


def _put_away(path: Path, folder: Path, answers: list[Answer]) -> None:
    """Move the file, under a name that is free there; the answers first, so that they are never missing."""
    folder.mkdir(exist_ok=True)
    there, number = folder / path.name, 1
    while there.exists():
        number += 1
        there = folder / f"{path.stem}-{number}{path.suffix}"
    there.with_name(there.name + ANSWERS).write_bytes(b"".join(each.content for each in answers))
    # Another worker may have moved it.
    with suppress(FileNotFoundError):
        path.rename(there)
