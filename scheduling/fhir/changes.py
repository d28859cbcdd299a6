"""When a resource last changed: rows have no such time, but the log has an entry for every write.

An entry about the row itself, about its course or its days, or about its child counts: rather one too many
than one too few. So a resource may have a new time and say the same, and never the other way round. What
comes into sight counts as changed: a child, its contacts and reviews with a course that is agreed, and all
about a child whose record is protected no longer.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max, Q, QuerySet

from patients.models import AuditEvent
from scheduling.acts import Act
from scheduling.models import Course, Session


@dataclass(frozen=True)
class Source:
    """Entries of the log that are about a row.

    keys: the keys of `record` that belong to a row. rows: the rows, given a query of such keys. acts: if only
    some count.
    """

    record: str
    keys: Callable[[Any], Iterable[int]]
    rows: Callable[[QuerySet], Q]
    acts: tuple[str, ...] = ()

    def entries(self) -> QuerySet[AuditEvent]:
        found = AuditEvent.objects.order_by().filter(record=self.record, record_id__isnull=False)
        return found.filter(action__in=self.acts) if self.acts else found


@dataclass(frozen=True)
class Changes:
    """What says when rows of one kind changed. made: their field with the time of their making, if any."""

    sources: Sequence[Source]
    made: str = ""

    def since(self, at: datetime) -> Q:
        """The rows that changed at that moment or later."""
        found = Q(**{f"{self.made}__gte": at}) if self.made else Q(pk__in=[])
        for source in self.sources:
            found |= source.rows(source.entries().filter(at__gte=at).values("record_id"))
        return found

    def last(self, rows: Sequence[Any]) -> dict[int, datetime]:
        """When each of these rows last changed, by its key, as far as that is known. One query."""
        asked = Q(pk__in=[])
        for source in self.sources:
            keys = {key for row in rows for key in source.keys(row)}
            one = Q(record=source.record, record_id__in=keys)
            asked |= one & Q(action__in=source.acts) if source.acts else one
        entries = AuditEvent.objects.order_by().filter(asked).values_list("record", "record_id", "action")
        latest: dict[tuple[str, int], list[tuple[str, datetime]]] = {}
        for record, key, action, at in entries.annotate(Max("at")):
            latest.setdefault((record, key), []).append((action, at))
        found = {}
        for row in rows:
            times = [getattr(row, self.made)] if self.made else []
            for source in self.sources:
                for key in source.keys(row):
                    acts = latest.get((source.record, key), ())
                    times += [at for action, at in acts if not source.acts or action in source.acts]
            if times:
                found[row.pk] = max(times)
        return found


def own(record: str) -> Source:
    """Entries about the row itself."""
    return Source(record, lambda row: [row.pk], lambda keys: Q(pk__in=keys))


def of_child(path: str) -> Source:
    """Entries about the child, whose key is at `path`, like `course__patient_id`: a merge, a restriction."""
    return Source("patient", lambda row: [at(row, path)], lambda keys: Q(**{f"{path}__in": keys}))


def of_courses(child: str, path: str) -> Source:
    """Of a child and of what is about it: that a course was agreed, by which a system comes to see it.

    child: the path to the child, empty if the row is one. path: to its key. Prefetch the child's `courses`.
    """

    def rows(keys: QuerySet) -> Q:
        return Q(**{f"{path}__in": Course.objects.filter(pk__in=keys).order_by().values("patient_id")})

    return Source(
        "course",
        lambda row: [course.pk for course in (at(row, child) if child else row).courses.all()],
        rows,
        (Act.COURSE_ADDED,),
    )


def of_course() -> Source:
    """Of a day: entries about its course."""
    return Source("course", lambda row: [row.course_id], lambda keys: Q(course_id__in=keys))


def of_days() -> Source:
    """Of a course: entries about its days, the last of which ends it. Prefetch `sessions`."""
    return Source(
        "session",
        lambda row: [day.pk for day in row.sessions.all()],
        lambda keys: Q(pk__in=Session.objects.filter(pk__in=keys).order_by().values("course_id")),
    )


def at(row: Any, path: str) -> Any:
    """What stands at a path like `course__patient_id`."""
    for name in path.split("__"):
        row = getattr(row, name)
    return row
