"""`make bench`: figures with their goals, and ratios. Machines are noisy: compare within one run.

`python -m tests.benchmarks search mails planner database worker` runs the ones named.
"""

import os
import platform
import sys
from pathlib import Path

from tests.benchmarks import mails, planner, search
from tests.benchmarks.figures import write


def database() -> None:
    """On an empty database of each engine: the diary, the pages, booking and memory."""
    _on_each_engine("tests.benchmarks.database")


def worker() -> None:
    """On a big Trust of each engine: sending, resting and reminding, and what mails take on the disk."""
    _on_each_engine("tests.benchmarks.worker")


def _on_each_engine(module: str) -> None:
    for engine, before in (
        ("SQLite", ()),
        ("PostgreSQL", ("-W", "ignore", "-m", "tests.with_postgres", sys.executable)),
    ):
        write(f"On {engine}")
        command = [sys.executable, *before, "-m", module]
        os.spawnv(os.P_WAIT, sys.executable, command)


SUBJECTS = {
    "search": search.main,
    "mails": mails.main,
    "planner": planner.main,
    "database": database,
    "worker": worker,
}


def main(*names: str) -> None:
    write(f"{os.cpu_count()} cores, {_processor()}, Python {platform.python_version()}")
    for name in names or SUBJECTS:
        SUBJECTS[name]()


def _processor() -> str:
    rows = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    return next((row.partition(": ")[2] for row in rows if row.startswith("model name")), platform.machine())


if __name__ == "__main__":
    main(*sys.argv[1:])
