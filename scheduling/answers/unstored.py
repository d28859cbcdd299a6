"""Mails that the app fails to store: a person reads them in the mailbox itself, so that nothing is lost."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from crmo_clinic.nhsuk.wording import clock, long_date
from patients.audit import WORKER
from scheduling.models import Task, TaskKind, Unit
from scheduling.tasks.opening import close_tasks, open_task
from scheduling.unit.due_days import due_day


@transaction.atomic
def ask_to_open(mailbox: str, uid: int, received_at: datetime | None) -> None:
    """One task for each such mail, however often it is tried. mailbox: begins with whose it is."""
    says = _sentence(uid, received_at)
    if Task.objects.filter(kind=TaskKind.MAIL_TO_READ, says=says).exists():
        return
    units = list(Unit.objects.order_by("pk"))
    whose = mailbox.partition(" ")[0].casefold()
    unit = next((each for each in units if each.mailbox.casefold() == whose), units[0])
    due_on = due_day(unit, timezone.localdate())
    open_task(TaskKind.MAIL_TO_READ, says, about=unit, due_on=due_on, by=WORKER)


def close_asked(uid: int, received_at: datetime | None) -> None:
    """It was stored after all."""
    asked = Task.objects.filter(kind=TaskKind.MAIL_TO_READ, says=_sentence(uid, received_at))
    close_tasks(asked, "It was stored after all.", by=WORKER)


def _sentence(uid: int, received_at: datetime | None) -> str:
    local = received_at and timezone.localtime(received_at)
    when = f" on {long_date(local)} at {clock(local.time())}" if local else ""
    return (
        f"A mail that came to the mailbox{when} could not be stored by the app (its number there is {uid}). "
        "Open the mailbox, read it there, and do what it asks for."
    )
