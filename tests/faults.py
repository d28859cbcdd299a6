"""The faults that `tests.mutants` plants: each changes one expression of a file so that it means another."""

import ast
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOMS = [
    f"scheduling/{name}"
    for name in ("telling", "booking", "visit", "answers", "unit", "history", "checklist", "tasks")
] + ["patients"]

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

    @property
    def key(self) -> str:
        """Its name, until the file changes."""
        print_of_file = hashlib.sha256((ROOT / self.file).read_bytes()).hexdigest()[:12]
        return f"{self.file}@{print_of_file}:{self.start}-{self.end}:{' '.join(self.instead.split())}"

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
    """Annotations, the texts in f-strings and what decorates a class, where a fault means nothing."""
    if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation:
        yield from ast.walk(node.annotation)
    elif isinstance(node, ast.FunctionDef) and node.returns:
        yield from ast.walk(node.returns)
    elif isinstance(node, ast.ClassDef):
        # Whether a dataclass is frozen is for who reads it.
        yield from (part for decorator in node.decorator_list for part in ast.walk(decorator))
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
