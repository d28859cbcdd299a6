"""Text messages that Notify accepted but could not deliver: each becomes a task. A job of the worker."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction

from patients import audit
from patients.audit import WORKER
from scheduling.acts import Act
from scheduling.errors import ChangedMeanwhile
from scheduling.models import Channel, Message
from scheduling.states import MessageStatus
from scheduling.telling.text_messages import NotifyTransport, texts_are_on
from scheduling.telling.transport import TransportError
from scheduling.telling.unreached import ask_to_ring

# How many references are looked up in one query.
AT_A_TIME = 200
WHY = "The text message did not reach the phone."


@dataclass(frozen=True)
class Returned:
    """How many texts came back in one run, and what stopped us from asking; false if there is neither."""

    texts: int = 0
    problem: str = ""

    def __bool__(self) -> bool:
        return bool(self.texts or self.problem)

    def __str__(self) -> str:
        return f"Text messages: {self.texts} did not arrive.{' ' if self.problem else ''}{self.problem}"


def mark_returned_texts(*, stopping: Callable[[], bool] = lambda: False) -> Returned | None:
    """Ask Notify which texts did not arrive, and mark those of ours. None if Notify is not set up."""
    if not texts_are_on():
        return None
    transport, problem, references = NotifyTransport(), "", []
    try:
        references.extend(transport.not_delivered())
    except TransportError as fault:
        problem = fault.sentence
    finally:
        transport.close()
    marked = 0
    for first in range(0, len(references), AT_A_TIME):
        sent = Message.objects.filter(channel=Channel.TEXT, status=MessageStatus.SENT)
        chunk = references[first : first + AT_A_TIME]
        for message in sent.filter(message_id__in=chunk).select_related("course__unit", "session", "contact"):
            if stopping():
                break
            marked += _mark(message)
    return Returned(marked, problem)


@transaction.atomic
def _mark(message: Message) -> bool:
    try:
        message.move_to(MessageStatus.RETURNED, problem=WHY)
    except ChangedMeanwhile:
        return False
    changes = {"status": [MessageStatus.SENT, MessageStatus.RETURNED]}
    audit.record(
        Act.MESSAGE_RETURNED, by=WORKER, on=message, patient=message.course.patient_id, changes=changes
    )
    ask_to_ring(message, by=WORKER)
    return True
