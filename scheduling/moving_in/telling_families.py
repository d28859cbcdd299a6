"""“Tell these families”: the invites of courses that were moved in as booked, when somebody says so."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Min, QuerySet

from patients import audit
from patients.errors import Refused
from scheduling.booking import bookings
from scheduling.models import Course, SpreadsheetImport
from scheduling.states import CourseStatus


@dataclass(frozen=True)
class Told:
    """How many families were written to, how many nobody can be written to, and why others could not be."""

    written: int
    by_hand: int
    refused: tuple[str, ...]


def courses_unsent(source: SpreadsheetImport) -> QuerySet[Course]:
    """Booked courses that this file brought, of which nothing was sent yet; the first day first."""
    keys = [line.made["course"] for line in source.lines.exclude(made={}) if line.made.get("course")]
    unsent = Course.objects.filter(pk__in=keys, is_unsent=True, status=CourseStatus.BOOKED)
    by_first_day = unsent.annotate(first=Min("sessions__starts_at")).order_by("first", "pk")
    return by_first_day.select_related("patient", "unit").prefetch_related("sessions", "patient__contacts")


def tell(*, source: SpreadsheetImport, courses: Collection[int], by: audit.Actor) -> Told:
    """Send the invites of these courses, each as one act. From then on reminders go too."""
    written = by_hand = 0
    refused: dict[str, None] = {}
    for course in courses_unsent(source):
        if course.pk not in courses:
            continue
        try:
            done = bookings.invite_untold(course=course, by=by)
        except Refused as refusal:
            refused[str(refusal)] = None
            continue
        written += bool(done.messages)
        by_hand += not done.messages
    return Told(written, by_hand, tuple(refused))
