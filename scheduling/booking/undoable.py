"""What an act on a course leaves behind, so that `undo` can put every row back as it was.

    stood = undoable.before(course)        # right after `lock_course`, before anything is changed
    …
    return undoable.keep(stood, Undoable.MOVE, done, now=now)

Where the unit has set no time to undo, both do nothing and ask nothing of the database. What is kept are
keys, statuses and times, and never a name. One act a course: the next one takes its place. Of acts that were
one (`keep_as_one`), each knows the courses of all.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Model, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from crmo_clinic.nhsuk.wording import quantity
from patients.models import AuditEvent
from scheduling.booking.placing import Done
from scheduling.models import (
    Booking,
    Course,
    ImpossibleDates,
    Message,
    Session,
    Task,
    Undoable,
    UndoableAct,
)

# What an act may change of the course itself.
OF_COURSE = (
    *("status", "held_until", "held_by", "cancel_reason", "overridden", "is_unsent"),
    *("paused_on", "paused_until", "pause_reason", "pause_note", "paused_before"),
)
# For so long it is kept what would undo an act, once it cannot be undone any more.
KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Before:
    """How everything stood that an act may change.

    places: held for moving the course. tasks: what each open task of the unit says, by key. has_act: whether
    something is kept of an act before.
    """

    course: dict[str, Any]
    sessions: dict[int, Session]
    places: list[Booking]
    dates: set[int]
    tasks: dict[int, str]
    has_act: bool


def before(course: Course) -> Before | None:
    """How a course and what is about it stand now; None if the unit lets nothing be undone. Two queries."""
    if not course.unit.undo_minutes:
        return None
    # Copies: the act changes the rows that it has in hand.
    sessions = (copy(session) for session in course.when_locked if session.course_id == course.pk)
    return Before(
        course=_values(course, OF_COURSE),
        sessions={session.pk: session for session in sessions},
        places=course.places_to_move_to,
        dates={row.pk for row in course.impossible_dates.all()},
        tasks=dict(_open_tasks(course).values_list("pk", "says")),
        has_act=hasattr(course, "undoable"),
    )


def keep(
    stood: Before | None,
    kind: Undoable,
    done: Done,
    *,
    now: datetime,
    only_made: Sequence[Session] | None = None,
    tasks_changed: bool = True,
) -> Done:
    """Keep what changed since `stood`, in the transaction of the act. Returns `done`. Six queries at most.

    only_made: the days that the act made, if that is all it did besides changing the course itself and tasks.
    tasks_changed: False if it opened, closed and reworded none.
    """
    if stood is None:
        return done
    course, dates = done.course, list[int]()
    if only_made is None:
        with_chairs = Prefetch("sessions", Session.objects.select_related("booking"))
        course = Course.objects.prefetch_related(with_chairs).get(pk=course.pk)
        sessions = {session.pk: session for session in course.sessions.all()}
        new = ImpossibleDates.objects.filter(course=course).exclude(pk__in=stood.dates)
        dates = list(new.values_list("pk", flat=True))
    else:
        sessions = stood.sessions | {session.pk: session for session in only_made}
    live = (session for session in sessions.values() if session.is_live)
    booked = sorted((s for s in stood.sessions.values() if hasattr(s, "booking")), key=lambda s: s.starts_at)
    rows = {
        "course": stood.course,
        "made": sorted(sessions.keys() - stood.sessions.keys()),
        "gone": [_values(row) for pk, row in stood.sessions.items() if pk not in sessions],
        "changed": {pk: _changed(row, sessions[pk]) for pk, row in stood.sessions.items() if pk in sessions},
        "bookings": [_values(session.booking) for session in booked],
        "places": [_values(place) for place in stood.places],
        "dates": dates,
        "messages": [message.pk for message in done.messages],
        **(_tasks(course, stood.tasks) if tasks_changed else {"opened": [], "closed": [], "reworded": {}}),
    }
    rows["changed"] = {pk: values for pk, values in rows["changed"].items() if values}
    if stood.has_act:
        UndoableAct.objects.filter(course=course).delete()
    UndoableAct.objects.create(
        course=course,
        kind=kind,
        until=now + timedelta(minutes=done.course.unit.undo_minutes),
        left=course.version_on(sorted(live, key=lambda session: (session.starts_at, session.pk))),
        last_event=_last(AuditEvent.objects.all()),
        last_message=_last(Message.objects.filter(course=course)),
        rows=rows,
    )
    return done


def _last(rows: QuerySet[Any]) -> Coalesce:
    """The highest key of these rows when this is stored, 0 if there are none: no query of its own."""
    return Coalesce(Subquery(rows.order_by("-pk").values("pk")[:1]), 0)


def keep_as_one(done: Sequence[Done]) -> None:
    """Several acts, each kept already, were one: they are undone together or not at all. Two queries."""
    courses = sorted(each.course.pk for each in done)
    acts = list(UndoableAct.objects.filter(course__in=courses)) if len(courses) > 1 else []
    for act in acts:
        act.rows["together"] = courses
    UndoableAct.objects.bulk_update(acts, ["rows"])


def _open_tasks(course: Course) -> Any:
    return Task.objects.filter(unit=course.unit_id, done_at__isnull=True).order_by()


def _tasks(course: Course, stood: Mapping[int, str]) -> dict[str, Any]:
    """Which tasks of the unit the act opened, closed and reworded."""
    of_unit = Task.objects.filter(Q(pk__in=stood) | Q(done_at__isnull=True, unit=course.unit_id)).order_by()
    rows = list(of_unit.values_list("pk", "says", "done_at"))
    return {
        "opened": sorted(pk for pk, _, _ in rows if pk not in stood),
        "closed": sorted(pk for pk, _, done_at in rows if done_at and pk in stood),
        "reworded": {
            pk: stood[pk] for pk, says, done_at in rows if pk in stood and not done_at and says != stood[pk]
        },
    }


def _changed(was: Session, is_now: Session) -> dict[str, Any]:
    """The values that a row had before, of the fields that are others now."""
    then, now = _values(was), _values(is_now)
    return {name: value for name, value in then.items() if value != now[name]}


def _values(row: Model, names: Iterable[str] = ()) -> dict[str, Any]:
    """The fields of a row by column name, as JSON can hold them: moments as ISO text, to the microsecond."""
    fields = [field for field in row._meta.concrete_fields if not names or field.name in names]
    values = ((field.attname, field.value_from_object(row)) for field in fields)
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in values}


@dataclass(frozen=True)
class Forgotten:
    """How many acts that can no longer be undone were forgotten in one round of the worker."""

    acts: int

    def __bool__(self) -> bool:
        return self.acts > 0

    def __str__(self) -> str:
        return f"Undo: {quantity(self.acts, 'act')} forgotten."


def forget_old(*, stopping: Callable[[], bool] = lambda: False) -> Forgotten:
    """Delete what was kept of acts that could last be undone a day ago. Nothing depends on it."""
    return Forgotten(UndoableAct.objects.filter(until__lte=timezone.now() - KEPT).delete()[0])
