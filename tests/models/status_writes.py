"""Ways to write a status, and lines that only read one, for `test_moves` to tell apart. Nothing calls it."""

from scheduling.models import Message
from scheduling.states import MessageStatus

SENT = MessageStatus.SENT


def writes(message, course, after):
    message.status = SENT
    message.status, message.problem = SENT, ""
    Message.objects.filter(pk=1).update(status=SENT)
    Message.objects.filter(pk=1).update(**after, claimed_at=None)
    message.save(update_fields=["status"])
    Message.objects.bulk_update([message], ["problem", "status"])
    setattr(message, "status", SENT)  # noqa: B010
    Message(course=course, status=SENT)
    Message.objects.create(course=course, status=SENT)


def reads(message):
    message.move_to(SENT, sent_at=message.created_at)
    message.save(update_fields=["mime"])
    Message.objects.filter(status=SENT).update(problem="")
    return message.status == SENT
