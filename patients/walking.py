"""Going through a table row by row, however long it is, without holding it in memory or a cursor open.

A cursor of the server lives in a connection, which a pooler such as PgBouncer may give to somebody else
between two transactions; and on SQLite an open one keeps the write-ahead log from being put away.
"""

from collections.abc import Iterator
from typing import TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)


def walk(rows: QuerySet[Row], key: str = "pk", *, at_once: int = 500) -> Iterator[Row]:
    """All rows in the order of a unique field, a query for each `at_once` of them."""
    left = rows.order_by(key)
    while found := list(left[:at_once]):
        yield from found
        left = rows.filter(**{f"{key}__gt": getattr(found[-1], key)}).order_by(key)
