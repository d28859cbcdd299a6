"""How long the last course of a child really took, as a suggestion for the next: a clinician decides."""

from dataclasses import dataclass
from datetime import timedelta

from crmo_clinic.nhsuk.wording import duration, listed, long_date
from patients.models import Patient
from scheduling.models import Given, Session
from scheduling.rules.course import LENGTH_STEP, LONGEST, SHORTEST


@dataclass(frozen=True)
class SuggestedLength:
    """The minutes suggested for each day, and a sentence that says what the suggestion rests on.

    They may be more or fewer than a course can be booked for; then the sentence says that too.
    """

    minutes: int
    basis: str


def suggested_length(patient: Patient) -> SuggestedLength | None:
    """From the days given in full of the last course that has such a day; None if there is no such course.

    The longest of these days counts, from the cannula (or else the start of the drip) to the end of the drip,
    rounded up to a quarter of an hour.
    """
    given = Session.objects.filter(
        course__patient=patient, started_at__isnull=False, finished_at__isnull=False
    ).exclude(given=Given.IN_PART)
    last = given.order_by("-day").first()
    if last is None:
        return None
    days = list(given.filter(course=last.course_id).order_by("day"))
    took = [_took(session) for session in days]
    minutes = -(-max(took) // LENGTH_STEP) * LENGTH_STEP
    booked = duration(days[0].agreed_minutes)
    basis = (
        f"The last course ({long_date(days[0].day)}) was booked for {booked} a day and took "
        f"{listed(duration(each) for each in took)}: as long again would need {_in_words(minutes)}."
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
