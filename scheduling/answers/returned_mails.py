"""Which mail of ours a mail server writes about, and what is done once one came back.

Its Message-ID is certain. An address that a server says it could not reach stands for the last mail that we
sent there lately, whichever of ours it means. One that only stands somewhere in its words may be anybody's:
that is for a person, beside the course it seems to be about.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.db.models.functions import Lower
from django.utils import timezone

from patients import audit
from scheduling.acts import Act, record
from scheduling.errors import ChangedMeanwhile
from scheduling.ical import Bounce, Fate
from scheduling.models import Channel, Message
from scheduling.models.message import WAS_SENT, MessageQuerySet
from scheduling.states import MessageStatus
from scheduling.telling.unreached import ask_to_ring

# Servers try for up to five days; those that send on for them may add as many.
LATELY = timedelta(days=14)
# What needs nobody, as sentences.
QUIET = {
    Fate.LATE: "A mail of ours is late; it is still being tried.",
    Fate.ARRIVED: "It says that a mail of ours arrived.",
}


def message_returned(found: Bounce, received_at: datetime) -> tuple[Message | None, bool]:
    """The message of ours that it is about, if any, and whether that is certain."""
    message = first_of_ours(found.message_ids) or _last_sent(found.recipients, received_at)
    return (message, True) if message else (_last_sent(found.mentioned, received_at), False)


def first_of_ours(message_ids: Sequence[str]) -> Message | None:
    """The message that the first of these identifiers names which names any."""
    found = _with_its_course().filter(message_id__in=message_ids)
    ours = {message.message_id: message for message in found}
    return next((ours[each] for each in message_ids if each in ours), None)


def wrote_to(address: str) -> bool:
    """Whether we ever wrote to this address."""
    return bool(address) and Message.objects.filter(to_address__iexact=address).exists()


def returned_because(found: Bounce) -> str:
    """Why it came back, as a sentence for whoever rings the family."""
    code = f" (its answer was {found.status})" if found.status else ""
    return f"The mail came back: the family’s mail server did not take it{code}."


def mark_returned(message: Message, why: str, by: audit.Actor) -> None:
    """Nobody was told by this message: say so, and ask somebody to ring."""
    try:
        message.move_to(MessageStatus.RETURNED, problem=why)
    except ChangedMeanwhile:
        return
    changes = {"status": [MessageStatus.SENT, MessageStatus.RETURNED], "problem": why}
    patient = message.course.patient_id
    record(Act.MESSAGE_RETURNED, message, by, changes)
    if message.contact.email.casefold() == message.to_address.casefold():
        message.contact.returned_at = timezone.now()
        audit.save(message.contact, by=by, patient=patient)
    ask_to_ring(message, by=by)


def _last_sent(addresses: Sequence[str], received_at: datetime) -> Message | None:
    """The last mail sent lately to one of these addresses: one that did not come back, if there is any."""
    if not addresses:
        return None
    sent = _with_its_course().filter(
        channel=Channel.EMAIL, status__in=WAS_SENT, sent_at__gt=received_at - LATELY
    )
    found = sent.annotate(address=Lower("to_address")).filter(address__in=addresses)
    came_back = ExpressionWrapper(Q(status=MessageStatus.RETURNED), BooleanField())
    return found.order_by(came_back, "-sent_at", "-pk").first()


def _with_its_course() -> MessageQuerySet:
    return Message.objects.select_related("course__unit", "contact", "session").defer("mime")
