"""What holds a chair: a visit, days held to move a course there, another infusion, or something else."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from patients.constraints import NoOverlap
from scheduling.models.other_infusion import OtherInfusion
from scheduling.models.unit import Chair
from scheduling.rules import Visit


class BookingQuerySet(models.QuerySet["Booking"]):
    def between(self, first: datetime, last: datetime) -> "BookingQuerySet":
        """Bookings that overlap the time between two moments."""
        return self.filter(starts_at__lt=last, ends_at__gt=first)

    def for_something_else(self) -> "BookingQuerySet":
        """Bookings neither for a visit, nor held to move a course there, nor for another infusion."""
        return self.filter(session=None, held_for=None, infusion=None)


class Booking(models.Model):
    """One chair taken from a start to an end, for a session or something else; deleted when it is freed."""

    # The index on chair and end, below, serves a look-up by chair as well.
    chair = models.ForeignKey(Chair, on_delete=models.PROTECT, related_name="bookings", db_index=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    session = models.OneToOneField(
        "scheduling.Session", null=True, blank=True, on_delete=models.PROTECT, related_name="booking"
    )
    # The booked course that may be moved here: its own days stay booked meanwhile.
    held_for = models.ForeignKey(
        "scheduling.Course", null=True, blank=True, on_delete=models.PROTECT, related_name="held_places"
    )
    taken_for = models.CharField("what it is taken for", max_length=100, blank=True)
    infusion = models.OneToOneField(
        OtherInfusion, null=True, blank=True, on_delete=models.PROTECT, related_name="booking"
    )
    # What an infusion asks of the nurses, as `rules.Care`, with a "+" if a nurse starts a drip.
    infusion_care = models.CharField(max_length=8, blank=True, editable=False)

    objects = BookingQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        # Finds the bookings of a chair that are not over, however many past ones there are.
        indexes = [models.Index(fields=["chair", "ends_at"], name="bookings_of_a_chair")]
        constraints = [
            NoOverlap(resource="chair", start="starts_at", end="ends_at", name="one_child_a_chair"),
            models.CheckConstraint(
                condition=Q(starts_at__lt=F("ends_at")), name="a_booking_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(session__isnull=False, held_for__isnull=True, taken_for="")
                | Q(session__isnull=True, held_for__isnull=False, taken_for="")
                | Q(session__isnull=True, held_for__isnull=True) & ~Q(taken_for=""),
                name="a_chair_is_taken_for_something",
            ),
            models.CheckConstraint(
                condition=Q(infusion__isnull=True, infusion_care="")
                | (Q(infusion__isnull=False, session__isnull=True) & ~Q(infusion_care="")),
                name="an_infusion_says_what_it_asks_of_nurses",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.chair} from {self.starts_at}"

    @property
    def visit(self) -> Visit:
        """The place as a `Visit` of the rules."""
        start = timezone.localtime(self.starts_at)
        minutes = int((self.ends_at - self.starts_at).total_seconds() // 60)
        return Visit(start.date(), self.chair_id, start.hour * 60 + start.minute, minutes)

    @property
    def place(self) -> Visit:
        """The same: a place that is held to move a course there is held for as long as the visit lasts."""
        return self.visit
