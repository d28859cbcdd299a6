from typing import Any

import patients.constraints
from django.db import migrations

IN_LISTS = patients.constraints.FoundInLists(field="children", name="patients_accessevent_children")


def index_lists(apps: Any, schema_editor: Any) -> None:
    """So that SQLite finds the looks at a child among lists too; PostgreSQL does since 0004."""
    model, vendor = apps.get_model("patients", "AccessEvent"), schema_editor.connection.vendor
    for statement in IN_LISTS.statements_to_create(model, vendor):
        schema_editor.execute(statement % {"table": model._meta.db_table})
    if vendor == "sqlite":
        schema_editor.execute(
            f"INSERT INTO {IN_LISTS.name} (rowid, keys) "  # noqa: S608
            "SELECT id, children FROM patients_accessevent WHERE children <> '' ORDER BY id"
        )


class Migration(migrations.Migration):
    dependencies = [("patients", "0013_smaller_chains")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(index_lists)],
            state_operations=[migrations.AddConstraint("accessevent", IN_LISTS)],
        ),
    ]
