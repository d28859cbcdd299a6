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
    for size in SIZES:
        found = [solved_apart(size.chairs, n, size.weeks, seed) for seed, n in enumerate(size.courses)]
        write(f" {size.chairs} chairs, {' and '.join(map(str, sorted(set(size.courses))))} courses")
        for each in found:
            write(
                f"    value {each['value']}, bound {each['bound']}, left out {each['left_out']}, "
                f"first come first served {each['served']}, "
                f"at best by the LP {each['at_best']} in {each['at_best_seconds']:.1f} s"
            )
        gaps = [100 * (each["value"] - each["bound"]) / max(1, each["value"]) for each in found]
        tell("gap, median", median(gaps), "%", at_most=size.middle_gap)
        tell("gap, worst", max(gaps), "%", at_most=size.worst_gap)
        tell("processor time, worst", max(each["seconds"] for each in found), "s", at_most=size.seconds)
        tell("memory, worst", max(each["megabytes"] for each in found), "MB", at_most=size.megabytes)
        if min(size.courses) >= 100:
            less = [100 * (1 - each["late"] / max(1, each["served_late"])) for each in found]
            tell("less weighted lateness than first come first served", min(less), "%", at_least=90)


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
    served, served_late = first_come_first_served(question)
    weights = {each.request.course_id: each.weight for each in question.candidates}
    return {
        "value": found.value,
        "bound": found.bound,
        "left_out": len(found.left_out),
        "late": sum(weights[each.course_id] * each.days_late for each in found.placed),
        "seconds": seconds,
        "megabytes": megabytes,
        "at_best": at_best,
        "at_best_seconds": at_best_seconds,
        "served": served,
        "served_late": served_late,
    }


def first_come_first_served(question: Instance) -> tuple[int, int]:
    """What it costs, and the lateness in it, if each course in turn takes its first possible days."""
    from scheduling.rules import first_possible, taken_by

    diary, value, late = question.diary, 0, 0
    for each in question.candidates:
        visits = first_possible(each.request, diary)
        if visits is None or visits[-1].day > question.last_day:
            value += each.weight * 365
            continue
        lateness = each.weight * max(0, (visits[0].day - each.due).days)
        value, late = value + lateness, late + lateness
        rows = [taken_by(visit, each.request.course_id, each.request, diary.nurse_rule) for visit in visits]
        diary = diary.with_course_at(each.request.course_id, rows)
    return value, late


if __name__ == "__main__":
    chairs, courses, weeks, seed = map(int, sys.argv[1:])
    write(json.dumps(solve(instance(chairs=chairs, courses=courses, weeks=weeks, seed=seed))))
