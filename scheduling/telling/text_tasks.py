"""Ask a unit in time for the texts without which nothing goes to families. A job of the worker."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from patients.audit import WORKER
from scheduling.models import Unit
from scheduling.tasks.opening import TasksOf
from scheduling.telling.queue_reminders import held_back
from scheduling.telling.texts.review_tasks import ask_to_approve, ask_to_review, close_settled


def ask_about_texts(*, now: datetime | None = None, stopping: Callable[[], bool] = lambda: False) -> TasksOf:
    """A task for each text that lapses within 30 days, and for what holds messages back that are due now.

    now: for tests.
    """
    now = now or timezone.now()
    today = timezone.localdate(now)
    opened = closed = 0
    for pk in Unit.objects.values_list("pk", flat=True):
        if stopping():
            break
        with transaction.atomic():
            # Locked: no constraint keeps two workers from asking the same of a unit.
            unit = Unit.objects.select_for_update().get(pk=pk)
            why = [reason for reason, _ in held_back(unit, now)]
            opened += ask_to_approve(unit, why, today=today, by=WORKER)
            opened += ask_to_review(unit, today=today, by=WORKER)
            closed += close_settled(unit, today=today, by=WORKER)
    return TasksOf("Texts for families", opened, closed)
