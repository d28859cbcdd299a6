"""Pause a course on the waiting list, and end the pause.

A paused course keeps its place in the list and is looked for in no free place. Its pause ends by itself, on a
date; nothing has to run for that. It can still be booked, which ends the pause.
"""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from patients import audit
from patients.stale import is_stale
from scheduling.acts import Act, record
from scheduling.errors import ChangedMeanwhile, Refused
from scheduling.models import Course, PauseReason
from scheduling.states import CourseStatus
from scheduling.unit.lock import lock_course
from scheduling.unit.recheck import close_unfit

FIELDS = ("paused_on", "paused_until", "pause_reason", "pause_note", "paused_before")


@transaction.atomic
def pause(
    *,
    course: Course,
    until: date,
    reason: PauseReason,
    by: audit.Actor,
    note: str = "",
    seen: str | None = None,
) -> Course:
    """Pause a waiting or held course from today, or change the pause it has. It waits again on `until`.

    seen: the `pause_version` that `by` was shown. The same pause sent twice is recorded once. Raises
    ChangedMeanwhile if the course is neither waiting nor held, or its pause is not as seen; Refused if
    `until` is not to come.
    """
    now = timezone.now()
    today = timezone.localdate(now)
    course = lock_course(course, now, None)
    goes_on = course.is_paused(today)
    if goes_on and (course.paused_until, course.pause_reason, course.pause_note) == (until, reason, note):
        return course
    if course.status not in (CourseStatus.WAITING, CourseStatus.HELD) or is_stale(seen, course.pause_version):
        raise ChangedMeanwhile(course)
    if until <= today:
        raise Refused("The day on which it waits again must be to come.")
    if not goes_on:
        course.paused_before, course.paused_on = course.days_paused(today), today
    course.paused_until, course.pause_reason, course.pause_note = until, reason, note
    course.save(update_fields=FIELDS)
    record(Act.COURSE_PAUSED, course, by, {"until": until, "reason": course.why_paused})
    close_unfit(course.unit, now=now, by=by)
    return course


@transaction.atomic
def end_pause(*, course: Course, by: audit.Actor) -> Course:
    """End the pause today. If it is over already, by a second click or by itself, nothing is done."""
    now = timezone.now()
    course = lock_course(course, now, None)
    end_if_paused(course, now, by=by)
    return course


def end_if_paused(course: Course, now: datetime, *, by: audit.Actor) -> None:
    """End the pause of a course that was read under the unit's lock, if it is paused."""
    today = timezone.localdate(now)
    if course.is_paused(today):
        course.paused_until = today
        course.save(update_fields=["paused_until"])
        record(Act.COURSE_PAUSE_ENDED, course, by)
