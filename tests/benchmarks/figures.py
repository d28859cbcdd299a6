"""Measuring and printing. Wall time and processor time are both told where they differ in meaning."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import process_time

TICKS = 100  # of a second in /proc, on every Linux


def write(line: str = "") -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def tell(
    what: str, value: float, unit: str, *, at_most: float | None = None, at_least: float | None = None
) -> None:
    """One figure in a line, with its goal and whether it is met."""
    goal = ""
    if at_most is not None:
        goal = f"goal ≤ {at_most:g} {unit}: {'met' if value <= at_most else 'MISSED'}"
    if at_least is not None:
        goal = f"goal ≥ {at_least:g} {unit}: {'met' if value >= at_least else 'MISSED'}"
    write(f"  {what:<66} {value:>8.1f} {unit:<8} {goal}".rstrip())


def milliseconds(action: Callable[[], object], times: int = 5) -> float:
    """The least processor time of a few runs."""
    return min(_once(action) for _ in range(times))


def each_in_milliseconds(actions: Sequence[Callable[[], object]]) -> list[float]:
    """The processor time of each, smallest first."""
    return sorted(map(_once, actions))


def _once(action: Callable[[], object]) -> float:
    began = process_time()
    action()
    return (process_time() - began) * 1000


def percentile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def middle(values: Sequence[float]) -> float:
    return median(values)


def processor_seconds(root: int) -> float:
    """What a process and its children have used so far, those that have ended included (Linux)."""
    return sum(sum(map(int, _stat(pid)[11:15])) for pid in family(root)) / TICKS


def family(root: int) -> list[int]:
    """A process and all below it."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int(_stat(int(folder.name))[1])
        except OSError:
            continue
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def resident_megabytes(pid: int) -> float:
    (line,) = (row for row in Path(f"/proc/{pid}/status").read_text().splitlines() if row.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def _stat(pid: int) -> list[str]:
    """The fields of /proc/pid/stat after the name, which may hold spaces."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
