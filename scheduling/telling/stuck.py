"""Tasks about mails that are stuck: somebody has to ring, as the visit may come before the last attempt.

A mail is tried until its visit, and one whose text is past its review date waits until it is approved.
While the mail server takes nothing at all, one alarm stands on every page instead of a task for each family.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from patients.audit import WORKER
from scheduling.models import Message, MessageKind, Outage
from scheduling.models.message import WAITS, MessageQuerySet
from scheduling.states import MessageStatus
from scheduling.tasks.opening import TasksOf
from scheduling.telling.knowledge import knows_from_person, load_calendars, times_told
from scheduling.telling.unreached import WAITING, ask_to_ring, not_asked_about
from scheduling.telling.withholding import why_withheld

# If the visit is later than this, there is still time for the mail to leave; for a day, not for weeks.
SOON = timedelta(hours=48)
LONG = timedelta(days=1)

logger = logging.getLogger(__name__)


def ask_about_stuck(*, now: datetime | None = None, stopping: Callable[[], bool] = lambda: False) -> TasksOf:
    """Open one task about each calendar mail that has waited for over an hour and whose visit is soon.

    A visit that was moved is also soon if the time that the family still believes in is. The task is closed
    when the mail is sent after all. One query if there is nothing to do. now: for tests.
    """
    now = now or timezone.now()
    opened = 0
    for pk in list(_stuck(now).filter(~Exists(Outage.objects.all())).values_list("pk", flat=True)):
        if stopping():
            break
        try:
            with transaction.atomic():
                opened += _ask(pk, now)
        except Exception as error:
            # Not the error's own text, which may quote a row.
            logger.error("Message %s: who waits for it cannot be said (%s).", pk, type(error).__name__)
    return TasksOf("Mails that wait", opened)


def _stuck(now: datetime) -> MessageQuerySet:
    """The late mails without a task yet whose visit is soon, or whose address was invited before."""
    same = {"session": OuterRef("session"), "to_address__iexact": OuterRef("to_address")}
    sent = Message.objects.filter(kind=MessageKind.INVITE, status=MessageStatus.SENT)
    late = not_asked_about(Message.objects.late(now).filter(session__ends_at__gt=now))
    soon = Q(session__starts_at__lte=now + SOON) | Q(created_at__lt=now - LONG, attempts__gt=0)
    return late.filter(soon | Exists(sent.filter(**same, pk__lt=OuterRef("pk")))).order_by("pk")


def _ask(pk: int, now: datetime) -> bool:
    """Open the task; False if none is needed. The row is locked: another worker may be busy with it."""
    related = ("session", "contact", "course__patient", "course__unit")
    waiting = not_asked_about(Message.objects.filter(pk=pk, status__in=WAITS))
    message = waiting.select_for_update(of=["self"]).select_related(*related).first()
    if message is None or not _is_soon(message, now):
        return False
    if knows_from_person(message) or why_withheld(message, now):
        return False
    ask_to_ring(message, by=WORKER, happened=WAITING)
    return True


def _is_soon(message: Message, now: datetime) -> bool:
    session = message.session
    if session.starts_at <= now + SOON or (message.attempts and message.created_at < now - LONG):
        return True
    known = times_told(load_calendars([session]).at(session, message.to_address).received)
    return known is not None and known[0] <= now + SOON and now < known[1]
