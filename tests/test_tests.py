"""The house rules of the tests: what they share has a module of its own, and what they run is code."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
FILES = [path for path in sorted(TESTS.rglob("*.py")) if path != Path(__file__)]


def imported_tests(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            if any(part.startswith("test_") for part in name.split(".")):
                yield f"line {node.lineno} imports {name}"


def code_in_strings(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("exec", "eval")
        ):
            yield f"line {node.lineno} calls {node.func.id}"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and imports(node.value):
            yield f"line {node.lineno} has a program in a string"


def imports(text: str) -> bool:
    """Whether a text of several statements is Python that imports something."""
    if "import" not in text:
        return False
    try:
        statements = ast.parse(text).body
    except (SyntaxError, ValueError):
        return False
    return len(statements) > 1 and any(isinstance(each, ast.Import | ast.ImportFrom) for each in statements)


@cache
def trees() -> list[tuple[str, ast.AST]]:
    """Of every file but this one, its name and what it says."""
    return [(str(path.relative_to(TESTS)), ast.parse(path.read_text(encoding="utf-8"))) for path in FILES]


def test_no_test_imports_a_test():
    assert [f"{name}, {found}" for name, tree in trees() for found in imported_tests(tree)] == []


def test_no_program_stands_in_a_string():
    assert [f"{name}, {found}" for name, tree in trees() for found in code_in_strings(tree)] == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from tests.unit.test_matches import unit", "line 1 imports tests.unit.test_matches.unit"),
        ("def test():\n    import tests.test_doctor", "line 2 imports tests.test_doctor"),
        ("CODE = 'exec'\nexec(CODE)", "line 2 calls exec"),
        ('CODE = """\nimport os\nos.getcwd()\n"""', "line 1 has a program in a string"),
        ('run("import os; os.getcwd()")', "line 1 has a program in a string"),
    ],
)
def test_each_rule_sees_a_breach(source, found):
    tree = ast.parse(source)
    assert [*imported_tests(tree), *code_in_strings(tree)] == [found]
