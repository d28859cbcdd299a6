"""A backup is a folder: the database as it stood at one moment, and a manifest that says what it is.

It is made while the app writes: SQLite's backup API and pg_dump both read one snapshot. The manifest holds
checksums, the version of the app, and the fingerprints of the keys without which families' pages are dead;
never a key.
"""

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from psycopg.conninfo import make_conninfo

from crmo_clinic.nhsuk.wording import listed
from crmo_clinic.version import VERSION
from scheduling.telling.family_links import key_fingerprints

MANIFEST = "manifest.json"
FORMAT = 1
FILES = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}


def make_backup(folder: Path) -> Path:
    """Write a backup into a folder of its own in `folder`, whole or not at all; that folder.

    Raises CommandError, in a sentence.
    """
    now = datetime.now(UTC)
    name = f"crmo-clinic-{now:%Y%m%dT%H%M%SZ}"
    unfinished = folder / f".{name}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        unfinished.mkdir(mode=0o700)
        file = unfinished / FILES[connection.vendor]
        _dump(file)
        manifest = {
            "format": FORMAT,
            "made_at": now.isoformat(timespec="seconds"),
            "version": VERSION,
            "engine": connection.vendor,
            "migrations": sorted(map(list, MigrationRecorder(connection).applied_migrations())),
            "files": {file.name: {"bytes": file.stat().st_size, "sha256": _checksum(file)}},
            "keys": key_fingerprints(),
        }
        _write(unfinished / MANIFEST, json.dumps(manifest, indent=2).encode())
        unfinished.rename(folder / name)
    except OSError as fault:
        raise CommandError(f"The backup could not be written: {fault.strerror}.") from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder / name


def read_manifest(backup: Path) -> dict[str, Any]:
    """What a backup says of itself. Raises CommandError if it is none, or is not whole."""
    try:
        manifest = json.loads((backup / MANIFEST).read_text())
        files, _ = manifest["files"], (manifest["engine"], manifest["keys"], manifest["migrations"])
    except (OSError, ValueError, KeyError, TypeError):
        raise CommandError(f"{backup} is no backup: it has no {MANIFEST} that can be read.") from None
    if manifest["format"] != FORMAT:
        raise CommandError(f"This backup was made by version {manifest['version']}; restore it with that.")
    for name, said in files.items():
        file = backup / Path(name).name
        if not file.is_file() or _checksum(file) != said["sha256"]:
            raise CommandError(f"{name} is not as it was when the backup was made. Take another copy.")
    return manifest


def refuse_wrong_place(manifest: Mapping[str, Any]) -> None:
    """Raise CommandError if what this process is set up for cannot hold the backup."""
    if manifest["engine"] != connection.vendor:
        raise CommandError(
            f"It is a backup of {manifest['engine']}, and DATABASE_URL names {connection.vendor}. Set it to "
            "a database of the same kind."
        )
    if connection.introspection.table_names():
        raise CommandError(
            "The database is not empty, and nothing in it was changed. Make a new one, and let DATABASE_URL "
            "name it."
        )
    ours = key_fingerprints()
    if missing := [name for name, prints in manifest["keys"].items() if not set(prints) <= _all(ours)]:
        put = " and ".join(f"{name}_FALLBACKS" for name in missing)
        raise CommandError(
            f"It was made with another {listed(missing)}, without which families’ pages are dead. Set "
            f"the keys that it was made with, or add them to {put}. Nothing was restored."
        )
    loader = MigrationLoader(None)
    if newer := {tuple(each) for each in manifest["migrations"]} - loader.disk_migrations.keys():
        known = {app for app, _ in loader.disk_migrations}
        if any(app in known for app, _ in newer):
            raise CommandError(
                f"This backup is of a newer version of the app ({manifest['version']}; this is {VERSION}). "
                "Restore it with that version."
            )


def restore_database(backup: Path) -> None:
    """Fill the empty database. Raises CommandError if that fails; then nothing of it is there."""
    file = backup / FILES[connection.vendor]
    if connection.vendor == "sqlite":
        to = connection.settings_dict["NAME"]
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(to)) as target:
            source.backup(target)
    else:
        where, environment = _conninfo()
        _run(
            "pg_restore",
            *("--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"),
            *(f"--dbname={where}", str(file)),
            environment=environment,
        )
    connection.close()


def _all(prints: Mapping[str, list[str]]) -> set[str]:
    return {each for of_one in prints.values() for each in of_one}


def _dump(file: Path) -> None:
    if connection.vendor == "sqlite":
        _write(file, b"")
        connection.ensure_connection()
        with closing(sqlite3.connect(file)) as target:
            # In one step: everything is read in one snapshot, and in WAL mode nobody waits for it.
            connection.connection.backup(target, pages=-1)
            target.execute("PRAGMA journal_mode=DELETE")
            [(found,)] = target.execute("PRAGMA integrity_check").fetchall()
        if found != "ok":
            raise CommandError("The copy of the database is not whole: SQLite says that it is damaged.")
        return
    _write(file, b"")
    where, environment = _conninfo()
    options = ("--format=custom", "--no-owner", "--no-privileges", f"--file={file}", f"--dbname={where}")
    _run("pg_dump", *options, environment=environment)


def _conninfo() -> tuple[str, dict[str, str]]:
    """Where the database is, as libpq reads it, and the environment with the password: that must not stand
    among the arguments of a process, which anybody on the machine can read."""
    known = ("host", "port", "user", "dbname", "sslmode", "sslrootcert", "sslcert", "sslkey")
    given = {name: value for name, value in connection.get_connection_params().items() if name in known}
    secret = {"PGPASSWORD": str(connection.settings_dict["PASSWORD"])}
    return make_conninfo(**given), {**os.environ, **secret}


def _run(program: str, *arguments: str, environment: dict[str, str]) -> None:
    try:
        done = subprocess.run(  # noqa: S603
            [program, *arguments], env=environment, capture_output=True, text=True
        )
    except FileNotFoundError:
        raise CommandError(
            f"{program} is not installed here. It is a client program of PostgreSQL (postgresql-client)."
        ) from None
    if done.returncode:
        # The last line says what; those before quote the statement.
        said = next((line for line in reversed(done.stderr.splitlines()) if line.strip()), "nothing")
        raise CommandError(f"{program} has failed: {said}")


def _checksum(file: Path) -> str:
    with file.open("rb") as opened:
        return file_digest(opened, "sha256").hexdigest()


def _write(file: Path, content: bytes) -> None:
    """Readable by nobody else from the first byte on, and on the disk when this returns."""
    with open(file, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
