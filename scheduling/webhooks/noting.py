"""From acts in the log to events in the outbox: read by the worker, seconds after they were done.

The log is read in the order of its chain (`patients.chain`), which has every row once it is committed, and
none before: so one number for each system says how far it was read, and a row that was committed late is not
missed. What the chain never takes up (a row committed more than LATE_KEYS keys late, or put in afterwards)
is not told either, and `doctor` reports it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.dateparse import parse_datetime

from patients.models import AuditChainRow, AuditEvent, Patient
from scheduling.acts import Act
from scheduling.models import (
    Course,
    EventType,
    Session,
    Undoable,
    Unit,
    WebhookEndpoint,
    WebhookEvent,
    WebhookProgress,
)
from scheduling.states import SessionStatus, WebhookStatus
from scheduling.webhooks import payload
from scheduling.webhooks.outcomes import withhold

BATCH = 500
# A system with nothing to hear of is moved on only after so many rows: nothing else has to be written.
FAR_BEHIND = 1000

TELLS: Mapping[str, EventType] = {
    Act.COURSE_BOOKED: EventType.BOOKED,
    Act.COURSE_MOVED: EventType.MOVED,
    Act.COURSE_DAY_MOVED: EventType.MOVED,
    Act.COURSE_REFITTED: EventType.MOVED,
    Act.COURSE_CANCELLED: EventType.CANCELLED,
    Act.COURSE_DAY_LEFT_OUT: EventType.CANCELLED,
    Act.SESSION_ARRIVED: EventType.ARRIVED,
    Act.SESSION_FINISHED: EventType.FINISHED,
}
# What was typed on a visit's page instead of pressed, by the time that says so.
TYPED = {"arrived_at": EventType.ARRIVED, "finished_at": EventType.FINISHED}
UNDONE = {
    Undoable.BOOK.label: EventType.BOOKED,
    Undoable.MOVE.label: EventType.MOVED,
    Undoable.CANCEL.label: EventType.CANCELLED,
}
PRESSED = {
    SessionStatus.ARRIVED.label: EventType.ARRIVED,
    SessionStatus.FULFILLED.label: EventType.FINISHED,
}
READ = [
    *TELLS,
    Act.SESSION_TIMES_RECORDED,
    Act.SESSION_OUTCOME_RECORDED,
    Act.SESSION_TAKEN_BACK,
    Act.COURSE_UNDONE,
    Act.COURSE_REMOVED,
]
TAKEN_BACK_IN_TIME = "What it says was taken back before it left."


def note_new(now: datetime, *, stopping: Callable[[], bool] = lambda: False) -> int:
    """Make events of the acts since the last time; returns how many. Four queries if a system has none."""
    noted, head = 0, head_of_log()
    for pk in WebhookProgress.objects.filter(endpoint__is_on=True, read_to__lt=head).values_list(
        "pk", flat=True
    ):
        more = True
        while more and not stopping():
            some, more = _note_some(pk, head, now)
            noted += some
    return noted


def head_of_log() -> int:
    """The number of the last row in the chain of the log of acts; 0 if it has none."""
    last: int | None = AuditChainRow.objects.aggregate(last=Max("number"))["last"]
    return last or 0


def _note_some(pk: int, head: int, now: datetime) -> tuple[int, bool]:
    """Note what the next rows of the log tell one system: how many events, and whether rows are left."""
    progress = WebhookProgress.objects.filter(pk=pk).first()
    if progress is None:
        return 0, False
    if not _acts(progress, head).exists():
        if head - progress.read_to > FAR_BEHIND:
            WebhookProgress.objects.filter(pk=pk, read_to__lt=head).update(read_to=head)
        return 0, False
    with transaction.atomic():
        # Of several workers one reads on; the next finds nothing left.
        locked = WebhookProgress.objects.select_for_update(of=("self",)).select_related("endpoint")
        progress = locked.filter(pk=pk, endpoint__is_on=True).first()
        if progress is None:
            return 0, False
        rows = list(_acts(progress, head).select_related("event").order_by("number")[:BATCH])
        noted = _note([row.event for row in rows if row.event], progress.endpoint, now)
        is_full = len(rows) == BATCH
        # Never back: another worker, which began later, may have read on further than this head.
        to = rows[-1].number if is_full else head
        WebhookProgress.objects.filter(pk=pk, read_to__lt=to).update(read_to=to)
    return noted, is_full


def _acts(progress: WebhookProgress, head: int) -> QuerySet[AuditChainRow]:
    return AuditChainRow.objects.filter(number__gt=progress.read_to, number__lte=head, event__action__in=READ)


@dataclass(frozen=True)
class Deed:
    """An act, the key of its course, that of its visit if it is about one, and the course if it still is."""

    act: AuditEvent
    key: int
    visit: int | None
    course: Course | None


def _note(acts: Sequence[AuditEvent], endpoint: WebhookEndpoint, now: datetime) -> int:
    """Note these acts, in order, as far as the system is to hear of them.

    Four queries, and one an event, two an undo.
    """
    units, noted = set(endpoint.units.values_list("pk", flat=True)), 0
    for deed in _deeds([act for act in acts if act.at >= endpoint.since]):
        course = deed.course
        if course and (_is_protected(course.patient) or (units and course.unit_id not in units)):
            continue
        if kind := _takes_back(deed.act):
            noted += _take_back(endpoint, kind, deed, now)
        if course is None or (deed.act.action == Act.COURSE_REFITTED and not payload.visits_of(course)):
            # It was taken out of the records, or only held.
            continue
        for kind, at in _tells(deed.act):
            if kind in endpoint.events:
                noted += _write(endpoint, kind, at, deed, course.unit, now)
    return noted


def _is_protected(child: Patient) -> bool:
    return child.restricted or child.sensitive


def _deeds(acts: Sequence[AuditEvent]) -> list[Deed]:
    """Whom each act is about. Without those about a visit that is gone."""
    visits = [act.record_id for act in acts if act.record == "session"]
    course_of = dict(Session.objects.filter(pk__in=visits).values_list("pk", "course"))
    keys = {act.record_id for act in acts if act.record == "course"} | set(course_of.values())
    found = Course.objects.filter(pk__in=keys).select_related("unit", "patient").prefetch_related("sessions")
    courses = {course.pk: course for course in found}
    deeds = []
    for act in acts:
        visit = act.record_id if act.record == "session" else None
        key = course_of.get(visit) if visit else act.record_id
        if key:
            deeds.append(Deed(act, key, visit, courses.get(key)))
    return deeds


def _take_back(endpoint: WebhookEndpoint, kind: EventType, deed: Deed, now: datetime) -> int:
    """What has not left yet does not leave; of what may have, the system is told that it is no more."""
    told = endpoint.outbox.filter(act_id=_undone(deed.act, kind), type=kind)
    event = told.select_related("endpoint", "unit").first()
    if event is None or event.unit is None or event.status == WebhookStatus.WITHHELD:
        return 0
    never_left = event.tried_at is None and event.status == WebhookStatus.QUEUED
    if never_left and withhold(event, TAKEN_BACK_IN_TIME):
        return 0
    return _write(endpoint, EventType.TAKEN_BACK, deed.act.at, deed, event.unit, now, event.webhook_id)


def _undone(act: AuditEvent, kind: EventType) -> int | None:
    """The key of the act of this kind that `act` undoes: the last on the same row, whoever was told of it."""
    before = AuditEvent.objects.filter(record=act.record, record_id=act.record_id, pk__lt=act.pk)
    for each in before.filter(action__in=READ).order_by("-pk"):
        if TELLS.get(each.action) == kind or kind in dict(_tells(each)):
            return each.pk
    return None


def _write(
    endpoint: WebhookEndpoint,
    kind: EventType,
    at: datetime,
    deed: Deed,
    unit: Unit,
    now: datetime,
    takes_back: str = "",
) -> int:
    course = deed.course
    said = payload.about_visits(
        kind,
        at,
        unit=unit,
        course=(deed.key, course.status if course else payload.REMOVED),
        visits=payload.visits_of(course) if course else (),
        visit=deed.visit,
        takes_back=takes_back,
    )
    event = WebhookEvent(
        endpoint=endpoint,
        type=kind,
        unit=unit,
        act_id=deed.act.pk,
        patient_id=deed.act.patient_id,
        course_id=deed.key,
        session_id=deed.visit,
        webhook_id=new_webhook_id(),
        at=at,
        payload=said,
        next_attempt_at=now,
    )
    # An act that was noted already, by whatever accident, is not told twice.
    WebhookEvent.objects.bulk_create([event], ignore_conflicts=True)
    return 1


def new_webhook_id() -> str:
    """Without a full stop, which parts the signed content."""
    return f"evt_{uuid4().hex}"


def _tells(act: AuditEvent) -> Iterator[tuple[EventType, datetime]]:
    """What an act tells, and when that happened."""
    changes = act.changes
    if act.action == Act.COURSE_CANCELLED and not _first(changes, "days"):
        # It only waited or was held, so nobody was told of days.
        return
    if act.action in TELLS:
        yield TELLS[act.action], act.at
    elif act.action == Act.SESSION_TIMES_RECORDED:
        for name, kind in TYPED.items():
            before, after = changes.get(name) or (None, None)
            if after and not before:
                yield kind, parse_datetime(after) or act.at
    elif act.action == Act.SESSION_OUTCOME_RECORDED and _last(changes, "status"):
        yield EventType.FINISHED, act.at


def _takes_back(act: AuditEvent) -> EventType | None:
    """What an act says is no longer so."""
    return {
        Act.COURSE_UNDONE.value: UNDONE.get(act.changes.get("what", "")),
        Act.SESSION_TAKEN_BACK.value: PRESSED.get(_first(act.changes, "status")),
        Act.COURSE_REMOVED.value: EventType.BOOKED,
    }.get(act.action)


def _first(changes: Mapping[str, Any], name: str) -> Any:
    return (changes.get(name) or [None, None])[0]


def _last(changes: Mapping[str, Any], name: str) -> Any:
    return (changes.get(name) or [None, None])[-1]
