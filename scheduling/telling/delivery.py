"""Send what is due. Several workers may do so at once.

A message is claimed, sent and marked in three steps, each a move by its table or outside the database:

    QUEUED ──claim──▶ SENDING ──sent──▶ SENT
      │ ▲                ├──fault that may pass──▶ QUEUED, later each time
      │ │                └──fault that stays, or the last attempt──▶ FAILED
      │ └──taken back: the worker that claimed it is gone──┘
      ├──must not leave as things are──▶ WITHHELD
      └──its text was replaced by another──▶ FAILED

At least once: where nobody can say whether a mail arrived, the same bytes go again.
"""

import logging
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import closing, nullcontext
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from patients import audit
from patients.audit import WORKER
from scheduling.acts import Act
from scheduling.errors import ChangedMeanwhile, NotReadyToWrite
from scheduling.models import CALENDAR_KINDS, Channel, Message
from scheduling.states import MessageStatus
from scheduling.telling.clock_times import is_quiet, quiet_until
from scheduling.telling.rewording import reworded
from scheduling.telling.text_messages import NotifyTransport
from scheduling.telling.texts import is_in_force, is_replaced
from scheduling.telling.transport import Transport, TransportError, configured_transport
from scheduling.telling.unreached import ask_about_overtaken, ask_to_ring, made_good
from scheduling.telling.withholding import OVERTAKEN, why_withheld

# Longer than a send can take, with EMAIL_TIMEOUT at each step: only a dead worker's claim is taken back.
CLAIM_MINUTES = 15
# With waits of 1, 2, 4, 8, 16, 32 and then 60 minutes, the last attempt comes a day after the first.
MAX_ATTEMPTS = 30
LONGEST_WAIT = timedelta(minutes=60)
TEXTS_WAIT = timedelta(minutes=5)

ACTIONS = {
    MessageStatus.SENT: Act.MESSAGE_SENT,
    MessageStatus.QUEUED: Act.MESSAGE_PUT_OFF,
    MessageStatus.FAILED: Act.MESSAGE_FAILED,
    MessageStatus.WITHHELD: Act.MESSAGE_WITHHELD,
}

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Delivered:
    """How many messages had each outcome in one run; false if none had any."""

    sent: int = 0
    retried: int = 0
    failed: int = 0
    withheld: int = 0

    def __bool__(self) -> bool:
        return any(astuple(self))

    def __str__(self) -> str:
        return (
            f"Mails: {self.sent} sent, {self.retried} to be tried again, "
            f"{self.failed} failed, {self.withheld} withheld."
        )


class Ways:
    """The ways by which messages leave in one run; that of text messages opens with the first of them."""

    def __init__(self, mail: Transport) -> None:
        self.mail = mail
        self._texts: NotifyTransport | None = None

    @property
    def texts(self) -> NotifyTransport:
        self._texts = self._texts or NotifyTransport()
        return self._texts

    def close(self) -> None:
        if self._texts:
            self._texts.close()


def deliver_due(
    *,
    now: datetime | None = None,
    transport: Transport | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> Delivered:
    """Send every message whose time has come, each once, oldest first, and say how it went.

    now: instead of the clock, for tests. transport: instead of the one the settings name. stopping: asked
    before each message; once true, the rest is left for the next run.
    """
    clock = timezone.now if now is None else lambda: now
    began, last, counts = clock(), 0, Counter[MessageStatus | None]()
    mails = nullcontext(transport) if transport else configured_transport()
    with mails as mail, closing(Ways(mail)) as ways:
        # Ever higher keys: a message is looked at once in a run, so a bad record cannot keep it going.
        while not stopping() and (pk := _due(began).filter(pk__gt=last).values_list("pk", flat=True).first()):
            last = pk
            try:
                counts[_deliver(pk, began, ways, clock)] += 1
            except Exception as error:
                _log_unexpected(pk, error)
    return Delivered(
        sent=counts[MessageStatus.SENT],
        retried=counts[MessageStatus.QUEUED],
        failed=counts[MessageStatus.FAILED],
        withheld=counts[MessageStatus.WITHHELD],
    )


def _due(now: datetime) -> QuerySet[Message]:
    """The messages whose time has come, oldest first, without those that wait for an earlier one.

    The mails about one session reach one address in the order they were written (RFC 5546 section 2.1.5): a
    calendar that gets the cancellation before an invite that is in hand keeps the visit. An invite that still
    waits is withheld first, for the later mail has replaced it. Nothing waits for a notice.
    """
    earlier = Message.objects.filter(
        kind__in=CALENDAR_KINDS,
        session=OuterRef("session"),
        to_address__iexact=OuterRef("to_address"),
        pk__lt=OuterRef("pk"),
        status__in=[MessageStatus.QUEUED, MessageStatus.SENDING],
    )
    return Message.objects.due(now, stale=now - timedelta(minutes=CLAIM_MINUTES)).filter(~Exists(earlier))


def _deliver(pk: int, began: datetime, ways: Ways, clock: Callable[[], datetime]) -> MessageStatus | None:
    """Bring one due message to its outcome; None if there is none, or another worker was faster."""
    related = ("session", "contact", "course__patient", "course__unit")
    message = _due(began).select_related(*related).filter(pk=pk).first()
    if message is None:
        return None
    now = clock()
    if message.status == MessageStatus.SENDING:
        status = _take_back(message)
        if status != MessageStatus.QUEUED:
            return status
    if why := why_withheld(message, now):
        return _move(message, MessageStatus.WITHHELD, why)
    if why := _why_replaced(message, now):
        return _move(message, MessageStatus.FAILED, why)
    if missing := _missing(message, now):
        why = str(NotReadyToWrite("the unit", missing))
        _put_off(message, why, now + TEXTS_WAIT)
        return None
    if message.is_notice and is_quiet(message.course.unit, now):
        later = quiet_until(message.course.unit, now)
        _put_off(message, "It waits for the end of the quiet hours.", later)
        return None
    _reword(message, now)
    if not _claim(message, now):
        return None
    fault = _send(message, ways)
    now = clock()
    if fault is None:
        return _move(message, MessageStatus.SENT, "", sent_at=now)
    if fault.permanent:
        return _move(message, MessageStatus.FAILED, fault.sentence)
    if message.attempts >= MAX_ATTEMPTS:
        return _give_up(message, fault.sentence)
    return _move(message, MessageStatus.QUEUED, fault.sentence, next_attempt_at=now + _wait(message.attempts))


def _take_back(message: Message) -> MessageStatus | None:
    """End the claim of a worker that is gone. The claim counted as an attempt, so this too has an end."""
    why = "The sending was interrupted."
    if message.attempts >= MAX_ATTEMPTS:
        return _give_up(message, why)
    return _move(message, MessageStatus.QUEUED, why)


def _give_up(message: Message, why: str) -> MessageStatus | None:
    why = f"{why} It was tried {message.attempts} times and is not tried again."
    return _move(message, MessageStatus.FAILED, why)


def _missing(message: Message, now: datetime) -> list[str]:
    """What the unit has no more of what this message needs, an approval in date among it: it waits."""
    unit, named, today = message.course.unit, message.advice_version, timezone.localdate(now)
    missing = unit.missing_for_mail()
    if named and not is_in_force(unit, named, today=today):
        missing.append(f"approval in date for the text “{named}”")
    return missing


def _why_replaced(message: Message, now: datetime) -> str:
    """Why this mail never leaves, though the unit has its texts: it carries an old one. Else empty."""
    today = timezone.localdate(now)
    if message.advice_version and is_replaced(message.course.unit, message.advice_version, today=today):
        return "Not sent: its advice is not in force any more, and the unit has approved a newer text since."
    return ""


def _reword(message: Message, now: datetime) -> None:
    """Let a mail say what is so by now for whoever gets it. Taken meanwhile, it cannot be claimed either."""
    if anew := reworded(message, now):
        words = {name: getattr(anew, name) for name in ("subject", "mime", "advice_version")}
        message.as_read().update(**words)
        message.mime = anew.mime


def _claim(message: Message, now: datetime) -> bool:
    """Make this message this worker's, and count the attempt; False if another worker was faster."""
    try:
        message.move_to(MessageStatus.SENDING, claimed_at=now, attempts=message.attempts + 1)
    except ChangedMeanwhile:
        return False
    return True


def _send(message: Message, ways: Ways) -> TransportError | None:
    """Send the stored bytes, outside any transaction; the fault if they may not have arrived."""
    # PostgreSQL may give a memoryview.
    mime = bytes(message.mime)
    try:
        if message.channel == Channel.TEXT:
            again = message.attempts > 1
            ways.texts.send(message.to_address, mime.decode(), message.message_id, again=again)
        else:
            ways.mail.send(message.from_address, message.to_address, mime)
    except TransportError as fault:
        return fault
    except Exception as error:
        _log_unexpected(message.pk, error)
        return TransportError("Something unexpected went wrong while it was sent.", permanent=False)
    return None


def _wait(attempts: int) -> timedelta:
    return min(timedelta(minutes=2 ** (attempts - 1)), LONGEST_WAIT)


def _put_off(message: Message, why: str, until: datetime) -> None:
    """Let a queued message wait. A wait that goes on for the same reason is recorded once."""
    changes = {"problem": [message.problem, why], "next_attempt_at": [message.next_attempt_at, until]}
    with transaction.atomic():
        if not message.as_read().update(problem=why, next_attempt_at=until):
            _log_overtaken(message)
        elif message.problem != why:
            _record(Act.MESSAGE_PUT_OFF, message, changes)


def _move(message: Message, status: MessageStatus, problem: str, **times: datetime) -> MessageStatus | None:
    """Move the message and record it; None if another worker has changed it since it was read."""
    after = {"status": status, "problem": problem, **times}
    changes = {name: [getattr(message, name), value] for name, value in after.items()}
    with transaction.atomic():
        try:
            message.move_to(status, problem=problem, claimed_at=None, **times)
        except ChangedMeanwhile:
            _log_overtaken(message)
            return None
        _record(ACTIONS[status], message, changes)
        if status == MessageStatus.FAILED:
            ask_to_ring(message, by=WORKER)
        elif status == MessageStatus.WITHHELD and problem == OVERTAKEN:
            ask_about_overtaken(message, by=WORKER)
        elif status == MessageStatus.SENT:
            made_good(message, by=WORKER)
    return status


def _record(act: Act, message: Message, changes: dict[str, object]) -> None:
    audit.record(act, by=WORKER, on=message, patient=message.course.patient_id, changes=changes)


def _log_overtaken(message: Message) -> None:
    logger.warning("Message %s: another worker took it meanwhile.", message.pk)


def _log_unexpected(pk: int, error: Exception) -> None:
    """What and where, but not the error's words: they may quote an address or a row."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = (place.name, place.lineno)
    logger.error("Message %s: unexpected %s in %s, line %s.", pk, type(error).__name__, *where)
