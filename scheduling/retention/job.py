"""Records whose time is over are erased by the worker, a few a day, where that is switched on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from patients.audit import WORKER, Actor
from patients.errors import Refused
from patients.models import ErasedBecause
from scheduling.retention.erase import erase
from scheduling.retention.policy import due

# Few enough that somebody notices a wrong setting before much is gone.
A_DAY = 20


@dataclass(frozen=True)
class Erased:
    """How many records were erased in one run, and how many could not be; false if none."""

    records: int = 0
    refused: int = 0

    def __bool__(self) -> bool:
        return bool(self.records or self.refused)

    def __str__(self) -> str:
        return f"Old records: {self.records} erased, {self.refused} could not be."


def erase_due(
    *,
    now: datetime | None = None,
    by: Actor = WORKER,
    stopping: Callable[[], bool] = lambda: False,
) -> Erased | None:
    """Erase some of the records that are due, the longest over first. None if it is switched off."""
    if not settings.ERASE_OLD_RECORDS:
        return None
    today, records, refused = timezone.localdate(now or timezone.now()), 0, 0
    for record in due(today)[:A_DAY]:
        if stopping():
            break
        try:
            reason = f"Kept {record.because}"
            erase(patient=record.patient, because=ErasedBecause.AGE, reason=reason, by=by)
        except Refused:
            refused += 1
        else:
            records += 1
    return Erased(records, refused)
