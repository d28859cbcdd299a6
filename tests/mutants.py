"""Plant one fault at a time, and see whether a test notices: `make mutants`, for maintainers.

`python -m tests.mutants` runs all tests once to learn which of them reach which line, then plants faults in
copies of the project, one at a time, and runs the tests that reach the line. It prints the share noticed in
each room, and each fault that nobody noticed: a test that is missing, code that nobody needs, or a fault that
changes nothing. A person says which.

    python -m tests.mutants --number 50 scheduling/telling   # so many in each room, chosen by --seed
    python -m tests.mutants --keep-map                       # with what was learnt before
    python -m tests.mutants --near scheduling/checklist      # with the tests of that room alone

Faults that were noticed are kept, so a run that was ended goes on where it stopped; a change of the file, or
`--anew`, plants them again.
"""

import argparse
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue

from coverage import CoverageData

from tests import processes
from tests.faults import ROOMS, ROOT, Fault, faults_in

MAP = ROOT / "var" / "mutants.coverage"
# A line for each fault that was noticed.
KEPT = ROOT / "var" / "mutants.noticed"
# What migrations import: with a fault in it, the database of a test has to be migrated anew.
IN_MIGRATIONS = (Path("patients/constraints.py"),)
# A fault may make a test run for ever.
SECONDS = 180
MOST_TESTS = 150


def learn(folders: list[str]) -> None:
    """Run the tests in those folders, or all, and keep which of them reach which line; none in a browser or
    with a process of its own."""
    MAP.parent.mkdir(exist_ok=True)
    where = ["-m", "not browser and not processes", "-n", "2", *folders]
    measure = ["--cov", "--cov-context=test", "--cov-report=", "--cov-fail-under=0"]
    environment = os.environ | {"COVERAGE_FILE": str(MAP)}
    subprocess.run([sys.executable, "-m", "pytest", *where, *measure], cwd=ROOT, env=environment, check=False)


def tests_of(rooms: list[str]) -> list[str]:
    """The folders with the tests of those rooms."""
    names = [f"{folder}/{Path(room).name}" for room in rooms for folder in ("tests", "tests/pages")]
    return [name for name in names if (ROOT / name).is_dir()]


def tests_by_line(file: Path) -> dict[int, list[str]]:
    """The tests that reach each line.

    A line that is run as its module is imported has those that reach any other line of the module.
    """
    data = CoverageData(str(MAP))
    data.read()
    reached = {
        # A context is the test and its phase; a test may have that sign in its own name.
        line: {context.rpartition("|")[0] for context in contexts if "::" in context}
        for line, contexts in data.contexts_by_lineno(str(ROOT / file)).items()
    }
    whole = set().union(*reached.values())
    return defaultdict(list, {line: sorted(tests or whole) for line, tests in reached.items()})


def nearest(tests: list[str], file: Path) -> list[str]:
    """Those of the code's own subject first, then one of each test file in turn."""
    near = f"tests/{file.parts[min(1, len(file.parts) - 2)]}/"
    place: dict[str, int] = {}
    seen = Counter[str]()
    for test in tests:
        name = test.partition("::")[0]
        place[test] = -1 if test.startswith(near) else seen[name]
        seen[name] += 1
    return sorted(tests, key=place.__getitem__)


def _limit() -> None:
    """End this process after so much work, not so much time: a busy machine would notice every fault."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


class Copies:
    """As many copies of the project as faults are planted at a time."""

    def __init__(self, number: int) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="crmo-mutants-"))
        self._free: Queue[Path] = Queue()
        leave_out = shutil.ignore_patterns(".git", ".venv", "var", ".hypothesis", ".mypy_cache")
        for index in range(number):
            shutil.copytree(ROOT, self._folder / str(index), ignore=leave_out)
            self._free.put(self._folder / str(index))
        # Migrated once, for all that change no migration.
        self._run = self._folder / "run"
        self._run.mkdir()

    def is_noticed(self, fault: Fault, tests: list[str]) -> bool:
        if not tests:
            return False
        copy = self._free.get()
        file = copy / fault.file
        source = file.read_text(encoding="utf-8")
        try:
            file.write_text(fault.planted(source), encoding="utf-8")
            tests = nearest(tests, fault.file)[:MOST_TESTS]
            command = [
                sys.executable,
                "-m",
                "pytest",
                "-x",
                "-q",
                "-n",
                "0",
                "-p",
                "no:cacheprovider",
                *tests,
            ]
            run = {} if fault.file in IN_MIGRATIONS else {processes.RUN_FOLDER: str(self._run)}
            environment = os.environ | run
            done = subprocess.run(
                command, cwd=copy, env=environment, capture_output=True, preexec_fn=_limit, check=False
            )
            assert b"ERROR: not found" not in done.stderr + done.stdout, "the map is out of date: learn anew"
            return done.returncode != 0
        finally:
            file.write_text(source, encoding="utf-8")
            self._free.put(copy)

    def remove(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rooms", nargs="*", default=ROOMS)
    parser.add_argument("--number", type=int, default=25, help="faults in each room")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--at-a-time", type=int, default=2)
    parser.add_argument("--keep-map", action="store_true")
    parser.add_argument("--near", action="store_true", help="ask only the tests of the rooms")
    parser.add_argument("--anew", action="store_true", help="forget what became of faults planted before")
    asked = parser.parse_args(arguments)
    if not asked.keep_map or not MAP.exists():
        learn(tests_of(asked.rooms) if asked.near else [])
    chance = random.Random(asked.seed)
    chosen: list[Fault] = []
    for room in asked.rooms:
        files = sorted(path.relative_to(ROOT) for path in (ROOT / room).rglob("*.py"))
        faults = [f for file in files if "migrations" not in file.parts for f in faults_in(file)]
        chosen += chance.sample(faults, min(asked.number, len(faults)))
    reach = {file: tests_by_line(file) for file in {fault.file for fault in chosen}}
    if asked.anew:
        KEPT.unlink(missing_ok=True)
    known = set(KEPT.read_text().splitlines()) if KEPT.exists() else set()
    copies, planted, noticed = Copies(asked.at_a_time), Counter[str](), Counter[str]()
    try:
        with ThreadPoolExecutor(asked.at_a_time) as pool:
            results = pool.map(
                lambda f: f.key in known or copies.is_noticed(f, reach[f.file][f.line]), chosen
            )
            for fault, was in zip(chosen, results, strict=True):
                planted[fault.room] += 1
                noticed[fault.room] += was
                if was and fault.key not in known:
                    with KEPT.open("a") as kept:
                        kept.write(f"{fault.key}\n")
                if not was:
                    print(f"lives  {fault}", flush=True)  # noqa: T201
    finally:
        copies.remove()
    for room, number in planted.items():
        print(f"{room:24} {noticed[room]:4} of {number:4} noticed")  # noqa: T201
    share = 100 * noticed.total() / max(planted.total(), 1)
    print(f"{'all':24} {noticed.total():4} of {planted.total():4} noticed, {share:.0f} %")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
