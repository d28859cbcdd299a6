"""Writing many rows at once, for the big Trust."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from itertools import islice
from typing import TypeVar

from django.db.models import Model
from django.utils import timezone

Row = TypeVar("Row", bound=Model)


def at(day: date, hour: int = 12) -> datetime:
    """That hour of the day, in London."""
    return timezone.make_aware(datetime.combine(day, time(hour)))


def in_bulk(rows: Iterable[Row]) -> list[Row]:
    """Rows of one model, written two thousand at a time. They have their keys afterwards."""
    return [row for some in _batches(rows) for row in some]


def write_out(rows: Iterable[Row]) -> int:
    """The same for rows that nobody needs afterwards, however many; how many there were."""
    return sum(len(some) for some in _batches(rows))


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    left = iter(rows)
    while some := list(islice(left, 2_000)):
        yield type(some[0])._base_manager.bulk_create(some)
