"""How the app writes: with the apostrophe of a printed book, in every sentence that people read."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
STRAIGHT = re.compile(r"[a-z]'(s|t|re|ll|ve)?\b|[a-z]s'(?= |$)")
# Names that a Trust types, names of columns in spreadsheets, and what only whoever runs the app reads.
TYPED_OTHERWISE = {
    "crmo_clinic/production.py", "crmo_clinic/settings.py", "scheduling/management/commands/retention.py",
    "scheduling/management/demo_unit.py", "scheduling/moving_in/columns.py", "scheduling/watch/pulse.py",
}  # fmt: skip


def sentences(tree: ast.Module) -> Iterator[str]:
    """The texts of a module, but for docstrings and what a mistake of a programmer raises."""
    nodes = list(ast.walk(tree))
    apart: set[ast.AST] = {node.value for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Raise) and "ValueError" in ast.dump(node):
            apart.update(ast.walk(node))
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in apart:
            yield node.value


def test_no_sentence_has_a_straight_apostrophe():
    files = [file for top in ("crmo_clinic", "patients", "scheduling") for file in (ROOT / top).rglob("*.py")]
    found = [
        f"{name}: {text[:60]}"
        for file in sorted(files)
        if (name := file.relative_to(ROOT).as_posix()) not in TYPED_OTHERWISE and "migrations" not in name
        for text in sentences(ast.parse(file.read_text(encoding="utf-8")))
        if STRAIGHT.search(text)
    ]
    assert len(files) > 300
    assert found == []
