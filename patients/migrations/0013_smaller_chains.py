"""The rows of the chains have their number as key, and digests as bytes: a third less room."""

from typing import Any

import patients.constraints
import patients.models.digest
from django.db import migrations, models

CHAINS = ("auditchainrow", "accesschainrow")
# A column that is dropped keeps its room until the table is written anew, which a change of type does.
POSTGRESQL = """
    ALTER TABLE {table} DROP COLUMN id;
    ALTER TABLE {table} DROP CONSTRAINT {table}_number_key, ADD PRIMARY KEY (number);
    ALTER TABLE {table} ALTER COLUMN digest TYPE bytea USING decode(digest, 'hex');
"""
SQLITE = (
    "CREATE TABLE {table}_new (number bigint NOT NULL PRIMARY KEY, digest BLOB NOT NULL, "
    "chained_at datetime NOT NULL, event_id bigint NULL UNIQUE)",
    "INSERT INTO {table}_new SELECT number, bytes_of(digest), chained_at, event_id FROM {table} ORDER BY number",
    "DROP TABLE {table}",
    "ALTER TABLE {table}_new RENAME TO {table}",
)


def make_smaller(apps: Any, schema_editor: Any) -> None:
    connection = schema_editor.connection
    is_sqlite = connection.vendor == "sqlite"
    if is_sqlite:
        connection.connection.create_function("bytes_of", 1, bytes.fromhex, deterministic=True)
    for name in CHAINS:
        for statement in SQLITE if is_sqlite else [POSTGRESQL]:
            schema_editor.execute(statement.format(table=f"patients_{name}"))


def _in_words(name: str) -> list[Any]:
    """The same, as the models say it."""
    return [
        migrations.RemoveField(model_name=name, name="id"),
        migrations.AlterField(
            model_name=name,
            name="number",
            field=models.BigIntegerField(primary_key=True, serialize=False),
        ),
        migrations.AlterField(
            model_name=name, name="digest", field=patients.models.digest.DigestField()
        ),
    ]


def _guard(name: str) -> Any:
    return patients.constraints.AppendOnly(name=f"patients_{name}_append_only")


class Migration(migrations.Migration):
    dependencies = [("patients", "0012_leaner_indexes")]

    operations = [
        *(migrations.RemoveConstraint(name, f"patients_{name}_append_only") for name in CHAINS),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(make_smaller)],
            state_operations=[operation for name in CHAINS for operation in _in_words(name)],
        ),
        *(migrations.AddConstraint(name, _guard(name)) for name in CHAINS),
    ]
