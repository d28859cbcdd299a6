"""Which messages are due, in which order, and whose turn each is where several workers run.

Each worker begins with a share of its own, so that two do not go for the same message; then it helps with the
others' from the end. The shares only save work: whoever claims a message has it (`delivery`).

They come in lots, which are read at once: read alone, a message costs more than sending it. What was read is
two seconds old at most, and if anything was logged about the child meanwhile, no claim finds the message.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import chain, groupby
from time import monotonic

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from patients.models import AuditEvent
from scheduling.models import CALENDAR_KINDS, AdviceText, Message, UndoableAct, Unit, WorkerBeat
from scheduling.states import MessageStatus
from scheduling.telling.texts import ever_approved
from scheduling.watch import pulse

# Longer than any sending takes (EMAIL_TIMEOUT limits each step): for claims of workers without a heartbeat.
CLAIM_MINUTES = 15
# So many messages are read at once, or a few more: those about one visit stay together.
IN_A_LOT = 50
# What is left of a lot after so many seconds, with a slow mail server, is read anew.
FRESH_SECONDS = 2
# No act takes longer from writing its log row to its commit.
LONGEST_ACT = timedelta(minutes=1)


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


def in_turn(began: datetime) -> Iterator[tuple[int, "Lot"]]:
    """The key of each due message in turn, with the lot in which it is read."""
    for keys in _lots_in_turn(began):
        lot = Lot(keys, began)
        for place, pk in enumerate(keys):
            if lot.is_old:
                lot = Lot(keys[place:], began)
            yield pk, lot


def _lots_in_turn(now: datetime) -> Iterator[list[int]]:
    """The keys of what is due in lots, the soonest visit first; at one visit the oldest message.

    Each comes once, so that a bad record cannot cause an endless loop. What an earlier one held up comes
    after it. Two queries for each time that all have been gone through, and with a heartbeat one for each
    lot: a worker that came or went meanwhile changes the shares of what is left.
    """
    looked: set[int] = set()
    while rows := [(pk, course) for pk, course in _rows(now) if pk not in looked]:
        looked.update(pk for pk, _ in rows)
        yield from _shared_out(rows, now)


def _shared_out(rows: Sequence[tuple[int, int]], now: datetime) -> Iterator[list[int]]:
    """The lots of rows of key and course, those of this worker's share first."""
    begun: set[int] = set()
    while rows := [row for row in rows if row[0] not in begun]:
        share = number, workers = _share(now)
        own = _lots(row for row in rows if row[1] % workers == number)
        others = list(_lots(row for row in rows if row[1] % workers != number))[::-1]
        for lot in chain(own, others):
            yield lot
            begun.update(lot)
            if _share(now) != share:
                break


def _rows(now: datetime) -> list[tuple[int, int]]:
    in_order = due(now).order_by(F("session__starts_at").asc(nulls_first=True), "pk")
    return list(in_order.values_list("pk", "course"))


def _lots(rows: Iterable[tuple[int, int]]) -> Iterator[list[int]]:
    """The keys of rows of key and course, those about one visit together, so that they stay in order."""
    lot: list[int] = []
    for _, of_course in groupby(rows, key=lambda row: row[1]):
        lot += [pk for pk, _ in of_course]
        if len(lot) >= IN_A_LOT:
            yield lot
            lot = []
    if lot:
        yield lot


def _share(now: datetime) -> tuple[int, int]:
    """Which of how many workers this is, by their heartbeats; the only one if it has none."""
    names = sorted(WorkerBeat.objects.running(now).values_list("name", flat=True)) if pulse.own_name() else []
    return (names.index(pulse.own_name()), len(names)) if pulse.own_name() in names else (0, 1)


class Lot:
    """Messages that are read at once, each with its session, contact, and course with child and unit."""

    def __init__(self, keys: Sequence[int], began: datetime) -> None:
        self._keys, self._began, self._read_at = keys, began, monotonic()
        self._messages: dict[int, Message] | None = None
        self._last_event, self._asked_at = 0, timezone.now()
        # By unit: read for every message, they would cost more than the message.
        self.approved: Callable[[Unit], list[AdviceText]] = cache(ever_approved)

    @property
    def is_old(self) -> bool:
        return monotonic() - self._read_at > FRESH_SECONDS

    @property
    def is_of_several(self) -> bool:
        return len(self._keys) > 1

    def of_one(self, pk: int) -> "Lot":
        return Lot([pk], self._began)

    def message(self, pk: int) -> Message | None:
        """None if it is not due, or not any more."""
        if self._messages is None:
            self._asked_at = timezone.now()
            newest = AuditEvent.objects.order_by("-pk").values_list("pk", flat=True)
            self._last_event = newest.first() or 0
            try:
                self._messages = self._read(self._keys)
            except Exception:
                # A row that cannot be read stops only itself.
                return self._read([pk]).get(pk)
        return self._messages.get(pk)

    def is_as_read(self, message: Message) -> Q:
        """Whether nothing was logged about its child since, but what became of messages.

        An act may have its key before the lot was read and be committed after. So what is read with others
        is also not as read if anything was done shortly before.
        """
        since = Q(pk__gt=self._last_event)
        if self.is_of_several:
            since |= Q(at__range=(self._asked_at - LONGEST_ACT, self._asked_at + LONGEST_ACT))
        acts = AuditEvent.objects.filter(since, patient_id=message.course.patient_id)
        return Q(~Exists(acts.exclude(record=Message._meta.model_name)))

    def stands(self, message: Message) -> bool:
        """Whether a message may be judged by what was read, not to leave. A query, in a lot of several."""
        is_alone = not self.is_of_several
        return is_alone or Message.objects.filter(self.is_as_read(message), pk=message.pk).exists()

    def _read(self, keys: Sequence[int]) -> dict[int, Message]:
        related = ("session", "contact", "course__patient", "course__unit")
        return {
            message.pk: message for message in due(self._began).select_related(*related).filter(pk__in=keys)
        }
