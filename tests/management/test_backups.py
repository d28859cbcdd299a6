"""Backups are made while the app writes, and are worth nothing until one was restored: so they are."""

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from crmo_clinic.version import VERSION
from tests import clock
from tests.clerk import Clerk
from tests.fakes import postgres
from tests.fakes.writing import writing
from tests.processes import EMPTY, ROOT, database_of_its_own, environment, python, sql

pytestmark = pytest.mark.processes

KEYS = {
    "SECRET_KEY": "the first key of all only for tests",
    "FAMILY_LINK_KEY": "a key of families only for tests",
}


@pytest.fixture(scope="module")
def drill(tmp_path_factory):
    """A backup made while somebody books: it, what was acknowledged before it began, and the whole of it."""
    folder = tmp_path_factory.mktemp("drill")
    with database_of_its_own(folder) as database:
        with writing(database, **KEYS) as writer:
            writer.wait_for(4)
            before = list(writer.booked)
            said = python(
                database, "manage.py", "backup", str(folder / "kept"), **KEYS, **postgres.with_programs()
            )
            writer.wait_for(2)
        [(all_of_it,)] = sql(database, "SELECT count(*) FROM scheduling_course")
    return Path(said.strip()), before, all_of_it


def restore(backup: Path, to: str, **more: str) -> tuple[int, str]:
    done = subprocess.run(
        clock.python("manage.py", "restore", str(backup)),
        cwd=ROOT,
        env=environment(to, **KEYS | postgres.with_programs() | more),
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


def open_a_page() -> int:
    """The status of the page of a family, by the address in the mail that it has."""
    from django.test import Client

    from scheduling.models import Message
    from tests.reading import mail_of

    mail = mail_of(Message.objects.filter(kind="invite").last())
    text = mail.get_body(("plain",)).get_content()
    address = re.search(r"https?://[^/]+(/family/[\w-]{43}/)", text)[1]
    return Client().get(address, headers={"host": "localhost"}).status_code


def test_a_backup_under_writes_is_restored_whole_with_all_that_was_acknowledged(drill, tmp_path):
    backup, before, all_of_it = drill
    with database_of_its_own(tmp_path, EMPTY) as empty:
        status, said = restore(backup, empty)
        assert status == 0, said
        assert "Nothing wrong.\nA family’s page opens.\n" in said
        there = {pk for (pk,) in sql(empty, "SELECT id FROM scheduling_course WHERE status = 'booked'")}
        assert set(before) <= there
        assert len(there) <= all_of_it
        with Clerk(empty, **KEYS) as clerk:
            assert clerk.ask(open_a_page) == 200
        assert restore(backup, empty) == (
            1,
            "CommandError: The database is not empty, and nothing in it was "
            "changed. Make a new one, and let DATABASE_URL name it.\n",
        )


def test_it_says_what_it_is_and_is_for_nobody_elses_eyes(drill):
    backup, _, _ = drill
    manifest = json.loads((backup / "manifest.json").read_text())
    assert manifest["version"] == VERSION
    assert [len(each) for each in manifest["keys"].values()] == [1, 1]
    assert not any(key in json.dumps(manifest) for key in KEYS.values())
    assert {file.stat().st_mode & 0o077 for file in (backup, *backup.iterdir())} == {0}
    assert not list(backup.parent.glob(".*"))


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (
            {"FAMILY_LINK_KEY": "another key"},
            "made with another FAMILY_LINK_KEY, without which families’ pages",
        ),
        ({"SECRET_KEY": "another key"}, "add them to SECRET_KEY_FALLBACKS. Nothing was restored."),
        ({"DATABASE_URL": "other"}, "Set it to a database of the same kind."),
    ],
)
def test_another_key_or_another_engine_is_refused_with_what_would_fix_it(drill, tmp_path, more, sentence):
    backup, _, _ = drill
    with database_of_its_own(tmp_path, EMPTY) as empty:
        if "DATABASE_URL" in more:
            manifest = json.loads((backup / "manifest.json").read_text())
            backup = shutil.copytree(backup, tmp_path / "other")
            manifest["engine"] = "the other"
            (backup / "manifest.json").write_text(json.dumps(manifest))
            more = {}
        status, said = restore(backup, empty, **more)
        assert (status, sentence in said) == (1, True), said
        if more:
            name = next(iter(more))
            fixed = {f"{name}_FALLBACKS": KEYS[name], **more}
            assert restore(backup, empty, **fixed)[0] == 0


def test_a_backup_that_is_damaged_or_none_or_newer_is_refused(drill, tmp_path):
    backup, _, _ = drill
    with database_of_its_own(tmp_path, EMPTY) as empty:
        damaged = shutil.copytree(backup, tmp_path / "damaged")
        [file] = damaged.glob("database.*")
        file.write_bytes(file.read_bytes()[:-1])
        assert "is not as it was when the backup was made" in restore(damaged, empty)[1]
        assert "is no backup: it has no manifest.json" in restore(tmp_path, empty)[1]
        newer = shutil.copytree(backup, tmp_path / "newer")
        manifest = json.loads((newer / "manifest.json").read_text())
        manifest["migrations"].append(["scheduling", "9999_from_tomorrow"])
        (newer / "manifest.json").write_text(json.dumps(manifest))
        assert "This backup is of a newer version of the app" in restore(newer, empty)[1]


def test_the_version_in_a_backup_is_that_of_the_app():
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION
