"""What becomes of an event, each with its row in the log, and the task of whoever has to see to it."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from patients import audit
from patients.audit import WORKER
from scheduling.acts import Act
from scheduling.errors import ChangedMeanwhile
from scheduling.models import Task, TaskKind, Unit, WebhookEndpoint, WebhookEvent, WebhookProgress
from scheduling.states import WebhookStatus
from scheduling.tasks.opening import close_tasks, open_task


def withhold(event: WebhookEvent, why: str) -> bool:
    """Let an event that waits never leave. False if somebody was quicker."""
    return _end(event, WebhookStatus.WITHHELD, Act.WEBHOOKEVENT_WITHHELD, why)


@transaction.atomic
def give_up(event: WebhookEvent, why: str, says: str, *, answered: int | None) -> bool:
    """Try no more, and ask somebody to see to it, in the sentence `says`. False if another worker has it."""
    if not _end(event, WebhookStatus.FAILED, Act.WEBHOOKEVENT_GIVEN_UP, why, answered=answered):
        return False
    _ask_to_see_to(event.endpoint, says)
    return True


@transaction.atomic
def take(event: WebhookEvent, now: datetime, *, answered: int) -> bool:
    """It was taken. False if another worker has it by now."""
    try:
        event.move_to(WebhookStatus.TAKEN, claimed_at=None, problem="", answered=answered, done_at=now)
    except ChangedMeanwhile:
        return False
    record(Act.WEBHOOKEVENT_TAKEN, event, by=WORKER)
    progress = event.endpoint.progress
    if progress.failures or progress.task_id:
        note_well(event.endpoint)
    return True


def note_well(endpoint: WebhookEndpoint) -> None:
    """The system takes what it is told: nothing is to see to any more."""
    task = WebhookProgress.objects.filter(pk=endpoint.pk).values_list("task", flat=True).first()
    if task:
        close_tasks(Task.objects.filter(pk=task), "It takes what it is told again.", by=WORKER)
    WebhookProgress.objects.filter(pk=endpoint.pk).update(failures=0, rests_until=None, task=None)


def _ask_to_see_to(endpoint: WebhookEndpoint, says: str) -> None:
    """One task for a system, however much it does not take; in the first of its units."""
    progress = (
        WebhookProgress.objects.select_for_update(of=("self",)).select_related("task").get(pk=endpoint.pk)
    )
    unit = endpoint.units.first() or Unit.objects.first()
    if (progress.task and progress.task.is_open) or unit is None:
        return
    progress.task = open_task(TaskKind.HOOK_FAILED, says, due_on=timezone.localdate(), by=WORKER, about=unit)
    progress.save(update_fields=["task"])


def record(act: Act, event: WebhookEvent, *, by: audit.Actor, reason: str = "") -> None:
    """Write the row of the log under the child that the event is about."""
    changes = {"to": event.endpoint.name, "what": event.get_type_display()}
    if "reason" in act.details:
        changes["reason"] = reason
    audit.record(act, by=by, on=event, patient=event.patient_id, changes=changes)


def _end(
    event: WebhookEvent, status: WebhookStatus, act: Act, why: str, *, answered: int | None = None
) -> bool:
    with transaction.atomic():
        try:
            event.move_to(status, claimed_at=None, problem=why, answered=answered, done_at=timezone.now())
        except ChangedMeanwhile:
            return False
        record(act, event, by=WORKER, reason=why)
    return True
