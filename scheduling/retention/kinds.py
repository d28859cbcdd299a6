"""How long each kind of thing is kept, in words, as the settings say."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from crmo_clinic.nhsuk.wording import quantity
from patients.kept_forms import KEPT_FOR
from patients.models import KeptForm
from scheduling.models import EVENTS_KEPT
from scheduling.retention.policy import adt_to_forget, due, mails_to_forget
from scheduling.telling.packing import OLD


@dataclass(frozen=True)
class Kind:
    """What is kept, how long (in sentences), and how many of them are kept for longer than that by now.

    due: None for what never goes by itself. setting: the variable that changes it; empty for none.
    """

    what: str
    how_long: str
    due: int | None = None
    setting: str = ""


def kinds(now: datetime) -> list[Kind]:
    """Everything that is kept, with how long, and how much of it is due. Five queries."""
    age, adults = settings.KEEP_TO_AGE, settings.KEEP_ADULTS_YEARS
    packs = f"{quantity(settings.DOWNTIME_DAYS, 'day')}." if settings.DOWNTIME_DIR else "None are written."
    return [
        Kind(
            "Children’s records: details, contacts, courses, visits, reviews, results, what families said",
            f"Until the {age}th birthday; until the {age + 1}th if the child was 17 when last seen; for "
            f"{adults} years after the last visit or review if they were 18 or older then.",
            len(due(timezone.localdate(now))),
            "KEEP_TO_AGE, KEEP_ADULTS_YEARS",
        ),
        Kind(
            "Messages to families, as they were sent",
            f"As long as the child’s record. Packed after {OLD.days} days.",
        ),
        Kind(
            "Mails that came in",
            f"Their words for {settings.KEEP_MAILS_DAYS} days, or until somebody has read them. That they "
            "came: as long as the child’s record; of a stranger, without the address.",
            mails_to_forget(now).count(),
            "KEEP_MAILS_DAYS",
        ),
        *_of_the_hospital(now),
        Kind("Downtime packs", packs, setting="DOWNTIME_DAYS"),
        Kind(
            "What other systems were told",
            f"{quantity(EVENTS_KEPT.days, 'day')} after it was taken or given up. It goes with the child’s "
            "record.",
        ),
        Kind("The two logs", "For good. With a child’s record go the details about it."),
        Kind(
            "Sign-ins that are over, and what was typed when one ended",
            f"Sign-ins end after {quantity(settings.SESSION_HOURS, 'hour')}; both are deleted within 2 days.",
            Session.objects.filter(expire_date__lt=now).count()
            + KeptForm.objects.filter(kept_at__lte=now - KEPT_FOR).count(),
            "SESSION_HOURS",
        ),
        Kind(
            "Backups", "As long as whoever runs the app keeps them. An erased child is still in older ones."
        ),
    ]


def _of_the_hospital(now: datetime) -> list[Kind]:
    """Messages of the hospital's records system; nothing, without a query, where none are read."""
    if not (settings.ADT_DIR or settings.ADT_PORT):
        return []
    return [
        Kind(
            "Messages of the hospital’s records system",
            f"Their words for {settings.KEEP_ADT_DAYS} days, or until somebody has answered what they ask; "
            "not at all if the child is not here. What they changed: as long as the child’s record. "
            "Files that are empty or too big: until somebody takes them out of the folder unread.",
            adt_to_forget(now).exclude(raw=b"").count(),
            "KEEP_ADT_DAYS",
        )
    ]
