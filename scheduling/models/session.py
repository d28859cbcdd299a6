"""The days of a course."""

from datetime import date, datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone

from patients.constraints import UniqueByHash
from scheduling.models.booking import Booking
from scheduling.models.phases import BookedPhases, read_phases
from scheduling.models.status import WithStatus
from scheduling.models.unit import Chair
from scheduling.rules import Visit
from scheduling.states import (
    LIVE,
    SESSION_MOVES,
    UNDO_MINUTES,
    SessionStatus,
)


class LostBecause(models.TextChoices):
    """Why one day of a booked course cannot happen."""

    UNWELL = "unwell", "Child unwell"
    CANNULA = "cannula", "The cannula failed"
    CLOSED = "closed", "Hospital: the unit is closed"
    STAFF_SHORT = "staff_short", "Hospital: staff short"
    NO_CHAIR = "no_chair", "Hospital: no chair"
    # Stays with what was recorded under it; nobody can choose it any more.
    CLOSURE = "closure", "Hospital: the unit is closed, or has no chair or nurse"
    CLINICAL = "clinical", "Hospital: a clinical reason"
    FAMILY = "family", "The family cannot come"
    NOT_BROUGHT = "not_brought", "Was not brought"


class Given(models.TextChoices):
    """How much of the drip the child had."""

    IN_FULL = "full", "In full"
    IN_PART = "part", "In part"


class PartBecause(models.TextChoices):
    """Why a drip was stopped early."""

    CANNULA = "cannula", "The cannula failed"
    EFFECT = "effect", "The child felt unwell"
    FAMILY = "family", "The child or the family wished to stop"
    TIME = "time", "The unit closed"
    CLINICAL = "clinical", "Another clinical reason"


class Instead(models.TextChoices):
    """What a clinician may decide when a day is lost or not given in full, other than to move all days."""

    AS_PLANNED = "as_planned", "Give that day as planned"
    LEAVE_OUT = "leave_out", "Leave that day out"
    ANOTHER_DAY = "another_day", "Give that day at another time"


def new_uid() -> str:
    """A UID for a calendar entry that reveals nothing about anybody (RFC 5545 section 3.8.4.7)."""
    return f"{uuid4()}@{settings.MAIL_DOMAIN}"


class SessionQuerySet(models.QuerySet["Session"]):
    def visits(self, first: date, last: date) -> "SessionQuerySet":
        """Sessions of these days that are not cancelled, in order of arrival, with child and chair."""
        return (
            self.filter(day__range=(first, last))
            .exclude(status=SessionStatus.CANCELLED)
            .select_related("course__patient", "course__unit", "booking__chair")
            .order_by("starts_at", "booking__chair")
        )

    def with_chair_needed(self) -> "SessionQuerySet":
        """Each with `chair_needed_at`: when the next thing in its chair begins within a day, or None."""
        later = Booking.objects.filter(
            chair=OuterRef("booking__chair"),
            starts_at__gte=OuterRef("booking__ends_at"),
            starts_at__lt=OuterRef("booking__ends_at") + timedelta(days=1),
        )
        return self.annotate(chair_needed_at=Subquery(later.order_by("starts_at").values("starts_at")[:1]))


class Session(WithStatus):
    """One day of a course: one visit, one calendar entry. A cancelled session keeps the time it had.

    starts_at, ends_at: when the child is to come and when it is over; `booking` has the time in the chair.
    """

    moves = SESSION_MOVES

    course = models.ForeignKey("scheduling.Course", on_delete=models.PROTECT, related_name="sessions")
    number = models.PositiveSmallIntegerField("day of the course")
    status = models.CharField(max_length=10, choices=SessionStatus, default=SessionStatus.BOOKED)
    day = models.DateField(db_index=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    # As `BookedPhases.text`; empty for the usual visit.
    phases = models.CharField("phases", max_length=100, blank=True, editable=False)
    uid = models.CharField(max_length=120, default=new_uid, editable=False)
    sequence = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    arrived_at = models.DateTimeField("arrived", null=True, blank=True)
    cannulated_at = models.DateTimeField("cannula in", null=True, blank=True)
    started_at = models.DateTimeField("drip started", null=True, blank=True)
    finished_at = models.DateTimeField("drip finished", null=True, blank=True)
    left_at = models.DateTimeField("left the unit", null=True, blank=True)
    given = models.CharField("how much was given", max_length=4, choices=Given, blank=True)
    part_because = models.CharField("why only in part", max_length=8, choices=PartBecause, blank=True)
    note = models.TextField("note of the visit", max_length=2000, blank=True)
    missed_at = models.DateTimeField("recorded as not brought", null=True, blank=True)
    lost_because = models.CharField("why it was lost", max_length=12, choices=LostBecause, blank=True)
    # In case the child comes after all, because its booking is deleted.
    lost_chair = models.ForeignKey(
        Chair,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="lost_sessions",
        verbose_name="chair it had before it was lost",
    )

    objects = SessionQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            UniqueByHash(fields=["uid"], name="one_session_a_uid"),
            models.UniqueConstraint(
                "course",
                "day",
                condition=Q(status__in=sorted(LIVE)),
                name="one_session_of_a_course_a_day",
            ),
            models.UniqueConstraint(
                "course",
                "number",
                condition=Q(status__in=sorted(LIVE)),
                name="one_session_for_each_day_of_a_course",
            ),
            models.CheckConstraint(
                condition=~Q(status=SessionStatus.ARRIVED) | Q(arrived_at__isnull=False),
                name="an_arrival_says_when",
            ),
            models.CheckConstraint(
                condition=~Q(status=SessionStatus.STARTED)
                | Q(arrived_at__isnull=False, started_at__isnull=False),
                name="a_running_drip_says_since_when",
            ),
            models.CheckConstraint(
                condition=Q(starts_at__lt=F("ends_at")), name="a_session_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=(Q(given=Given.IN_PART) & ~Q(part_because=""))
                | (~Q(given=Given.IN_PART) & Q(part_because="")),
                name="a_drip_given_in_part_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"Day {self.number} of {self.course.days}"

    def get_absolute_url(self) -> str:
        return reverse("scheduling:show_visit", args=[self.pk])

    @property
    def is_live(self) -> bool:
        return self.status in LIVE

    @property
    def is_in_part(self) -> bool:
        return self.given == Given.IN_PART

    @property
    def state(self) -> str:
        """Its status as every page shows it: what was given in part was not simply given."""
        return "Given in part" if self.is_in_part else self.get_status_display()

    @property
    def why_not_in_full(self) -> str:
        """Why it was given in part, or not at all, or is not to happen; empty if nothing is known."""
        return self.get_part_because_display() if self.is_in_part else self.get_lost_because_display()

    def has_lapsed(self, now: datetime) -> bool:
        """Whether its hold is over, though nothing has released it yet."""
        return self.status == SessionStatus.HELD and self.course.held_until <= now

    @property
    def is_answered(self) -> bool:
        """For a lost day: whether it was left out by decision, or another session has taken its place."""
        left_out = any(decision.instead == Instead.LEAVE_OUT for decision in self.decisions.all())
        return left_out or any(
            other.number == self.number or other.created_at > self.created_at
            for other in self.course.live_sessions
            if other.pk != self.pk
        )

    @property
    def pressed_at(self) -> datetime | None:
        """When the last button about it was pressed on the day list; None if none was."""
        return {
            SessionStatus.ARRIVED: self.arrived_at,
            SessionStatus.STARTED: self.started_at,
            SessionStatus.FULFILLED: self.finished_at,
            SessionStatus.NOT_BROUGHT: self.missed_at,
        }.get(self.status)

    @property
    def undo_until(self) -> datetime | None:
        """Until when the last press on the day list can be taken back; None if there was none."""
        return self.pressed_at and self.pressed_at + timedelta(minutes=UNDO_MINUTES)

    @property
    def drip_minutes(self) -> int | None:
        """How long the drip really ran; None if that is not recorded."""
        if not self.started_at or not self.finished_at:
            return None
        return round((self.finished_at - self.started_at).total_seconds() / 60)

    @property
    def booked_phases(self) -> BookedPhases:
        return read_phases(self.phases)

    @property
    def minutes(self) -> int:
        """From arrival to the end of the visit."""
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def agreed_minutes(self) -> int:
        """What was agreed for the cannulation and the drip."""
        return self.minutes - self.booked_phases.minutes

    @property
    def cannulates_at(self) -> datetime:
        """When its cannulation is to begin."""
        return self.starts_at + timedelta(minutes=self.booked_phases.minutes_before)

    @property
    def in_chair(self) -> tuple[datetime, datetime]:
        """From when and until when it needs its chair."""
        booked = self.booked_phases
        return (
            self.starts_at + timedelta(minutes=booked.away_before),
            self.ends_at - timedelta(minutes=booked.away_after),
        )

    @property
    def visit(self) -> Visit:
        """As a `Visit` of the rules, from arrival to its end."""
        return self.visit_in(self.booking.chair_id)

    @property
    def place(self) -> Visit:
        """The same, of the time in the chair only."""
        visit, booked = self.visit, self.booked_phases
        minutes = self.minutes - booked.away_before - booked.away_after
        return Visit(visit.day, visit.chair, visit.start + booked.away_before, minutes)

    def visit_in(self, chair_id: int) -> Visit:
        """Its visit as if it were in that chair."""
        start = timezone.localtime(self.starts_at)
        return Visit(self.day, chair_id, start.hour * 60 + start.minute, self.minutes)
