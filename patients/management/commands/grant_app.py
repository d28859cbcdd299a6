"""`manage.py grant_app ROLE`: what the app's own role may do in PostgreSQL, run by the owner."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from patients.chain import LOGS


class Command(BaseCommand):
    help = (
        "Lets a PostgreSQL role run the app: read and write rows, but change no table, and only add to the "
        "logs. Run it as the owner of the tables, after each migrate."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("role")

    def handle(self, *, role: str, **options: Any) -> None:
        if connection.vendor != "postgresql":
            raise CommandError("Only PostgreSQL has roles.")
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
            if not cursor.fetchone():
                raise CommandError(f"There is no role {role}. Create it first, with a password of its own.")
            for sql in statements(role):
                cursor.execute(sql)
        self.stdout.write(f"{role} may now run the app.")


def statements(role: str) -> list[str]:
    """The SQL that lets this role run the app."""
    to = connection.ops.quote_name(role)
    tables = [model._meta.db_table for log in LOGS for model in (log.events, log.rows)]
    logs = ", ".join(map(connection.ops.quote_name, tables))
    return [
        f"GRANT USAGE ON SCHEMA public TO {to}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {to}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {to}",
        f"REVOKE UPDATE, DELETE, TRUNCATE ON {logs} FROM {to}",
        f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {to}",
    ]
