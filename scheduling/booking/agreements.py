"""Agreeing a course, and changing what was agreed."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from patients import audit
from scheduling.acts import Act, record
from scheduling.booking.placing import Done
from scheduling.booking.refitting import AskedFor, refit
from scheduling.errors import ChangedMeanwhile
from scheduling.models import Course, DateRange, Decision, ImpossibleDates, Need
from scheduling.unit.allowances import Allowance
from scheduling.unit.lock import lock_course, lock_unit
from scheduling.unit.needs import write_needs
from scheduling.unit.recheck import close_unfit, recheck_course


@transaction.atomic
def change_agreed(
    *,
    course: Course,
    impossible_dates: Sequence[DateRange],
    by: audit.Actor,
    fields: Collection[str],
    needs: Collection[Need] | None = None,
    seen: str | None = None,
    allowance: Allowance | None = None,
) -> Done:
    """Save what was changed about a course as `save_agreed` does, and what the child needs.

    needs: of the unit's list, those that the child needs; None leaves them. The days to come of a held or
    booked course get their new length, phases and needs where they stand, and the family hears of it.
    allowance: the rules that `by` lets these days break. Raises as `save_agreed` does, ChangedMeanwhile also
    if the course's version is not `seen`, and SlotGone if the days do not fit like that.
    """
    now = timezone.now()
    stood = lock_course(course, now, seen)
    before = AskedFor.by(stood)
    if needs is not None:
        others = stood.patient.visit_needs.exclude(unit=stood.unit_id, in_use=True)
        write_needs(stood.patient, [*others, *needs], by)
    _save(_read_anew(course, fields), impossible_dates, by)
    course = Course.objects.select_related("unit", "patient").get(pk=course.pk)
    done = refit(course, before, now=now, by=by, allowance=allowance)
    _recheck(course, now, by)
    return done


@transaction.atomic
def save_agreed(
    *,
    course: Course,
    impossible_dates: Sequence[DateRange],
    by: audit.Actor,
    fields: Collection[str] = (),
    decision: Decision | None = None,
    needs: Collection[Need] = (),
) -> Course:
    """Save a new or changed course, with the dates it cannot be on. A new one joins the waiting list.

    fields: of a changed course, those to save. The others stay as a colleague may have saved them since it
    was read. needs: what the child of a new course needs, beside what it needed before. decision: the
    decision to repeat that a new course comes from. Raises ChangedMeanwhile if the course's status has
    changed since it was read, Clash if the child already has a waiting course.
    """
    is_new = course.pk is None
    if not is_new:
        course = _read_anew(course, fields)
    _save(course, impossible_dates, by)
    if needs:
        write_needs(course.patient, [*course.patient.visit_needs.all(), *needs], by)
    if decision:
        decision.course = course
        audit.save(decision, by=by, patient=course.patient_id)
    if not is_new:
        _recheck(course, timezone.now(), by)
    return course


def _save(course: Course, impossible_dates: Sequence[DateRange], by: audit.Actor) -> None:
    stood = Course.objects.filter(pk=course.pk).first()
    before = course.impossible_ranges if stood else []
    audit.save(course, by=by, patient=course.patient_id)
    if stood and stood.short_notice != course.short_notice:
        # The answer that staff changed is nobody's any more.
        course.patient.family_limits.update(short_notice=None)
    _set_dates(course, impossible_dates)
    after = course.impossible_ranges
    if before != after:
        record(Act.COURSE_IMPOSSIBLE_DATES_CHANGED, course, by, {"impossible_dates": [before, after]})


def _recheck(course: Course, now: datetime, by: audit.Actor) -> None:
    recheck_course(Course.objects.select_related("unit").get(pk=course.pk), by=by)
    close_unfit(course.unit, now=now, by=by)


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
