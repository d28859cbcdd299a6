"""Agreeing a course, and changing what was agreed."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from patients import audit
from patients.models import Contact
from scheduling.acts import Act, record
from scheduling.booking.placing import Done
from scheduling.booking.refitting import AskedFor, refit
from scheduling.errors import ChangedMeanwhile
from scheduling.models import Course, DateRange, Decision, ImpossibleDates, Need
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
) -> Done:
    """Save what was changed about a course as `save_agreed` does, and what the child needs.

    needs: of the unit's list, those that the child needs; None leaves them. The days to come of a held or
    booked course get their new length, phases and needs where they stand, and the family hears of it. Raises
    as `save_agreed` does, ChangedMeanwhile also if the course's version is not `seen`, and SlotGone if the
    days do not fit like that.
    """
    now = timezone.now()
    stood = lock_course(course, now, seen)
    before = AskedFor.by(stood)
    if needs is not None:
        others = stood.patient.visit_needs.exclude(unit=stood.unit_id, in_use=True)
        write_needs(stood.patient, [*others, *needs], by)
    _save(_read_anew(course, fields), impossible_dates, by)
    done = refit(Course.objects.select_related("unit", "patient").get(pk=course.pk), before, now=now, by=by)
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
    said_by: Contact | None = None,
    needs: Collection[Need] = (),
) -> Course:
    """Save a new or changed course with the dates the family cannot do. A new one joins the waiting list.

    fields: of a changed course, those to save. The others stay as a colleague may have saved them since it
    was read. needs: what the child of a new course needs, beside what it needed before. decision: the
    decision to repeat that a new course comes from. said_by: the contact who entered the dates on their page;
    they then replace only this contact's own. Raises ChangedMeanwhile if the course's status has changed
    since it was read, Clash if the child already has a waiting course.
    """
    if is_new := course.pk is None:
        _save(course, impossible_dates, by)
    else:
        course = _read_anew(course, fields)
        _save(course, impossible_dates, by, said_by)
    if needs:
        write_needs(course.patient, [*course.patient.visit_needs.all(), *needs], by)
    if decision:
        decision.course = course
        audit.save(decision, by=by, patient=course.patient_id)
    if not is_new:
        _recheck(course, timezone.now(), by)
    return course


def _save(
    course: Course, impossible_dates: Sequence[DateRange], by: audit.Actor, said_by: Contact | None = None
) -> None:
    stood = Course.objects.filter(pk=course.pk).first()
    before = course.impossible_ranges if stood else []
    audit.save(course, by=by, patient=course.patient_id)
    if said_by is None and stood:
        _forget_what_staff_changed(stood, course)
    _set_dates(course, impossible_dates, said_by)
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


def _set_dates(course: Course, dates: Sequence[DateRange], said_by: Contact | None) -> None:
    """Staff set all dates; a date that stays keeps the contact who said it. A contact sets only their own,
    and not those that staff have already written down."""
    rows = list(course.impossible_dates.all())
    if said_by:
        going = [row for row in rows if row.contact_id == said_by.pk]
        kept = {(row.first_day, row.last_day) for row in rows if row.contact_id is None}
    else:
        going = [row for row in rows if (row.first_day, row.last_day) not in dates]
        kept = set(course.impossible_ranges)
    course.impossible_dates.filter(pk__in=[row.pk for row in going]).delete()
    ImpossibleDates.objects.bulk_create(
        ImpossibleDates(course=course, contact=said_by, first_day=first, last_day=last)
        for first, last in sorted(set(dates) - kept)
    )


def _forget_what_staff_changed(before: Course, after: Course) -> None:
    """Keep what each contact said in step with what staff changed. A weekday that staff removed is removed
    from all contacts. A time or a short-notice answer that staff changed belongs to staff from now on."""
    gone = set(before.impossible_weekdays) - set(after.impossible_weekdays)
    names = ("not_before", "short_notice")
    changed = [name for name in names if getattr(before, name) != getattr(after, name)]
    if not gone and not changed:
        return
    for row in after.family_limits.all():
        row.impossible_weekdays = [day for day in row.impossible_weekdays if day not in gone]
        for name in changed:
            setattr(row, name, None)
        row.save()
