"""Re-plans that nobody worked out: rows only."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.utils import timezone

from patients.models import User
from scheduling.booking.replanning.asking import Asked
from scheduling.models import CancelReason, Course, Draft, DraftKind, DraftMove
from scheduling.rules import Visit
from scheduling.states import DraftStatus
from scheduling.unit.matches import to_json


def replan(by: User, moves: Mapping[Course, Sequence[Visit]], **fields) -> Draft:
    """Proposals that are ready: one, in which each course gets these days and nobody else moves.

    A course without days has no place; that it stands where it does is taken from its rows.
    """
    today, courses = timezone.localdate(), list(moves)
    figures = {"value": 10, "bound": 5, "others": 0, "lost": 0, "later": 14}
    made = Draft.objects.create(
        **{
            "unit": courses[0].unit,
            "kind": DraftKind.REPLAN,
            "status": DraftStatus.READY,
            "asked_by": by,
            "first_day": today,
            "last_day": today + timedelta(weeks=8),
            "ended_at": timezone.now(),
            "happened": "The plan is ready.",
            "settings": Asked(tuple(each.pk for each in courses), CancelReason.STAFF_SHORT).to_json(),
            "figures": {"options": [figures]},
            "solver": "Fake 1",
        }
        | fields
    )
    DraftMove.objects.bulk_create(
        DraftMove(
            draft=made,
            course=course,
            number=number,
            visits=to_json(visits),
            stood=to_json([session.visit for session in course.live_sessions]),
            must_move=True,
            seen=course.version,
            due=today,
            why="" if visits else "no-day",
            sentence="" if visits else "No day of its window has room.",
        )
        for number, (course, visits) in enumerate(moves.items())
    )
    return made
