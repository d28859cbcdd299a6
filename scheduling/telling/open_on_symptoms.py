"""Whether a child is "open on symptoms": a clinician decided that the family may come back if pain does."""

from datetime import date

from django.utils import timezone

from patients.models import Patient
from scheduling.models import Course, Decision, NextStep
from scheduling.states import CourseStatus


def open_until(patient: Patient, today: date) -> date | None:
    """The last day on which the family may say that the pain is back; None if it is not open now.

    The latest decision counts, and it lapses with its date, or once another course was agreed. Two queries at
    most.
    """
    decision = Decision.objects.that_count().filter(patient=patient).order_by("-decided_on", "-pk").first()
    if decision is None or decision.step != NextStep.OPEN or decision.until < today:
        return None
    later = Course.objects.filter(patient=patient).exclude(status=CourseStatus.CANCELLED)
    agreed = later.order_by("-agreed_at").values_list("agreed_at", flat=True).first()
    return None if agreed and timezone.localdate(agreed) > decision.decided_on else decision.until
