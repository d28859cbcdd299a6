"""Open tasks that are missing, for rows that are older than tasks or were added by hand."""

import logging

from django.db import transaction
from django.utils import timezone

from patients.audit import WORKER
from scheduling.models import Message, Session, Unit
from scheduling.telling.unreached import ask_to_ring, was_asked
from scheduling.unit.lock import lock_unit
from scheduling.unit.recheck import recheck_unit

logger = logging.getLogger(__name__)


def open_missing_tasks() -> None:
    """Open a task to ring about each mail that failed, and to move each booked course that no longer fits.

    Safe to repeat. A unit whose rows are broken is logged, and left to `manage.py doctor`.
    """
    for message in Message.objects.to_ring_about(timezone.now()):
        with transaction.atomic():
            if not was_asked(message):
                ask_to_ring(message, by=WORKER)
    for unit_id in Unit.objects.values_list("pk", flat=True):
        try:
            with transaction.atomic():
                lock_unit(unit_id)
                recheck_unit(unit_id, by=WORKER)
        except Session.booking.RelatedObjectDoesNotExist:
            logger.error("Unit %s has a visit without a chair: run manage.py doctor.", unit_id)
