"""Until when a child's record is kept: by the NHS Records Management Code, and never shorter.

The Code keeps children's records until the 25th birthday, or the 26th if the child was 17 when treatment
ended, and those of adults for 8 years after it. So who came at 18 or later is kept for 8 years after that,
and to 25 at least. It no longer has another time for a child who died, and this app does not know of deaths.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet, Subquery

from crmo_clinic.nhsuk.wording import birthday
from patients.models import LegalHold, Patient
from scheduling.models import AdtMessage, AdtState, Course, IncomingMail, Review, Session, Task
from scheduling.states import LIVE, CourseStatus

ADULT, LAST_YEAR_OF_CHILDHOOD = 18, 17
# A course that is still to come, or was not decided about.
OPEN = (CourseStatus.WAITING, CourseStatus.HELD, CourseStatus.BOOKED)


@dataclass(frozen=True)
class Kept:
    """Until when a record is kept, and why so long. last_seen: the last visit or review; None without any."""

    patient: Patient
    last_seen: date | None
    until: date
    because: str

    def is_over(self, today: date) -> bool:
        return self.until <= today


def kept(patient: Patient, last_seen: date | None) -> Kept:
    """Until when the record of a child who was last seen then is kept."""
    age, years = settings.KEEP_TO_AGE, settings.KEEP_ADULTS_YEARS
    until, because = birthday(patient.birth_date, age), f"until the {age}th birthday"
    if last_seen and last_seen >= birthday(patient.birth_date, LAST_YEAR_OF_CHILDHOOD):
        until = birthday(patient.birth_date, age + 1)
        because = f"until the {age + 1}th birthday, because the child was 17 when last seen"
    if last_seen and last_seen >= birthday(patient.birth_date, ADULT):
        to_age, after = birthday(patient.birth_date, age), birthday(last_seen, years)
        until = max(to_age, after)
        because = (
            f"for {years} years after the last visit or review, because they were 18 or older then"
            if after > to_age
            else f"until the {age}th birthday"
        )
    return Kept(patient, last_seen, until, because)


def kept_until(patient: Patient, today: date) -> Kept:
    """Until when this child's record is kept, as things stand today. One query."""
    return kept(patient, _last_seen(_seen(Patient.objects.filter(pk=patient.pk), today).get()))


def due(today: date) -> list[Kept]:
    """The records whose time is over, the longest over first. One query.

    None of a child on legal hold, or with a course that waits, is held or is booked.
    """
    found = _seen(Patient.objects.filter(birth_date__lte=birthday(today, -settings.KEEP_TO_AGE)), today)
    held = LegalHold.objects.filter(patient=OuterRef("pk"), lifted_at=None)
    to_come = Course.objects.filter(patient=OuterRef("pk"), status__in=OPEN)
    records = [kept(child, _last_seen(child)) for child in found.exclude(Exists(held) | Exists(to_come))]
    over = [record for record in records if record.is_over(today)]
    return sorted(over, key=lambda record: (record.until, record.patient.pk))


def mails_to_forget(now: datetime) -> QuerySet[IncomingMail]:
    """Mails that came in so long ago that their words go, unless a person has still to read them."""
    past = now - timedelta(days=settings.KEEP_MAILS_DAYS)
    unread = Task.objects.open().filter(mail__isnull=False).values("mail")
    return IncomingMail.objects.filter(received_at__lt=past).exclude(mime=b"").exclude(pk__in=unread)


def adt_to_forget(now: datetime) -> QuerySet[AdtMessage]:
    """Messages of the hospital's records system whose words go, unless a person has still to look at them."""
    asked = Task.objects.filter(done_at=None, adt__isnull=False).values("adt")
    past = now - timedelta(days=settings.KEEP_ADT_DAYS)
    waits = (AdtState.RECEIVED, AdtState.FAILED)
    return AdtMessage.objects.filter(received_at__lt=past).exclude(state__in=waits).exclude(pk__in=asked)


def _seen(patients: QuerySet[Patient], today: date) -> QuerySet[Patient]:
    visits = Session.objects.filter(course__patient=OuterRef("pk"), status__in=LIVE, day__lte=today)
    reviews = Review.objects.filter(patient=OuterRef("pk"), on__lte=today)
    last = {
        "last_visit": Subquery(visits.order_by("-day").values("day")[:1]),
        "last_review": Subquery(reviews.order_by("-on").values("on")[:1]),
    }
    return patients.annotate(**last)


def _last_seen(child: Any) -> date | None:
    """The last day on which the child came or was reviewed."""
    return max(filter(None, (child.last_visit, child.last_review)), default=None)
