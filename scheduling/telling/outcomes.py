"""What becomes of a message: each change of its status with its row in the log, and the tasks that follow."""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from patients import audit
from patients.audit import WORKER
from scheduling.acts import Act
from scheduling.errors import ChangedMeanwhile
from scheduling.models import Message
from scheduling.states import MessageStatus
from scheduling.telling.let_go import ask_about_too_late
from scheduling.telling.unreached import ask_about_overtaken, ask_to_ring, made_good
from scheduling.telling.withholding import NOT_IN_TIME, OVERTAKEN

LONGEST_WAIT = timedelta(minutes=15)
INTERRUPTED = "The sending was interrupted."
ACTIONS = {
    MessageStatus.SENT: Act.MESSAGE_SENT,
    MessageStatus.QUEUED: Act.MESSAGE_PUT_OFF,
    MessageStatus.FAILED: Act.MESSAGE_FAILED,
    MessageStatus.WITHHELD: Act.MESSAGE_WITHHELD,
}

logger = logging.getLogger(__name__)


def wait(attempts: int) -> timedelta:
    return min(timedelta(minutes=2 ** min(attempts - 1, 10)), LONGEST_WAIT)


def put_off(message: Message, why: str, until: datetime) -> None:
    """Let a queued message wait. If it already waits for the same reason, nothing new is recorded."""
    changes = {"problem": [message.problem, why], "next_attempt_at": [message.next_attempt_at, until]}
    with transaction.atomic():
        if not message.as_read().update(problem=why, next_attempt_at=until):
            _log_overtaken(message)
        elif message.problem != why:
            _record(Act.MESSAGE_PUT_OFF, message, changes)


def move(message: Message, status: MessageStatus, problem: str, **times: datetime) -> MessageStatus | None:
    """Change the message's status and record it; None if another worker has changed it since it was read."""
    after = {"status": status, "problem": problem, **times}
    changes = {name: [getattr(message, name), value] for name, value in after.items()}
    with transaction.atomic():
        try:
            message.move_to(status, problem=problem, claimed_at=None, **times)
        except ChangedMeanwhile:
            _log_overtaken(message)
            return None
        if not _is_same_again(changes, status):
            _record(ACTIONS[status], message, changes)
        if status == MessageStatus.FAILED:
            ask_to_ring(message, by=WORKER)
        elif status == MessageStatus.WITHHELD and problem == OVERTAKEN:
            ask_about_overtaken(message, by=WORKER)
        elif status == MessageStatus.WITHHELD and problem == NOT_IN_TIME:
            ask_about_too_late(message, by=WORKER)
        elif status == MessageStatus.SENT:
            made_good(message, by=WORKER)
    return status


def _is_same_again(changes: dict[str, list[object]], status: MessageStatus) -> bool:
    """Whether it is put off for the reason it was put off for before: in a month of trying no news."""
    return status == MessageStatus.QUEUED and changes["problem"][0] == changes["problem"][1] != INTERRUPTED


def _record(act: Act, message: Message, changes: dict[str, object]) -> None:
    audit.record(act, by=WORKER, on=message, patient=message.course.patient_id, changes=changes)


def _log_overtaken(message: Message) -> None:
    logger.warning("Message %s: another worker took it meanwhile.", message.pk)
