"""Send what is due. Several workers may do so at once.

Messages are read in lots. Each is judged by what its calendar was sent by then, claimed, sent and marked.
Claiming and marking are moves of MESSAGE_MOVES; the sending itself happens outside any transaction. A claim
finds nothing if anything was logged about the child since it was read: then it is read anew.

    QUEUED ──claim──▶ SENDING ──sent──▶ SENT
      │ ▲                ├──temporary fault──▶ QUEUED, with a longer wait each time
      │ │                └──permanent fault, or tried for long enough──▶ FAILED
      │ └──taken back: the worker that claimed it is gone──┘
      ├──must not be sent as things are now──▶ WITHHELD
      └──its approved text was replaced by another──▶ FAILED

Delivery is at least once: if it is not certain that a mail arrived, the same bytes are sent again. A mail is
tried as long as its visit is to come. While the mail server takes nothing at all there is an Outage.
"""

import logging
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing, nullcontext
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from functools import cache, partial

from django.utils import timezone

from crmo_clinic.nhsuk.wording import quantity
from scheduling.errors import ChangedMeanwhile, NotReadyToWrite
from scheduling.models import AdviceText, Channel, Message, Outage
from scheduling.models.message import WAITS
from scheduling.states import MessageStatus
from scheduling.telling.calendar_entries import CalendarOf
from scheduling.telling.clock_times import is_quiet, quiet_until
from scheduling.telling.due_mails import Lot, in_turn
from scheduling.telling.outcomes import INTERRUPTED, move, put_off, wait
from scheduling.telling.rewording import load_calendar, reworded
from scheduling.telling.text_messages import NotifyTransport
from scheduling.telling.texts import is_in_force, is_replaced
from scheduling.telling.transport import Transport, TransportError, configured_transport
from scheduling.telling.withholding import why_withheld
from scheduling.watch import pulse

# A mail about no visit, such as one that asks for days, has no other end.
TRIED_FOR = timedelta(days=7)
# A mail that was interrupted so often may be what ends the workers, so it does not go first any more.
OFTEN_INTERRUPTED = 3
TEXTS_WAIT = timedelta(minutes=5)
MOST_COUNTED = 30_000

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Delivered:
    """How many messages had each outcome in one run; false if there were none."""

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
    """The channels of one run: mail, and text messages. The latter is opened when the first text is sent."""

    def __init__(self, mail: Transport) -> None:
        self.mail = mail
        self._texts: NotifyTransport | None = None
        self._took_mail = False
        self._refusal: TransportError | None = None

    @property
    def texts(self) -> NotifyTransport:
        self._texts = self._texts or NotifyTransport()
        return self._texts

    def send(self, message: Message) -> None:
        """Raises TransportError."""
        # PostgreSQL may give a memoryview.
        mime = bytes(message.mime)
        if message.channel == Channel.TEXT:
            again = message.attempts > 1
            self.texts.send(message.to_address, mime.decode(), message.message_id, again=again)
            return
        try:
            self.mail.send(message.from_address, message.to_address, mime)
        except TransportError as fault:
            if fault.of_server:
                self._refusal = fault
            else:
                self._took_mail = True
            raise
        self._took_mail = True

    def note_outage(self, began: datetime) -> None:
        """Write down whether the mail server takes anything. No query if no mail was tried."""
        if self._took_mail:
            Outage.objects.filter(what=Outage.MAIL).delete()
        elif self._refusal:
            problem = self._refusal.sentence
            Outage.objects.get_or_create(what=Outage.MAIL, defaults={"since": began, "problem": problem})

    def close(self) -> None:
        if self._texts:
            self._texts.close()


def deliver_due(
    *,
    now: datetime | None = None,
    transport: Transport | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> Delivered:
    """Send every message whose time has come, each once, in the order of the visits; count the outcomes.

    now: replaces the clock, in tests. transport: replaces the one that the settings name. stopping: asked
    before each message; once it is true, the rest is left for the next run.
    """
    # Most rounds have nothing to send: the question below costs ten times as much as this one.
    if not Message.objects.filter(status__in=WAITS).exists():
        return Delivered()
    clock = timezone.now if now is None else lambda: now
    began, counts = clock(), Counter[MessageStatus | None]()
    pulse.move_on()
    mails = nullcontext(transport) if transport else configured_transport()
    with mails as mail, closing(Ways(mail)) as ways:
        for pk, lot in in_turn(began):
            if stopping():
                break
            pulse.move_on()
            try:
                counts[_deliver(pk, lot, ways, clock)] += 1
            except Exception as error:
                _log_unexpected(pk, error)
        ways.note_outage(began)
    return Delivered(
        sent=counts[MessageStatus.SENT],
        retried=counts[MessageStatus.QUEUED],
        failed=counts[MessageStatus.FAILED],
        withheld=counts[MessageStatus.WITHHELD],
    )


def _deliver(pk: int, lot: Lot, ways: Ways, clock: Callable[[], datetime]) -> MessageStatus | None:
    """Bring one due message to its outcome; None if it has to wait, or another worker was faster."""
    message = lot.message(pk)
    if message is None:
        return None
    now, calendar = clock(), cache(lambda: load_calendar(message))
    if message.status == MessageStatus.SENDING:
        status = _take_back(message, now)
        if status != MessageStatus.QUEUED or message.next_attempt_at > now:
            return status
    if instead := _instead_of_sending(message, lot, now, calendar):
        return instead() if lot.stands(message) else _deliver(pk, lot.of_one(pk), ways, clock)
    _reword(message, now, calendar)
    if not _claim(message, lot, now):
        return _deliver(pk, lot.of_one(pk), ways, clock) if lot.is_of_several else None
    fault = _send(message, ways)
    now = clock()
    if fault is None:
        return move(message, MessageStatus.SENT, "", sent_at=now)
    if fault.permanent:
        return move(message, MessageStatus.FAILED, fault.sentence)
    if message.session is None and message.created_at < now - TRIED_FOR:
        why = f"{fault.sentence} It was tried for {quantity(TRIED_FOR.days, 'day')} and is not tried again."
        return move(message, MessageStatus.FAILED, why)
    return move(message, MessageStatus.QUEUED, fault.sentence, next_attempt_at=now + wait(message.attempts))


def _instead_of_sending(
    message: Message, lot: Lot, now: datetime, calendar: Callable[[], CalendarOf]
) -> Callable[[], MessageStatus | None] | None:
    """What becomes of a message that must not leave, or not now; None if it may."""
    if why := why_withheld(message, now, calendar):
        return partial(move, message, MessageStatus.WITHHELD, why)
    approved = lot.approved(message.course.unit) if message.advice_version else []
    if why := _why_replaced(message, approved, now):
        return partial(move, message, MessageStatus.FAILED, why)
    if missing := _missing(message, approved, now):
        return partial(put_off, message, str(NotReadyToWrite("the unit", missing)), now + TEXTS_WAIT)
    if message.is_notice and is_quiet(message.course.unit, now):
        later = quiet_until(message.course.unit, now)
        return partial(put_off, message, "It waits for the end of the quiet hours.", later)
    return None


def _take_back(message: Message, now: datetime) -> MessageStatus | None:
    """End the claim of a worker that is gone. The mail goes at once, unless that has happened often."""
    pause = wait(message.attempts) if message.attempts >= OFTEN_INTERRUPTED else timedelta(0)
    return move(message, MessageStatus.QUEUED, INTERRUPTED, next_attempt_at=now + pause)


def _missing(message: Message, approved: Sequence[AdviceText], now: datetime) -> list[str]:
    """What this message needs and the unit no longer has, such as an approval in date. It waits for that."""
    unit, named, today = message.course.unit, message.advice_version, timezone.localdate(now)
    missing = unit.missing_for_mail()
    if named and not is_in_force(unit, named, today=today, approved=approved):
        missing.append(f"approval in date for the text “{named}”")
    return missing


def _why_replaced(message: Message, approved: Sequence[AdviceText], now: datetime) -> str:
    """Why this mail is never sent although the unit has its texts: it carries an old one. Else empty."""
    unit, named, today = message.course.unit, message.advice_version, timezone.localdate(now)
    if named and is_replaced(unit, named, today=today, approved=approved):
        return "Not sent: its advice is not in force any more, and the unit has approved a newer text since."
    return ""


def _reword(message: Message, now: datetime, calendar: Callable[[], CalendarOf]) -> None:
    """Let a mail say what is so by now for whoever gets it. Taken meanwhile, it cannot be claimed either."""
    if anew := reworded(message, now, None if message.is_notice else calendar()):
        message.as_read().update(subject=anew.subject, mime=anew.mime, advice_version=anew.advice_version)
        message.mime = anew.mime


def _claim(message: Message, lot: Lot, now: datetime) -> bool:
    """Claim the message for this worker and count the attempt; False if another worker was faster, or it
    was judged by what is no longer so."""
    try:
        claim = {"claimed_at": now, "claimed_by": pulse.own_name()}
        attempts = min(message.attempts + 1, MOST_COUNTED)
        message.move_to(MessageStatus.SENDING, only_if=lot.is_as_read(message), attempts=attempts, **claim)
    except ChangedMeanwhile:
        return False
    return True


def _send(message: Message, ways: Ways) -> TransportError | None:
    """Send the stored bytes, outside any transaction. Returns the fault if they may not have arrived."""
    try:
        ways.send(message)
    except TransportError as fault:
        return fault
    except Exception as error:
        _log_unexpected(message.pk, error)
        return TransportError("Something unexpected went wrong while it was sent.", permanent=False)
    return None


def _log_unexpected(pk: int, error: Exception) -> None:
    """Log the kind of error and where it happened, but not its text: that may quote an address or a row."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = (place.name, place.lineno)
    logger.error("Message %s: unexpected %s in %s, line %s.", pk, type(error).__name__, *where)
