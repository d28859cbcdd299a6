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
        under_way = Draft.objects.filter(pk=draft.pk, status__in=[DraftStatus.WAITING, DraftStatus.WORKING])
        if not under_way.update(status=status, happened=happened, ended_at=timezone.now(), **more):
            return False
        record(Act.DRAFT_ENDED, draft, WORKER, {"happened": happened})
    return True
