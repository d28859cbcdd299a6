"""Packs the bytes of old mails that earlier versions of the app stored as they were."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from crmo_clinic.nhsuk.wording import quantity
from scheduling.models import Message
from scheduling.models.message import WAITS
from scheduling.models.packed import packed

# A month after it was written a mail is neither sent nor sent again, but in a dispute.
OLD = timedelta(days=30)
AT_ONCE = 200


@dataclass(frozen=True)
class Packed:
    """How many mails were packed in one run, and by how many bytes they are smaller; false if none."""

    mails: int = 0
    saved: int = 0

    def __bool__(self) -> bool:
        return bool(self.mails)

    def __str__(self) -> str:
        return f"Old mails: {quantity(self.mails, 'mail')} packed, {self.saved // 1000} kB saved."


def pack_old(*, now: datetime | None = None, stopping: Callable[[], bool] = lambda: False) -> Packed:
    """Pack some of the old mails, as they were sent to the last byte. now: for tests.

    One that is sent again is read as it was. A mail that somebody changes meanwhile is left for the next run.
    """
    now, mails, saved = now or timezone.now(), 0, 0
    old = Message.objects.filter(created_at__lt=now - OLD, is_packed=False).exclude(status__in=WAITS)
    for pk, mime in old.order_by("pk").values_list("pk", "mime")[:AT_ONCE]:
        if stopping():
            break
        stored = packed(mime)
        if old.filter(pk=pk).update(mime=stored, is_packed=True):
            mails, saved = mails + 1, saved + len(mime) - len(stored)
    return Packed(mails, saved)
