"""Every breach of every rule, in one look at the database."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from patients import chain, erasing
from scheduling.doctor.courses import apart, broken_courses, broken_holds
from scheduling.doctor.guards import dangling_rows, missing_guards, unrecorded_acts
from scheduling.doctor.messages import broken_messages, dead_links, failed_in_silence
from scheduling.doctor.units import infusions_that_do_not_fit, no_longer_fitting, overlaps
from scheduling.models import Unit


def find_breaches(now: datetime, heads: Mapping[str, tuple[int, str]] | None = None) -> Iterator[str]:
    """Each breach as a sentence; nothing if all is well. The number of queries is the same for any number.

    Of the past only what cannot have become wrong since is judged; hours, nurses and what was agreed may have
    changed, so they are asked from today on, and of no course that a task asks somebody to move.
    heads: how the logs ended once, as the worker printed it (`patients.chain`).
    """
    if _is_behind():
        yield "The database is not at the version of the app: run migrate first."
        return
    with _snapshot():
        yield from missing_guards()
        erasures = erasing.check()
        yield from erasures.breaches
        yield from erasing.not_finished(now)
        yield from erasing.erased_on_hold()
        yield from chain.broken(heads or {}, erasures.rows)
        yield from dangling_rows()
        broken: set[int] = set()
        for course_id, sentence in broken_courses(now):
            broken.add(course_id)
            yield sentence
        yield from broken_holds()
        yield from apart()
        yield from overlaps()
        for unit in Unit.objects.all():
            yield from no_longer_fitting(unit, broken, now)
            yield from infusions_that_do_not_fit(unit, now)
        yield from broken_messages()
        yield from failed_in_silence(now)
        yield from dead_links()
        yield from unrecorded_acts()


def _is_behind() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


@contextmanager
def _snapshot() -> Iterator[None]:
    """Let all queries see the database at one moment, while others can still write."""
    if connection.in_atomic_block:
        yield
        return
    begin = {"sqlite": "BEGIN DEFERRED", "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"}
    with connection.cursor() as cursor:
        cursor.execute(begin[connection.vendor])
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")
