"""How long courses really took, as a suggestion for the next: a clinician decides.

The child's own last course counts; for a child with none, what others' courses took.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from crmo_clinic.nhsuk.wording import duration, listed, long_date, quantity
from patients.models import Patient
from scheduling.models import Given, Session
from scheduling.rules.course import LENGTH_STEP, LONGEST, SHORTEST
from scheduling.states import SessionStatus


@dataclass(frozen=True)
class SuggestedLength:
    """The minutes suggested for each day, and a sentence that says what the suggestion rests on.

    They may be more or fewer than a course can be booked for; then the sentence says that too.
    """

    minutes: int
    basis: str


GIVEN = [SessionStatus.FULFILLED]
# So many days of others are looked at, the newest of a year; of fewer than the least nothing is said.
MOST_DAYS, LEAST_DAYS = 50, 5


def suggested_length(patient: Patient, units: Collection[int] = ()) -> SuggestedLength | None:
    """What the child's last course with a day given in full took, or else the courses of others: the first
    ones if this is the child's first, and the later ones if times were never recorded.

    units: keys of those whose courses of others count; all if there are none. None where too little is
    known. A day counts from the cannula (or else the start of the drip) to the end of
    the drip; of the child's own the longest, of others that which nine in ten do not exceed, rounded up to
    a quarter of an hour.
    """
    return _as_the_last(patient) or _as_others(patient, units)


def _days_in_full() -> QuerySet[Session]:
    return Session.objects.filter(started_at__isnull=False, finished_at__isnull=False).exclude(
        given=Given.IN_PART
    )


def _as_others(patient: Patient, units: Collection[int]) -> SuggestedLength | None:
    is_first = not Session.objects.filter(course__patient=patient, status__in=GIVEN).exists()
    today = timezone.localdate()
    days = _days_in_full().filter(day__range=(today - timedelta(days=365), today))
    if units:
        days = days.filter(course__unit__in=units)
    earlier = Session.objects.filter(
        course__patient=OuterRef("course__patient"), status__in=GIVEN, day__lt=OuterRef("day")
    ).exclude(course=OuterRef("course"))
    number = ~Exists(earlier) if is_first else Exists(earlier)
    newest = list(days.filter(number).order_by("-day", "-pk")[:MOST_DAYS])
    if len(newest) < LEAST_DAYS:
        return None
    took = sorted(map(_took, newest))
    half, most = (took[-(-len(took) * tenths // 10) - 1] for tenths in (5, 9))
    longer = sum(_took(session) > session.agreed_minutes for session in newest)
    courses = f"{'first' if is_first else 'later'} courses{' at your units' if units else ''}"
    basis = (
        f"Of the last {quantity(len(newest), 'day')} of {courses}, half "
        f"took no longer than {duration(half)} and nine in ten no longer than {duration(most)}; "
        f"{longer or 'none'} took longer than was booked."
    )
    return SuggestedLength(-(-most // LENGTH_STEP) * LENGTH_STEP, basis)


def _as_the_last(patient: Patient) -> SuggestedLength | None:
    given = _days_in_full().filter(course__patient=patient)
    last = given.order_by("-day").first()
    if last is None:
        return None
    days = list(given.filter(course=last.course_id).order_by("day"))
    took = [_took(session) for session in days]
    minutes = -(-max(took) // LENGTH_STEP) * LENGTH_STEP
    booked = duration(days[0].agreed_minutes)
    in_words = listed(duration(each) for each in took)
    if len(took) > 1 and len(set(took)) == 1:
        in_words = f"{duration(took[0])} on each day"
    basis = (
        f"The last course ({long_date(days[0].day)}) was booked for {booked} a day and took "
        f"{in_words}: as long again would need {_in_words(minutes)}."
    )
    return SuggestedLength(minutes, basis)


def _in_words(minutes: int) -> str:
    """The length; if it cannot be booked, also the nearest that can."""
    if minutes > LONGEST:
        return f"{duration(minutes)}, and the longest that can be booked is {duration(LONGEST)}"
    if minutes < SHORTEST:
        return f"{duration(minutes)}, and the shortest that can be booked is {duration(SHORTEST)}"
    return duration(minutes)


def _took(session: Session) -> int:
    begins = session.cannulated_at or session.started_at
    return -(-(session.finished_at - begins) // timedelta(minutes=1))
