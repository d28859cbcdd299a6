"""Drafts of plans that nobody worked out: rows only."""

from collections.abc import Sequence

from django.utils import timezone

from patients.models import User
from scheduling.models import Course, Draft, DraftMove
from scheduling.rules import Visit
from scheduling.states import DraftStatus
from scheduling.unit.matches import to_json


def draft(by: User, places: dict[Course, Sequence[Visit]], **fields) -> Draft:
    """A draft that is ready, with a line for each course; a course without visits is left out."""
    days = [visit.day for visits in places.values() for visit in visits] or [timezone.localdate()]
    made = Draft.objects.create(
        **{
            "unit": next(iter(places)).unit,
            "status": DraftStatus.READY,
            "asked_by": by,
            "first_day": min(days),
            "last_day": max(days),
            "ended_at": timezone.now(),
            "happened": "The plan is ready.",
            "settings": {"courses": [course.pk for course in places]},
        }
        | fields
    )
    DraftMove.objects.bulk_create(
        DraftMove(
            draft=made,
            course=course,
            number=number,
            visits=to_json(visits),
            seen=course.version,
            due=timezone.localdate(course.agreed_at),
            why="" if visits else "crowded",
            sentence="" if visits else "Other children have the room.",
        )
        for number, (course, visits) in enumerate(places.items())
    )
    return made
