"""How long the last course of a child really took, as a suggestion for the next: a clinician decides."""

from dataclasses import dataclass
from datetime import timedelta

from crmo_clinic.nhsuk.wording import duration, listed, long_date
from patients.models import Patient
from scheduling.models import Given, Session

QUARTER = 15
SHORTEST, LONGEST = 240, 360


@dataclass(frozen=True)
class SuggestedLength:
    """A length for each day of a course, in minutes, and the sentence that says what it rests on."""

    minutes: int
    basis: str


def suggested_length(patient: Patient) -> SuggestedLength | None:
    """From the last day that was given in full and the other days of its course; None if there is none.

    The longest time from the cannula, or else from the start of the drip, to its end, rounded up to a quarter
    of an hour and kept to what a course allows.
    """
    given = Session.objects.filter(
        course__patient=patient, started_at__isnull=False, finished_at__isnull=False
    ).exclude(given=Given.IN_PART)
    last = given.order_by("-day").first()
    if last is None:
        return None
    days = list(given.filter(course=last.course_id).order_by("day"))
    took = [_took(session) for session in days]
    minutes = min(max(-(-max(took) // QUARTER) * QUARTER, SHORTEST), LONGEST)
    booked = duration(days[0].minutes)
    basis = (
        f"The last course ({long_date(days[0].day)}) was booked for {booked} a day and took "
        f"{listed(duration(each) for each in took)}: as long again would need {duration(minutes)}."
    )
    return SuggestedLength(minutes, basis)


def _took(session: Session) -> int:
    begins = session.cannulated_at or session.started_at
    return -(-(session.finished_at - begins) // timedelta(minutes=1))
