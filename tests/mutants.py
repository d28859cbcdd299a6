"""Plant one fault at a time, and see whether a test notices: `make mutants`, for maintainers.

`python -m tests.mutants` runs all tests once to learn which of them reach which line, then plants faults in
copies of the project, one at a time, and runs the tests that reach the line. It prints the share noticed in
each room, and each fault that nobody noticed: a test that is missing, code that nobody needs, or a fault that
changes nothing. A person says which.

    python -m tests.mutants --number 50 scheduling/telling   # so many in each room, chosen by --seed
    python -m tests.mutants --keep-map                       # with what was learnt before
"""

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import Queue

from coverage import CoverageData

ROOT = Path(__file__).resolve().parents[1]
ROOMS = [
    f"scheduling/{name}"
    for name in ("telling", "booking", "visit", "answers", "unit", "history", "checklist", "tasks")
] + ["patients"]
MAP = ROOT / "var" / "mutants.coverage"
# A fault may make a test run for ever.
SECONDS = 180
MOST_TESTS = 150

COMPARISONS = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.Is: "is not",
    ast.IsNot: "is",
}
LOOKUPS = {"__lt": "__lte", "__lte": "__lt", "__gt": "__gte", "__gte": "__gt"}
NAMES = {
    "filter": "exclude",
    "exclude": "filter",
    "min": "max",
    "max": "min",
    "any": "all",
    "all": "any",
    "first": "last",
    "last": "first",
}


@dataclass(frozen=True)
class Fault:
    """What stands between two offsets of a file, and what is planted there instead."""

    file: Path
    line: int
    start: int
    end: int
    instead: str

    @property
    def room(self) -> str:
        return next(room for room in ROOMS if self.file.is_relative_to(room))

    def planted(self, source: str) -> str:
        return source[: self.start] + self.instead + source[self.end :]

    def __str__(self) -> str:
        source = (ROOT / self.file).read_text(encoding="utf-8")
        before = " ".join(source[self.start : self.end].split())
        return f"{self.file}:{self.line}: {before!r} -> {self.instead!r}"


def faults_in(file: Path) -> Iterator[Fault]:
    """Every single fault that could be planted in a file. file: from the root of the project."""
    source = (ROOT / file).read_text(encoding="utf-8")
    # Positions are in bytes of UTF-8.
    starts = [0]
    for line in source.encode().split(b"\n"):
        starts.append(starts[-1] + len(line) + 1)

    def offset(line: int, column: int) -> int:
        return len(source.encode()[: starts[line - 1] + column].decode())

    def fault(node: ast.expr | ast.stmt | ast.keyword, instead: str) -> Fault:
        begins, ends = offset(node.lineno, node.col_offset), offset(node.end_lineno, node.end_col_offset)
        return Fault(file, node.lineno, begins, ends, instead)

    tree = ast.parse(source)
    unasked = {id(part) for node in ast.walk(tree) for part in _not_run(node)}
    for node in ast.walk(tree):
        if id(node) not in unasked:
            yield from (
                planted
                for planted in map(partial(fault, node), _instead_of(node))
                if _parses(planted, source)
            )


def _parses(fault: Fault, source: str) -> bool:
    try:
        ast.parse(fault.planted(source))
    except SyntaxError:
        return False
    return True


def _not_run(node: ast.AST) -> Iterator[ast.AST]:
    """Annotations, defaults of models and the texts in f-strings, where a fault means nothing."""
    if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation:
        yield from ast.walk(node.annotation)
    elif isinstance(node, ast.FunctionDef) and node.returns:
        yield from ast.walk(node.returns)
    elif isinstance(node, ast.JoinedStr):
        yield from (part for part in ast.walk(node) if part is not node)


def _instead_of(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            yield f"({ast.unparse(left)} {COMPARISONS[type(op)]} {ast.unparse(right)})"
        case ast.BoolOp(op=op, values=[first, *rest]):
            other = " or " if isinstance(op, ast.And) else " and "
            yield "(" + other.join(f"({ast.unparse(value)})" for value in [first, *rest]) + ")"
            yield f"({ast.unparse(rest[-1])})"
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield f"bool({ast.unparse(operand)})"
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
            other = "-" if isinstance(op, ast.Add) else "+"
            if not isinstance(left, ast.Constant | ast.JoinedStr):
                yield f"({ast.unparse(left)} {other} {ast.unparse(right)})"
        case ast.Constant(value=bool() as value):
            yield str(not value)
        case ast.Constant(value=int() as value):
            yield str(value + 1)
        case ast.Expr(value=ast.Call()):
            yield "pass"
        case ast.IfExp(body=body, orelse=orelse):
            yield f"({ast.unparse(body)})"
            yield f"({ast.unparse(orelse)})"
        case ast.Call(func=ast.Attribute(value=value, attr=attr)) if attr in NAMES:
            changed = ast.Attribute(value=value, attr=NAMES[attr], ctx=ast.Load())
            yield ast.unparse(ast.Call(func=changed, args=node.args, keywords=node.keywords))
        case ast.Call(func=ast.Name(id=name)) if name in NAMES:
            changed = ast.Name(id=NAMES[name], ctx=ast.Load())
            yield ast.unparse(ast.Call(func=changed, args=node.args, keywords=node.keywords))
        case ast.Call(func=ast.Attribute(attr="order_by"), args=[ast.Constant(value=str(text)), *_]):
            other = ast.Constant(text.removeprefix("-") if text.startswith("-") else f"-{text}")
            yield ast.unparse(ast.Call(func=node.func, args=[other, *node.args[1:]], keywords=[]))
        case ast.keyword(arg=str(name), value=value):
            for ending, other in LOOKUPS.items():
                if name.endswith(ending):
                    yield f"{name.removesuffix(ending)}{other}={ast.unparse(value)}"
        case ast.Tuple(elts=[*kept, ast.Name() | ast.Attribute()]) if len(kept) > 1:
            yield "(" + ", ".join(map(ast.unparse, kept)) + ",)"


def learn() -> None:
    """Run all tests without a browser or a process of their own, and keep which of them reach which line."""
    MAP.parent.mkdir(exist_ok=True)
    where = ["-m", "not browser and not processes", "-n", "2"]
    measure = ["--cov", "--cov-context=test", "--cov-report=", "--cov-fail-under=0"]
    environment = os.environ | {"COVERAGE_FILE": str(MAP)}
    subprocess.run([sys.executable, "-m", "pytest", *where, *measure], cwd=ROOT, env=environment, check=False)


def tests_by_line(file: Path) -> dict[int, list[str]]:
    """The tests that reach each line.

    A line that is run as its module is imported has those that reach any other line of the module.
    """
    data = CoverageData(str(MAP))
    data.read()
    reached = {
        line: {context.partition("|")[0] for context in contexts if "::" in context}
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


class Copies:
    """As many copies of the project as faults are planted at a time."""

    def __init__(self, number: int) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="crmo-mutants-"))
        self._free: Queue[Path] = Queue()
        leave_out = shutil.ignore_patterns(
            ".git", ".venv", "var", "__pycache__", ".hypothesis", ".mypy_cache"
        )
        for index in range(number):
            shutil.copytree(ROOT, self._folder / str(index), ignore=leave_out)
            self._free.put(self._folder / str(index))

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
            done = subprocess.run(command, cwd=copy, capture_output=True, timeout=SECONDS, check=False)
            return done.returncode != 0
        except subprocess.TimeoutExpired:
            return True
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
    asked = parser.parse_args(arguments)
    if not asked.keep_map or not MAP.exists():
        learn()
    chance = random.Random(asked.seed)
    chosen: list[Fault] = []
    for room in asked.rooms:
        files = sorted(path.relative_to(ROOT) for path in (ROOT / room).rglob("*.py"))
        faults = [f for file in files if "migrations" not in file.parts for f in faults_in(file)]
        chosen += chance.sample(faults, min(asked.number, len(faults)))
    reach = {file: tests_by_line(file) for file in {fault.file for fault in chosen}}
    copies, planted, noticed = Copies(asked.at_a_time), Counter[str](), Counter[str]()
    try:
        with ThreadPoolExecutor(asked.at_a_time) as pool:
            results = pool.map(lambda f: copies.is_noticed(f, reach[f.file][f.line]), chosen)
            for fault, was in zip(chosen, results, strict=True):
                planted[fault.room] += 1
                noticed[fault.room] += was
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
