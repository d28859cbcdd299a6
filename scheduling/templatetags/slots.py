"""A visit's phases, and what the child needs, in words; all of it is empty where nothing is set up."""

from django import template
from django.db.models import prefetch_related_objects
from django.utils import timezone

from crmo_clinic.nhsuk.wording import clock_range, duration, listed, quantity
from patients.models import Patient
from scheduling.models import Course, Session, Unit
from scheduling.rules import Chair
from scheduling.unit.asks import phases_of

register = template.Library()


@register.filter
def phases_asked(course: Course) -> str:
    """`45 minutes before, 45 minutes to cannulate and 15 minutes after: 6 hours from arrival`."""
    if not course.unit.has_phases and course.more_cannulation is None and not course.needs:
        return ""
    asked = phases_of(course)
    if not asked.minutes and not asked.more_cannulation:
        return ""
    parts = [
        f"{quantity(asked.minutes_before, 'minute')} before" if asked.minutes_before else "",
        f"{quantity(course.unit.cannulation_minutes + asked.more_cannulation, 'minute')} to cannulate",
        f"{quantity(asked.minutes_after, 'minute')} after" if asked.minutes_after else "",
    ]
    return f"{listed(filter(None, parts))}: {duration(course.minutes + asked.minutes)} from arrival"


@register.filter
def needs_of(course: Course) -> list[str]:
    """`Isolation (a cubicle)`, for each of the child's needs that the unit has on its list."""
    return [f"{need} ({need.asks})" for need in course.needs]


@register.filter
def in_chair(session: Session) -> str:
    """`In the chair from 9:45am to 2:15pm`, where that is less than the visit; otherwise empty."""
    times = session.in_chair
    if times == (session.starts_at, session.ends_at):
        return ""
    start, end = (timezone.localtime(at).time() for at in times)
    return f"In the chair from {clock_range(start, end)}"


@register.filter
def kinds_of(chair: Chair) -> str:
    """`bed, cubicle`."""
    return ", ".join(sorted(chair.kinds))


@register.simple_tag
def read_needs_of(patient: Patient) -> bool:
    """Read what the child needs of all units' lists, for the words about it. Whether there is any list."""
    if not Unit.objects.filter(has_needs=True).exists():
        return False
    prefetch_related_objects([patient], "visit_needs")
    return True


@register.simple_tag
def needs_on_lists(patient: Patient) -> list[str]:
    """`Isolation (a cubicle)`, for each of the child's needs, of every unit's list."""
    return [f"{need} ({need.asks})" for need in patient.visit_needs.all() if need.in_use]
