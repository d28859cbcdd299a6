"""Asks PostgreSQL the same four times, and prints the statements whose plans it keeps then."""

import sys

import django
from django.db import connection


def plans() -> list[tuple[str]]:
    with connection.cursor() as cursor:
        for number in range(4):
            cursor.execute("SELECT %s::int", [number])
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return cursor.fetchall()


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(f"{plans()}\n")
