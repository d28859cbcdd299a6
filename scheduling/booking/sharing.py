"""Linking courses whose children come on the same days, and ending that with a named decision.

What one course alone does is asked here afterwards: if the children would come apart, somebody has to have
decided it.
"""

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils import timezone

from crmo_clinic.nhsuk.wording import listed
from patients import audit
from scheduling.acts import Act, record
from scheduling.errors import ChangedMeanwhile, Refused
from scheduling.models import Course, SharedBecause, SharedDays
from scheduling.rules.together import MOST_TOGETHER
from scheduling.states import CourseStatus
from scheduling.unit.lock import lock_course
from scheduling.unit.shared_days import OPEN, are_together, group_of


@transaction.atomic
def link(
    *, course: Course, other: Course, because: SharedBecause, by: audit.Actor, seen: str | None = None
) -> None:
    """Link a course with that of another child of the unit, so that they share their days.

    A third child may join a link. Raises ChangedMeanwhile if the course changed since `seen` or either has
    ended, Refused if they cannot be linked.
    """
    now = timezone.now()
    course = lock_course(course, now, seen)
    other = lock_course(other, now, None)
    for each in (course, other):
        if each.status not in OPEN:
            raise ChangedMeanwhile(each)
    if course.patient_id == other.patient_id or course.unit_id != other.unit_id:
        raise Refused("Choose the course of another child of this unit.")
    if other.shared_id:
        raise Refused(f"{other.patient.short_name} shares the days with another child already.")
    before = group_of(course)
    if len(before) == MOST_TOGETHER:
        raise Refused("At most three children can share their days.")
    group = [*before, other]
    if any(each.is_split for each in group):
        raise Refused("A day of one of these courses was lost, so they cannot share all days any more.")
    if not are_together([each for each in group if each.status == CourseStatus.BOOKED]):
        raise Refused("They are booked on different days. Move one of them to the days of the other first.")
    shared = course.shared or SharedDays.objects.create(because=because, linked_by=by.name)
    for each in group:
        Course.objects.filter(pk=each.pk).update(shared=shared)
        with_whom = [one.patient.short_name for one in group if one.pk != each.pk]
        record(Act.COURSE_SHARED, each, by, {"with": with_whom, "reason": shared.get_because_display()})


@transaction.atomic
def part(*, course: Course, decided: str, by: audit.Actor, seen: str | None = None) -> None:
    """End the link of a course. decided: who decided it, and why.

    Raises ChangedMeanwhile if the course changed since `seen` or has no link any more, Refused without a
    decision.
    """
    course = lock_course(course, timezone.now(), seen)
    if course.shared_id is None:
        raise ChangedMeanwhile(course)
    _end(course, group_of(course), decided, by)


def settle(course: Course, decided: str, *, by: audit.Actor) -> None:
    """After an act on one course: if it no longer shares its days with those it is linked with, end the link.

    Inside the transaction of the act. decided: who decided it, and why; Refused if that is missing.
    """
    group = group_of(course)
    if len(group) > 1 and not are_together(group):
        _end(course, group, decided, by)


def refuse_apart(courses: Sequence[Course]) -> None:
    """Raise Refused if linked courses do not share their days after an act on all of them."""
    for course in courses:
        group = group_of(course)
        if not are_together(group):
            raise on_other_days(group)


def on_other_days(courses: Iterable[Course]) -> Refused:
    """The refusal of days that linked courses do not share."""
    names = listed(each.patient.short_name for each in courses)
    return Refused(f"{names} share their days. Choose the same days for all of them.")


def _end(course: Course, group: Sequence[Course], decided: str, by: audit.Actor) -> None:
    others = [each for each in group if each.pk != course.pk]
    if not decided.strip():
        names = listed(each.patient.short_name for each in others)
        raise Refused(
            f"This child shares the days with {names}. Say who decided that they come apart, and why."
        )
    SharedDays.objects.filter(pk=course.shared_id).update(
        ended_at=timezone.now(), ended_because=decided.strip()[:300]
    )
    Course.objects.filter(pk__in=[each.pk for each in group]).update(shared=None)
    for each in group:
        with_whom = [one.patient.short_name for one in group if one.pk != each.pk]
        record(Act.COURSE_PARTED, each, by, {"with": with_whom, "decided": decided.strip()})
