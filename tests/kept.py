"""Rows that several tests start from, made once."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from pytest_django import DjangoDbBlocker


@contextmanager
def rolled_back(blocker: DjangoDbBlocker) -> Iterator[None]:
    """For a fixture of a module or class: rows made in this block are there to its end."""
    block = transaction.atomic()
    # As Django's own TestCase says: a durable block of the app may begin within it.
    block._from_testcase = True
    with blocker.unblock(), block:
        yield
        transaction.set_rollback(True)
