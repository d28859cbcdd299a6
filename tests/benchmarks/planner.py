"""The planner on units of every size: value, bound, gap, time and memory, beside first come first served.

Each instance has a process of its own, so that its memory is its own. `python -m tests.benchmarks.planner 4
30 4 0` solves one (chairs, courses, weeks, seed) and writes its figures as one line of JSON.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from resource import RUSAGE_SELF, getrusage
from statistics import median
from time import process_time

from tests.benchmarks.figures import tell, write
from tests.planner.instances import Instance, instance


@dataclass(frozen=True)
class Size:
    """A unit of the table: its instances and its goals (gaps in per cent, CPU seconds, MB)."""

    chairs: int
    courses: tuple[int, ...]
    weeks: int
    middle_gap: float
    worst_gap: float
    seconds: float
    megabytes: float


SIZES = (
    Size(4, (30, 30), 4, 0.0, 0.0, 3, 150),
    Size(8, (100, 140), 10, 1.5, 1.5, 45, 700),
    Size(14, (250, 250, 250, 250), 12, 1.0, 2.0, 60, 1200),
    Size(22, (500,), 16, 0.7, 0.7, 120, 1200),
)


def main() -> None:
    write("Planner: a 15-minute grid, one thread, each instance in its own process; processor time")
    write(TITLES)
    measured = []
    for size in SIZES:
        found = []
        for seed, courses in enumerate(size.courses):
            found.append(solved_apart(size.chairs, courses, size.weeks, seed))
            write(_row(size, courses, found[-1]))
        measured.append((size, found))
    for size, found in measured:
        write(f" {size.chairs} chairs, {' and '.join(map(str, sorted(set(size.courses))))} courses")
        gaps = [_gap(each) for each in found]
        tell("gap, median", median(gaps), "%", at_most=size.middle_gap)
        tell("gap, worst", max(gaps), "%", at_most=size.worst_gap)
        tell("processor time, worst", max(each["seconds"] for each in found), "s", at_most=size.seconds)
        tell("memory, worst", max(each["megabytes"] for each in found), "MB", at_most=size.megabytes)
        tell("what at best, worst", max(each["at_best_seconds"] for each in found), "s", at_most=3)
        if min(size.courses) >= 100:
            tell("less cost than first come first served", _less(found, "value"), "%", at_least=90)
            tell("  the most that any plan could, by the bound", _less(found, "bound"), "%")


# Cost, bound and what is served are in points: a day late of a routine child, 365 for one left out.
TITLES = (
    f"  {'chairs':>6} {'courses':>7} {'cost':>7} {'bound':>7} {'gap %':>6} {'CPU s':>6} {'MB':>5} "
    f"{'left out':>8} {'served':>7} {'at best':>7} {'CPU s':>6}"
)


def _row(size: Size, courses: int, each: dict[str, float]) -> str:
    return (
        f"  {size.chairs:>6} {courses:>7} {each['value']:>7} {each['bound']:>7} {_gap(each):>6.2f} "
        f"{each['seconds']:>6.1f} {each['megabytes']:>5.0f} {each['left_out']:>8} {each['served']:>7} "
        f"{each['at_best']:>7} {each['at_best_seconds']:>6.1f}"
    )


def _gap(each: dict[str, float]) -> float:
    """In per cent of the value."""
    return 100 * (each["value"] - each["bound"]) / max(1, each["value"])


def _less(found: list[dict[str, float]], what: str) -> float:
    """By how many per cent the value, or the bound, is below what first come first served costs, at worst."""
    return min(100 * (1 - each[what] / max(1, each["served"])) for each in found)


def solved_apart(*numbers: int) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.planner", *map(str, numbers)]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout.splitlines()[-1])


def solve(question: Instance) -> dict[str, float]:
    from scheduling.planner import bound_of, plan

    began = process_time()
    found = plan(question.candidates, question.diary, last_day=question.last_day)
    seconds, megabytes = process_time() - began, getrusage(RUSAGE_SELF).ru_maxrss / 1024
    began = process_time()
    at_best = bound_of(question.candidates, question.diary, last_day=question.last_day)
    at_best_seconds = process_time() - began
    return {
        "value": found.value,
        "bound": found.bound,
        "left_out": len(found.left_out),
        "seconds": seconds,
        "megabytes": megabytes,
        "at_best": at_best,
        "at_best_seconds": at_best_seconds,
        "served": first_come_first_served(question),
    }


def first_come_first_served(question: Instance) -> int:
    """What it costs if each course in turn takes its first possible days."""
    from scheduling.rules import first_possible, taken_by

    diary, cost = question.diary, 0
    for each in question.candidates:
        visits = first_possible(each.request, diary)
        if visits is None or visits[-1].day > question.last_day:
            cost += each.weight * 365
            continue
        cost += each.weight * max(0, (visits[0].day - each.due).days)
        rows = [taken_by(visit, each.request.course_id, each.request, diary.nurse_rule) for visit in visits]
        diary = diary.with_course_at(each.request.course_id, rows)
    return cost


if __name__ == "__main__":
    chairs, courses, weeks, seed = map(int, sys.argv[1:])
    write(json.dumps(solve(instance(chairs=chairs, courses=courses, weeks=weeks, seed=seed))))
