"""Holding, releasing and cancelling all courses whose children share their days, as one act.

They are placed by `together`, and one course that leaves the others needs a decision (`sharing`).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from patients import audit
from patients.models import User
from scheduling.booking import holds, sharing
from scheduling.booking.bookings import cancelling_steps
from scheduling.booking.holds import holding_steps
from scheduling.booking.placing import Done
from scheduling.booking.steps import side_by_side
from scheduling.booking.together import Move
from scheduling.models import CancelReason, Course
from scheduling.rules.together import days_are_shared
from scheduling.states import CourseStatus
from scheduling.unit.lock import lock_course
from scheduling.unit.shared_days import group_of


@transaction.atomic
def hold_together(
    *, moves: Sequence[Move], until: datetime, by: audit.Actor, holder: User | None = None
) -> list[Done]:
    """Hold shared days for several courses, or for none. All holds end at one moment.

    Each may be held where another was held before. Raises as `holds.hold` does, and Refused if they would
    not share their days.
    """
    now = timezone.now()
    if not days_are_shared([[visit.day for visit in each.visits] for each in moves]):
        raise sharing.on_other_days([each.course for each in moves])
    courses = {}
    for each in sorted(moves, key=lambda each: (each.course.unit_id, each.course.pk)):
        courses[lock_course(each.course, now, each.seen)] = each
    # No hold goes beyond the days that it could move.
    booked = [course.live_sessions for course in courses if course.status == CourseStatus.BOOKED]
    begins = [each.visits[0].starts_at for each in moves]
    until = min(until, *begins, *(sessions[0].starts_at for sessions in booked if sessions))
    return side_by_side(
        [
            holding_steps(course, each.visits, until, holder, now, by, each.allowance)
            for course, each in courses.items()
        ]
    )


@transaction.atomic
def release_together(*, course: Course, by: audit.Actor, seen: str | None = None) -> Done:
    """Release the hold of a course, and of those it is linked with that are held too.

    Raises ChangedMeanwhile as `holds.release` does.
    """
    first = holds.release(course=course, by=by, seen=seen)
    others = [other for other in group_of(first.course) if other.pk != course.pk and other.held_until]
    return Done.of_all(first.course, [first, *(holds.release(course=other, by=by) for other in others)])


@transaction.atomic
def cancel_together(
    *, courses: Mapping[Course, str | None], reason: CancelReason, back_to_waiting: bool, by: audit.Actor
) -> list[Done]:
    """Cancel all days of several linked courses: they stay linked, waiting again or ended.

    courses: each with the `version` that `by` was shown; None if no page was shown. Raises as
    `bookings.cancel` does.
    """
    now = timezone.now()
    acts = []
    for each in sorted(courses, key=lambda each: (each.unit_id, each.pk)):
        course = lock_course(each, now, courses[each])
        acts.append(cancelling_steps(course, reason, back_to_waiting, now, by))
    return side_by_side(acts)
