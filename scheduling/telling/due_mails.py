"""Which messages are due, in which order, and whose turn each is where several workers run.

Each worker begins with a share of its own, so that two do not go for the same message; then it helps with the
others' from the end. The shares only save work: whoever claims a message has it (`delivery`).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, QuerySet

from scheduling.models import CALENDAR_KINDS, Message, UndoableAct, WorkerBeat
from scheduling.states import MessageStatus
from scheduling.watch import pulse

# Longer than any sending takes (EMAIL_TIMEOUT limits each step): for claims of workers without a heartbeat.
CLAIM_MINUTES = 15


def due(now: datetime) -> QuerySet[Message]:
    """The messages whose time has come, except those that must wait for an earlier one.

    Mails about one session reach one address in the order in which they were written (RFC 5546 section
    2.1.5). A calendar that got the cancellation before an invite that is still being sent would keep the
    visit. An invite that is still queued is withheld first, because the later mail has replaced it. Nothing
    waits for a notice. While the last act on a course can be undone, no mail about that course leaves, and
    none is withheld: the act may be taken back.
    """
    earlier = Message.objects.filter(
        kind__in=CALENDAR_KINDS,
        session=OuterRef("session"),
        to_address__iexact=OuterRef("to_address"),
        pk__lt=OuterRef("pk"),
        status__in=[MessageStatus.QUEUED, MessageStatus.SENDING],
    )
    may_be_undone = UndoableAct.objects.with_mails(now).filter(course=OuterRef("course"))
    due = Message.objects.due(now, stale=now - timedelta(minutes=CLAIM_MINUTES))
    return due.filter(~Exists(earlier), ~Exists(may_be_undone))


def keys_in_turn(now: datetime) -> Iterator[int]:
    """The keys of what is due, the soonest visit first; at one visit the oldest message.

    Each comes once, so that a bad record cannot cause an endless loop. What an earlier one held up comes
    after it. Two queries for each time that all have been gone through.
    """
    looked: set[int] = set()
    while keys := [pk for pk in _keys(now) if pk not in looked]:
        for pk in keys:
            looked.add(pk)
            yield pk


def _keys(now: datetime) -> list[int]:
    in_order = due(now).order_by(F("session__starts_at").asc(nulls_first=True), "pk")
    rows = list(in_order.values_list("pk", "course"))
    number, workers = _share(now)
    own = [pk for pk, course in rows if course % workers == number]
    others = [pk for pk, course in rows if course % workers != number]
    return own + others[::-1]


def _share(now: datetime) -> tuple[int, int]:
    """Which of how many workers this is, by their heartbeats; the only one if it has none."""
    names = sorted(WorkerBeat.objects.running(now).values_list("name", flat=True)) if pulse.own_name() else []
    return (names.index(pulse.own_name()), len(names)) if pulse.own_name() in names else (0, 1)
