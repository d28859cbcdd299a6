"""The owner of the database, who can drop what guards the logs."""

from django.db import connection

from patients.models import AccessChainRow, AccessEvent, AuditChainRow, AuditEvent


def as_owner(sql: str, *values: object) -> None:
    """What only the owner of the tables can do: the triggers are out of the way."""
    with connection.cursor() as cursor:
        for model in (AuditEvent, AccessEvent, AuditChainRow, AccessChainRow):
            table = model._meta.db_table
            if connection.vendor == "postgresql":
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            else:
                cursor.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table]
                )
                for (name,) in cursor.fetchall():
                    cursor.execute(f"DROP TRIGGER {name}")
        cursor.execute(sql, values)
