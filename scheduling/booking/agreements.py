"""Agreeing a course, and changing what was agreed."""

from collections.abc import Collection, Sequence

from django.db import transaction
from django.utils import timezone

from patients import audit
from scheduling.acts import Act, record
from scheduling.errors import ChangedMeanwhile
from scheduling.models import Course, DateRange, Decision, ImpossibleDates
from scheduling.unit.lock import lock_unit
from scheduling.unit.recheck import close_unfit, recheck_course


@transaction.atomic
def save_agreed(
    *,
    course: Course,
    impossible_dates: Sequence[DateRange],
    by: audit.Actor,
    fields: Collection[str] = (),
    decision: Decision | None = None,
) -> Course:
    """Save a new or changed course, with the dates it cannot be on. A new one joins the waiting list.

    fields: of a changed course, those to save. The others stay as a colleague may have saved them since it
    was read. decision: the decision to repeat that a new course comes from. Raises
    ChangedMeanwhile if the course's status has changed since it was read, Clash if the child already has a
    waiting course.
    """
    is_new = course.pk is None
    if not is_new:
        course = _read_anew(course, fields)
    stood = None if is_new else Course.objects.get(pk=course.pk)
    before = [] if is_new else course.impossible_ranges
    audit.save(course, by=by, patient=course.patient_id)
    if stood and stood.short_notice != course.short_notice:
        # The answer that staff changed is nobody's any more.
        course.patient.family_limits.update(short_notice=None)
    _set_dates(course, impossible_dates)
    after = course.impossible_ranges
    if before != after:
        record(Act.COURSE_IMPOSSIBLE_DATES_CHANGED, course, by, {"impossible_dates": [before, after]})
    if decision:
        decision.course = course
        audit.save(decision, by=by, patient=course.patient_id)
    if not is_new:
        recheck_course(Course.objects.select_related("unit").get(pk=course.pk), by=by)
        close_unfit(course.unit, now=timezone.now(), by=by)
    return course


def _read_anew(course: Course, fields: Collection[str]) -> Course:
    """The course read again under the unit's lock, with only these fields taken from `course`."""
    lock_unit(course.unit_id)
    current = Course.objects.select_related("unit", "patient").get(pk=course.pk)
    if current.status != course.status:
        raise ChangedMeanwhile(current)
    for name in fields:
        setattr(current, name, getattr(course, name))
    return current


def _set_dates(course: Course, dates: Sequence[DateRange]) -> None:
    kept = set(course.impossible_ranges)
    going = [row.pk for row in course.impossible_dates.all() if (row.first_day, row.last_day) not in dates]
    course.impossible_dates.filter(pk__in=going).delete()
    ImpossibleDates.objects.bulk_create(
        ImpossibleDates(course=course, first_day=first, last_day=last)
        for first, last in sorted(set(dates) - kept)
    )
