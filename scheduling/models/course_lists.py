"""Which courses are on which list: waiting, to book, overdue, paused, with a need."""

from datetime import date, datetime
from typing import Any

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from scheduling.models.contact_log import ContactAttempt
from scheduling.models.need import PatientNeed
from scheduling.states import CourseStatus


class CourseQuerySet(models.QuerySet[Any]):
    """Courses, asked for as the lists that people work from."""

    def waiting(self) -> "CourseQuerySet":
        """The waiting list: most urgent first, then the target date, then the longest wait."""
        return self.filter(status=CourseStatus.WAITING).most_urgent_first()

    def to_book(self) -> "CourseQuerySet":
        """The courses a coordinator still has to book: those that wait, and those only held."""
        return self.filter(status__in=[CourseStatus.WAITING, CourseStatus.HELD])

    def most_urgent_first(self) -> "CourseQuerySet":
        """In the order of the waiting list, with child and unit."""
        in_order = self.order_by("priority", F("target").asc(nulls_last=True), "agreed_at", "pk")
        return in_order.select_related("patient", "unit", "held_by")

    def overdue(self, today: date) -> "CourseQuerySet":
        """Courses whose latest first day, set by the clinician, has passed."""
        return self.filter(latest__lt=today)

    def can_come_at_short_notice(self, *answers: bool | None) -> "CourseQuerySet":
        """Courses whose family gave one of these answers; None stands for not asked."""
        given = Q(short_notice__in=[answer for answer in answers if answer is not None])
        return self.filter(given | Q(short_notice=None) if None in answers else given)

    def not_tried_since(self, moment: datetime) -> "CourseQuerySet":
        """Courses whose family nobody has tried to reach since that moment."""
        tried = ContactAttempt.objects.filter(course=OuterRef("pk"), at__gte=moment)
        return self.exclude(Exists(tried))

    def paused(self, today: date) -> "CourseQuerySet":
        """Courses that are paused. A pause ends by itself, on its last day."""
        return self.filter(paused_until__gt=today)

    def not_paused(self, today: date) -> "CourseQuerySet":
        """Courses for which days may be looked for now."""
        return self.filter(Q(paused_until=None) | Q(paused_until__lte=today))

    def with_need(self, need: int) -> "CourseQuerySet":
        """Courses in the unit of this need whose child has it."""
        return self.filter(Exists(_needs_of_child().filter(need=need)))

    def without_needs(self) -> "CourseQuerySet":
        """Courses whose child has nothing that is on the unit's list of needs."""
        return self.exclude(Exists(_needs_of_child().filter(need__in_use=True)))

    def lapsed(self, now: datetime) -> "CourseQuerySet":
        """Courses whose hold is over: its days are no longer kept for them."""
        return self.filter(held_until__lte=now)


def _needs_of_child() -> "models.QuerySet[PatientNeed]":
    """What the child of a course needs that the unit of the course has on its list."""
    return PatientNeed.objects.filter(patient=OuterRef("patient"), need__unit=OuterRef("unit"))
