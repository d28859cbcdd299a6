"""Booking and moving several courses at once: siblings who share days, or courses that change places."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from patients import audit
from scheduling.booking import sharing
from scheduling.booking.bookings import booking_steps, moving_steps
from scheduling.booking.placing import Done
from scheduling.booking.steps import side_by_side
from scheduling.errors import Refused
from scheduling.models import CancelReason, Course
from scheduling.rules import Visit
from scheduling.states import CourseStatus
from scheduling.unit.allowances import Allowance
from scheduling.unit.lock import lock_course


@dataclass(frozen=True)
class Move:
    """Where a course is to be, and what `by` was shown and allows, as in `bookings.book` and `move`."""

    course: Course
    visits: Sequence[Visit]
    seen: str | None = None
    allowance: Allowance | None = None


@transaction.atomic
def move_together(*, moves: Sequence[Move], reason: CancelReason, by: audit.Actor) -> list[Done]:
    """Place several courses at once, or none: those that wait or are held are booked, booked ones are moved.

    Each may take what another of them leaves. One that is to be where it is already stays, and gives no
    `Done`. reason: why booked ones are moved. Raises as `book` and `move` do, and Refused if linked courses
    would not share their days, or if nothing changes. ValueError if a course is named twice.
    """
    if len({each.course.pk for each in moves}) < len(moves):
        raise ValueError("Each course is placed once.")
    now = timezone.now()
    acts = []
    for each in sorted(moves, key=lambda each: (each.course.unit_id, each.course.pk)):
        course = lock_course(each.course, now, each.seen)
        if course.status != CourseStatus.BOOKED:
            acts.append(booking_steps(course, each.visits, now, by, each.allowance))
        elif list(each.visits) != [session.visit for session in course.live_sessions]:
            acts.append(moving_steps(course, each.visits, reason, now, by, each.allowance))
    if not acts:
        raise Refused("These courses are on these days, at these times and in these chairs already.")
    done = side_by_side(acts)
    sharing.refuse_apart([each.course for each in moves])
    return done
