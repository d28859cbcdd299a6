"""Drafts that end without lines, each with a sentence of what happened."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from patients.audit import WORKER
from scheduling.acts import Act, record
from scheduling.models import Draft
from scheduling.states import DraftStatus


def end(draft: Draft, status: DraftStatus, happened: str, **more: Any) -> bool:
    """End a draft that is under way. more: other fields of it. Returns whether it was under way."""
    with transaction.atomic():
        locked = Draft.objects.select_for_update().get(pk=draft.pk)
        if locked.is_over:
            return False
        locked.move_to(status, happened=happened, ended_at=timezone.now(), **more)
        record(Act.DRAFT_ENDED, locked, WORKER, {"happened": happened})
    return True
