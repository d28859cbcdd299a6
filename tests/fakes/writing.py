"""Somebody who books course after course, as a process, and remembers what was acknowledged."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from time import monotonic, sleep

from tests import clock
from tests.processes import ROOT, environment


class Writing:
    """`booked`: the courses that were acknowledged so far. `away`: how often the database did not answer."""

    def __init__(self, database: str, **more: str) -> None:
        self.booked: list[int] = []
        self.away = 0
        self.process = subprocess.Popen(
            clock.python("-m", "tests.writer"),
            cwd=ROOT,
            env=environment(database, **more),
            stdout=subprocess.PIPE,
            text=True,
        )
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            if line.startswith("away"):
                self.away += 1
            else:
                self.booked.append(int(line))

    def wait_for(self, more: int, *, seconds: float = 90) -> None:
        """Until so many more are acknowledged."""
        until, number = monotonic() + seconds, len(self.booked) + more
        while len(self.booked) < number:
            assert self.process.poll() is None, "it has ended by itself"
            assert monotonic() < until, f"{len(self.booked)} of {number} were booked"
            sleep(0.02)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join(10)


@contextmanager
def writing(database: str, **more: str) -> Iterator[Writing]:
    writer = Writing(database, **more)
    try:
        yield writer
    finally:
        writer.kill()
