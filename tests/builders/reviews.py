"""What is known of a child between courses: reviews, and what was decided after them."""

from datetime import date

from django.utils import timezone

from patients.models import Patient
from scheduling.models import Decision, Review


def review(of: Patient, on: date = date(2026, 3, 4), **fields) -> Review:
    """A review by a nurse, without any value that is not given."""
    values = {"on": on, "source": "nurse", "recorded_by": "Nia Nurse"} | fields
    return Review.objects.create(patient=of, **values)


def decision(of: Patient, step: str = "stop", **fields) -> Decision:
    """A decision by Dr Wren, today unless given."""
    values = {"decided_by": "Dr Wren", "reason": "Well", "recorded_by": "Nia Nurse"} | fields
    return Decision.objects.create(patient=of, step=step, **{"decided_on": timezone.localdate()} | values)
