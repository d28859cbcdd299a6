"""The status of a row is written in one place, which asks the table of moves."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
THE_PLACE = "scheduling/models/status.py"
# The mails of a made-up Trust, which were never written, queued or sent.
MADE_UP = "scheduling/management/big_mails.py"


def writes(source: str) -> Iterator[int]:
    """The lines that write a status: by assignment, by an update or a save of it, or in a new Message.

    Also an update of fields that the line does not name, which may hide one.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr == "status" and isinstance(node.ctx, ast.Store):
            yield node.lineno
        if isinstance(node, ast.Call) and writes_in_call(node):
            yield node.lineno


def writes_in_call(call: ast.Call) -> bool:
    called = call.func
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    keywords = {keyword.arg for keyword in call.keywords}
    strings = {node.value for node in ast.walk(call) if isinstance(node, ast.Constant)}
    if name in ("update", "update_or_create", "aupdate"):
        return bool(keywords & {"status", None})
    if name in ("save", "bulk_update", "setattr"):
        return "status" in strings
    of_message = name == "Message" or ast.unparse(called).startswith("Message.")
    return of_message and name in ("Message", "create", "get_or_create") and "status" in keywords


def test_no_code_writes_a_status_past_the_table():
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for package in ("scheduling", "patients")
        for path in sorted((ROOT / package).rglob("*.py"))
        if "migrations" not in path.parts and path not in (ROOT / THE_PLACE, ROOT / MADE_UP)
        for line in writes(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_every_way_to_write_a_status_is_seen_and_reading_one_is_not_taken_for_it():
    source = (Path(__file__).parent / "status_writes.py").read_text(encoding="utf-8")
    of_writing = next(node for node in ast.parse(source).body if getattr(node, "name", "") == "writes")
    assert sorted(writes(source)) == [line.lineno for line in of_writing.body]
