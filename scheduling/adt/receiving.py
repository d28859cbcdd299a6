"""One message comes in: it is stored whole, applied, and answered, in this order.

What was stored is never lost: if the process dies before it answers, the sender sends it again, and it is
known by its number and its bytes; if it dies before it applies, the worker does.
"""

import logging
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from scheduling.adt import applying
from scheduling.adt.acknowledging import NOT_STORED, Answer, answer
from scheduling.adt.framing import Header, header_of
from scheduling.adt.reading import read
from scheduling.adt.taking_apart import NOT_THIS_KIND, Unreadable, in_words, when
from scheduling.models import AdtMessage, AdtState

# The clocks of two systems may differ by so much.
CLOCKS_DIFFER = timedelta(minutes=10)

logger = logging.getLogger(__name__)


def receive(raw: bytes, came_from: str) -> Answer:
    """Store a message, have it applied, and say what is sent back. Raises nothing, whatever the bytes are.

    came_from: the name of the file, or the address of the sender.
    """
    header = header_of(raw)
    event, happened_at, fault = "", None, None
    try:
        said = read(raw)
        event, happened_at = said.event, said.happened_at
        _refuse_tests(header)
    except Unreadable as unreadable:
        fault, event = unreadable, in_words(header, header.component(9, 2))[:10]
    try:
        message = _store(
            AdtMessage(
                # A file may be called by bytes that are no text.
                came_from=came_from.encode(errors="replace").decode()[:200],
                application=in_words(header, header.component(3, 1)),
                facility=in_words(header, header.component(4, 1)),
                control_id=in_words(header, header[10]),
                digest=sha256(raw).hexdigest(),
                event=event,
                happened_at=_not_in_the_future(happened_at or when(header)),
                # What is refused as such stays with its sender: it may be about anybody.
                raw=b"" if fault and fault.is_rejected else raw,
                state=AdtState.UNREADABLE if fault else AdtState.RECEIVED,
                says=fault.words if fault else "",
            )
        )
    except DatabaseError as error:
        logger.error("An ADT message could not be stored: %s.", type(error).__name__)
        return answer(header, NOT_STORED)
    if message.state == AdtState.RECEIVED:
        try:
            applying.apply(message.pk)
        except DatabaseError as error:
            logger.error("ADT message %s waits to be applied: %s.", message.pk, type(error).__name__)
    return answer(header, fault)


@transaction.atomic
def _store(message: AdtMessage) -> AdtMessage:
    """The message as it is kept: this one, or the same that came in before."""
    named = message.namesakes
    if there := named.filter(digest=message.digest).first():
        return there
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
    return at if at and at <= now + CLOCKS_DIFFER else now
