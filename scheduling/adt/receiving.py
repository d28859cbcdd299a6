"""One message comes in: it is stored whole, applied, and answered, in this order.

What was stored is never lost: if the process dies before it answers, the sender sends it again, and it is
known by its number and its bytes; if it dies before it applies, the worker does.
"""

import logging
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_bytes

from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from scheduling.adt import applying
from scheduling.adt.acknowledging import NOT_STORED, Answer, answer
from scheduling.adt.framing import Header, header_of
from scheduling.adt.reading import read
from scheduling.adt.taking_apart import BROKEN, NOT_THIS_KIND, Unreadable, in_words, when
from scheduling.models import AdtMessage, AdtState

logger = logging.getLogger(__name__)


def receive(raw: bytes, came_from: str) -> Answer:
    """Store a message, have it applied, and say what is sent back. Raises nothing, whatever the bytes are.

    came_from: the name of the file, or the address of the sender.
    """
    header = header_of(raw)
    try:
        message, fault = _message(raw, came_from, header)
    except Exception as error:
        # Without the error's own text, which may quote the message.
        logger.error("An ADT message broke down: %s.", type(error).__name__)
        fault = Unreadable(BROKEN, "It cannot be taken apart.")
        message = _unreadable(raw, came_from, fault)
    try:
        message = _store(message)
    except DatabaseError as error:
        logger.error("An ADT message could not be stored: %s.", type(error).__name__)
        return answer(header, NOT_STORED)
    go_on = {AdtState.RECEIVED: applying.apply, AdtState.DOUBLE: applying.tell_death}
    if message.state in go_on:
        try:
            go_on[AdtState(message.state)](message.pk)
        except Exception as error:
            logger.error("ADT message %s waits to be applied: %s.", message.pk, type(error).__name__)
    return answer(header, fault)


@transaction.atomic
def tell_unread(came_from: str, fault: Unreadable) -> None:
    """Say that a file came in of which nothing is stored, and have a person look at it."""
    message = _unreadable(b"", came_from, fault)
    # Each time anew: the next of this name is another file.
    message.digest = sha256(token_bytes()).hexdigest()
    message.save()
    applying.ask_about_unreadable(message)


def _message(raw: bytes, came_from: str, header: Header) -> tuple[AdtMessage, Unreadable | None]:
    """The message as it is stored, and what is wrong with it."""
    fault, event, happened_at = None, "", None
    try:
        said = read(raw)
        event, happened_at = said.event, said.happened_at
        _refuse_tests(header)
    except Unreadable as unreadable:
        fault, event = unreadable, in_words(header, header.component(9, 2))[:10]
    message = _unreadable(raw, came_from, fault) if fault else _received(raw, came_from)
    message.application = in_words(header, header.component(3, 1))
    message.facility = in_words(header, header.component(4, 1))
    message.control_id = in_words(header, header[10])
    message.event = event
    message.happened_at = _not_in_the_future(happened_at or when(header))
    return message, fault


def _received(raw: bytes, came_from: str) -> AdtMessage:
    # A file may be called by bytes that are no text.
    name = came_from.encode(errors="replace").decode()[:200]
    return AdtMessage(came_from=name, digest=sha256(raw).hexdigest(), raw=raw, happened_at=timezone.now())


def _unreadable(raw: bytes, came_from: str, fault: Unreadable) -> AdtMessage:
    message = _received(raw, came_from)
    message.state, message.says = AdtState.UNREADABLE, fault.words
    if fault.is_rejected:
        # What is refused as such stays with its sender: it may be about anybody.
        message.raw = b""
    return message


@transaction.atomic
def _store(message: AdtMessage) -> AdtMessage:
    """The message as it is kept: this one, or the same that came in before. One that could not be read then,
    and can now, is as if it came in now."""
    named = message.namesakes
    if there := named.select_for_update().filter(digest=message.digest).first():
        if there.state != AdtState.UNREADABLE or message.state == AdtState.UNREADABLE:
            return there
        there.raw, there.event, there.happened_at = message.raw, message.event, message.happened_at
        there.state, there.says, message = message.state, "", there
    # Senders begin their numbers anew now and then.
    lately = timezone.now() - timedelta(days=settings.KEEP_ADT_DAYS)
    others = named.filter(received_at__gte=lately).exclude(state=AdtState.UNREADABLE)
    if message.control_id and message.state == AdtState.RECEIVED and others.exists():
        message.state = AdtState.DOUBLE
    try:
        with transaction.atomic():
            message.save()
    except IntegrityError:
        # It came in twice at the same moment.
        return named.get(digest=message.digest)
    if message.state == AdtState.DOUBLE:
        applying.ask_about_double(message)
    elif message.state == AdtState.UNREADABLE:
        applying.ask_about_unreadable(message)
    return message


def _refuse_tests(header: Header) -> None:
    """A message that was sent to try something must not change real records."""
    if settings.PRODUCTION and header.component(11, 1) in ("T", "D"):
        words = "It is marked as a test, and these are real records."
        raise Unreadable(NOT_THIS_KIND, words, "MSH^1^11", is_rejected=True)


def _not_in_the_future(at: datetime | None) -> datetime:
    """A clock that is wrong must not hold up all later messages."""
    now = timezone.now()
    return at if at and at <= now + applying.CLOCKS_DIFFER else now
