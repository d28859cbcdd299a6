"""The database that a process of pytest works in: migrated once in a run, and copied by all others.

The migrations take as long as a hundred tests, and each worker of each run would make the same of them.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from django.core import management
from django.db import connection
from django.test.utils import setup_databases, teardown_databases

from tests.processes import MIGRATED, copied_in_run


@contextmanager
def own_database() -> Iterator[None]:
    """What pytest-django does, except that `migrate` copies what another process of this run has migrated."""
    command = management.call_command

    def once(name: str, *arguments: Any, **options: Any) -> None:
        if name == "migrate":
            copied_in_run(MIGRATED, _out, _in, lambda: command(name, *arguments, **options))
        else:
            command(name, *arguments, **options)

    with patch.object(management, "call_command", once):
        made = setup_databases(verbosity=0, interactive=False, serialized_aliases=())
    yield
    teardown_databases(made, verbosity=0)


def _out(to: str) -> None:
    """Copy pytest's own database there."""
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(urlsplit(to).path)) as file:
            connection.connection.backup(file)
    else:
        _copy(str(connection.settings_dict["NAME"]), urlsplit(to).path.removeprefix("/"))


def _in(source: str) -> None:
    """Make pytest's own database a copy of that one."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with closing(sqlite3.connect(urlsplit(source).path)) as file:
            file.backup(connection.connection)
    else:
        _copy(urlsplit(source).path.removeprefix("/"), str(connection.settings_dict["NAME"]))


def _copy(source: str, to: str) -> None:
    # Nobody may be connected to a database that is copied, or replaced.
    connection.close()
    with connection._nodb_cursor() as server:
        server.execute(f"DROP DATABASE IF EXISTS {to}")
        server.execute(f"CREATE DATABASE {to} TEMPLATE {source}")
