"""Agreeing a course and changing what was agreed."""

from collections.abc import Collection, Sequence

from django.db import transaction

from patients import audit
from scheduling.acts import Act, record
from scheduling.errors import ChangedMeanwhile
from scheduling.models import Course, DateRange, Decision, ImpossibleDates
from scheduling.unit.lock import lock_unit
from scheduling.unit.recheck import recheck_course


@transaction.atomic
def save_agreed(
    *,
    course: Course,
    impossible_dates: Sequence[DateRange],
    by: audit.Actor,
    fields: Collection[str] = (),
    decision: Decision | None = None,
) -> Course:
    """Save a new or changed course with the dates the family cannot do; a new one joins the waiting list.

    fields: of a changed course those to save; the others stay as a colleague may have saved them since it was
    read. decision: the one to repeat that it comes from. Raises ChangedMeanwhile if the course's status has
    changed since it was read, Clash if the child has a waiting one.
    """
    is_new = course.pk is None
    if not is_new:
        course = _read_anew(course, fields)
    before = [] if is_new else _ranges(course)
    audit.save(course, by=by, patient=course.patient_id)
    after = sorted(impossible_dates)
    if before != after:
        course.impossible_dates.all().delete()
        ImpossibleDates.objects.bulk_create(
            ImpossibleDates(course=course, first_day=first, last_day=last) for first, last in after
        )
        record(Act.COURSE_IMPOSSIBLE_DATES_CHANGED, course, by, {"impossible_dates": [before, after]})
    if decision:
        decision.course = course
        audit.save(decision, by=by, patient=course.patient_id)
    if not is_new:
        recheck_course(Course.objects.select_related("unit").get(pk=course.pk), by=by)
    return course


def _read_anew(course: Course, fields: Collection[str]) -> Course:
    """The row as it is under the unit's lock, with the values of these fields of the course that was read."""
    lock_unit(course.unit_id)
    current = Course.objects.select_related("unit", "patient").get(pk=course.pk)
    if current.status != course.status:
        raise ChangedMeanwhile(current)
    for name in fields:
        setattr(current, name, getattr(course, name))
    return current


def _ranges(course: Course) -> list[DateRange]:
    return [(row.first_day, row.last_day) for row in course.impossible_dates.all()]
