"""Courses, their sessions, and the bookings that hold a chair for them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from uuid import uuid4

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from patients.constraints import NoOverlap
from patients.models import Patient
from scheduling.errors import ChangedMeanwhile, MoveNotAllowed
from scheduling.models.unit import Chair, Unit
from scheduling.rules import Visit, days_in_a_row
from scheduling.states import (
    COURSE_MOVES,
    LIVE,
    SESSION_MOVES,
    UNDO_MINUTES,
    CourseStatus,
    Moves,
    SessionStatus,
)


class Reason(models.TextChoices):
    FIRST = "first", "First course"
    PAIN = "recurrence_of_pain", "Pain has come back"
    IMAGING = "recurrence_on_imaging", "Inflammation has come back on imaging"
    PLANNED = "planned_repeat", "Planned repeat"


class Priority(models.IntegerChoices):
    URGENT = 0, "Urgent"
    SOON = 1, "Soon"
    ROUTINE = 2, "Routine"


class CancelReason(models.TextChoices):
    """Why a course was cancelled; the prefix says for whom (NHS attendance codes 2 and 4)."""

    FAMILY_UNWELL = "family_unwell", "Child unwell"
    FAMILY_CONTACT = "family_contact", "Contact with an infection"
    FAMILY_REQUEST = "family_request", "The family asked"
    CLINICAL = "hospital_clinical", "Hospital: a clinical reason"
    CLINICAL_RESULTS = "hospital_results", "Hospital: results are not back"
    HOSPITAL_STAFF = "hospital_capacity", "Hospital: no chair or nurse"
    HOSPITAL_OTHER = "hospital_other", "Hospital: another reason"
    NOT_NEEDED = "not_needed", "No longer needed: the clinician decided"
    ELSEWHERE = "elsewhere", "Treated elsewhere"
    MISTAKE = "mistake", "Entered by mistake"


# What ends a course but never moves it.
ENDINGS = frozenset({CancelReason.NOT_NEEDED, CancelReason.ELSEWHERE, CancelReason.MISTAKE})


class LostBecause(models.TextChoices):
    """Why one day of a booked course cannot happen."""

    UNWELL = "unwell", "Child unwell"
    CANNULA = "cannula", "The cannula failed"
    CLOSURE = "closure", "Hospital: the unit is closed, or has no chair or nurse"
    CLINICAL = "clinical", "Hospital: a clinical reason"
    FAMILY = "family", "The family cannot come"
    NOT_BROUGHT = "not_brought", "Was not brought"


class Instead(models.TextChoices):
    """What a clinician may decide when a day is lost, other than to move all days."""

    LEAVE_OUT = "leave_out", "Leave that day out"
    ANOTHER_DAY = "another_day", "Give that day at another time"


class ContactOutcome(models.TextChoices):
    """How it went to reach a family about a course that waits."""

    REACHED = "reached", "Spoke to the family"
    MESSAGE = "message", "Left a message"
    RING_BACK = "ring_back", "Asked to ring again"
    NO_ANSWER = "no_answer", "No answer"
    WRONG_NUMBER = "wrong_number", "Wrong number"


class WithStatus(models.Model):
    """A row whose status moves by the table in `scheduling.states`, and by nothing else."""

    status: str
    moves: ClassVar[Moves]

    class Meta:
        abstract = True

    def move_to(self, status: models.TextChoices, **fields: Any) -> None:
        """Move by a conditional update, so that of two colleagues one wins. Callers add the audit row.

        fields: what has to be saved in the same update.

        Raises MoveNotAllowed if the table has no such move, ChangedMeanwhile if somebody was faster.
        """
        before = self.status
        if status not in self.moves.get(before, ()):
            raise MoveNotAllowed(self, status)
        moved = type(self)._base_manager.filter(pk=self.pk, status=before).update(status=status, **fields)
        if not moved:
            raise ChangedMeanwhile(self)
        for name, value in {"status": status, **fields}.items():
            setattr(self, name, value)


class CourseQuerySet(models.QuerySet["Course"]):
    def waiting(self) -> "CourseQuerySet":
        """The waiting list: most urgent first, then the target date, then the longest wait."""
        return self.filter(status=CourseStatus.WAITING).most_urgent_first()

    def to_book(self) -> "CourseQuerySet":
        """The courses a coordinator still has to book: those that wait, and those only held."""
        return self.filter(status__in=[CourseStatus.WAITING, CourseStatus.HELD])

    def most_urgent_first(self) -> "CourseQuerySet":
        """In the order of the waiting list, with child and unit."""
        in_order = self.order_by("priority", F("target").asc(nulls_last=True), "agreed_at", "pk")
        return in_order.select_related("patient", "unit")

    def overdue(self, today: date) -> "CourseQuerySet":
        """Courses whose window, the clinician's, has ended."""
        return self.filter(latest__lt=today)

    def can_come_at_short_notice(self, *answers: bool | None) -> "CourseQuerySet":
        """Courses whose family gave one of these answers; None stands for not asked."""
        given = Q(short_notice__in=[answer for answer in answers if answer is not None])
        return self.filter(given | Q(short_notice=None) if None in answers else given)

    def not_tried_since(self, moment: datetime) -> "CourseQuerySet":
        """Courses about which nobody has tried to reach the family from then on."""
        tried = ContactAttempt.objects.filter(course=OuterRef("pk"), at__gte=moment)
        return self.exclude(Exists(tried))

    def lapsed(self, now: datetime) -> "CourseQuerySet":
        """Held courses whose time is over; nothing of them holds any more."""
        return self.filter(status=CourseStatus.HELD, held_until__lte=now)


class Course(WithStatus):
    """One treatment of one child, agreed by a clinician: sessions on consecutive days."""

    moves = COURSE_MOVES

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="courses")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="courses")
    status = models.CharField(max_length=12, choices=CourseStatus, default=CourseStatus.WAITING)
    agreed_at = models.DateTimeField(default=timezone.now)
    decided_by = models.CharField("clinician who decided", max_length=150)
    decided_on = models.DateField("date of the decision")
    reason = models.CharField("reason", max_length=30, choices=Reason)
    days = models.PositiveSmallIntegerField("days", default=2)
    minutes = models.PositiveSmallIntegerField("minutes on each day")
    priority = models.PositiveSmallIntegerField("priority", choices=Priority)
    earliest = models.DateField("earliest first day", null=True, blank=True)
    target = models.DateField("target first day", null=True, blank=True)
    latest = models.DateField("latest first day", null=True, blank=True)
    not_before = models.TimeField("family cannot arrive before", null=True, blank=True)
    impossible_weekdays = models.JSONField("weekdays the family cannot do", default=list, blank=True)
    short_notice = models.BooleanField("can come at short notice", null=True, blank=True)
    held_until = models.DateTimeField("held until", null=True, blank=True)
    repeat_weeks = models.PositiveSmallIntegerField(
        "weeks until a repeat may be needed",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(156)],
    )
    review_on = models.DateField("review due", null=True, blank=True)
    cancel_reason = models.CharField("why it was cancelled", max_length=30, choices=CancelReason, blank=True)

    objects = CourseQuerySet.as_manager()

    class Meta:
        ordering = ["-agreed_at", "-pk"]
        indexes = [
            models.Index(
                fields=["unit", "held_until"],
                name="holds_to_lapse",
                condition=Q(status=CourseStatus.HELD),
            )
        ]
        constraints = [
            models.UniqueConstraint(
                "patient",
                condition=Q(status__in=[CourseStatus.WAITING, CourseStatus.HELD]),
                name="one_waiting_course_a_child",
                violation_error_message="This child already has a course on the waiting list.",
            ),
            models.CheckConstraint(
                condition=Q(status=CourseStatus.HELD, held_until__isnull=False)
                | (~Q(status=CourseStatus.HELD) & Q(held_until__isnull=True)),
                name="a_hold_says_until_when",
            ),
            models.CheckConstraint(condition=Q(days__gte=1, days__lte=3), name="a_course_has_1_to_3_days"),
            models.CheckConstraint(
                condition=Q(minutes__gte=240, minutes__lte=360), name="a_session_lasts_4_to_6_hours"
            ),
            models.CheckConstraint(
                condition=Q(earliest__isnull=True) | Q(latest__isnull=True) | Q(earliest__lte=F("latest")),
                name="earliest_is_not_after_latest",
            ),
        ]

    def __str__(self) -> str:
        return f"Course of {self.patient}"

    def get_absolute_url(self) -> str:
        return reverse("scheduling:show_course", args=[self.pk])

    @property
    def live_sessions(self) -> list["Session"]:
        """The sessions that are its days, first day first. Prefetch `sessions` to ask often."""
        return [s for s in self.sessions.all() if s.status in LIVE]

    @property
    def is_split(self) -> bool:
        """Whether a day of it was lost: it is booked, or was given, on fewer days or not on days in a row."""
        return self.is_split_on([session.day for session in self.live_sessions])

    def is_split_on(self, days: Sequence[date]) -> bool:
        """The same, for whoever knows the days of its live sessions, first day first, already."""
        if self.status in (CourseStatus.WAITING, CourseStatus.HELD, CourseStatus.CANCELLED):
            return False
        return not days or tuple(days) != days_in_a_row(days[0], self.days)

    @property
    def days_to_place(self) -> int:
        """How many visits a search has to find: as many as agreed, or as are left of a split course."""
        return (self.is_split and len(self.live_sessions)) or self.days

    @property
    def version(self) -> str:
        """Another text after each act on the course's days: a page sends back the one it was drawn from."""
        days = [f"{s.pk}.{s.status}.{s.sequence}.{s.starts_at:%Y%m%d%H%M}" for s in self.live_sessions]
        return "-".join([self.status, *days])

    @property
    def last_attempt(self) -> "ContactAttempt | None":
        """The latest try to reach the family. Prefetch `contact_attempts` to ask often."""
        return next(iter(self.contact_attempts.all()), None)

    @property
    def is_first(self) -> bool:
        return self.reason == Reason.FIRST


class ImpossibleDates(models.Model):
    """Days the family cannot do, first and last included."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="impossible_dates")
    first_day = models.DateField()
    last_day = models.DateField()

    class Meta:
        ordering = ["first_day"]
        constraints = [
            models.CheckConstraint(
                condition=Q(first_day__lte=F("last_day")), name="impossible_dates_end_after_they_begin"
            )
        ]

    def __str__(self) -> str:
        return f"{self.first_day} to {self.last_day}"


def new_uid() -> str:
    """A name for a calendar entry that says nothing about anybody (RFC 5545 section 3.8.4.7)."""
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


class Session(WithStatus):
    """One day of a course: one visit, one calendar entry. A cancelled session keeps the time it had."""

    moves = SESSION_MOVES

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="sessions")
    number = models.PositiveSmallIntegerField("day of the course")
    status = models.CharField(max_length=10, choices=SessionStatus, default=SessionStatus.BOOKED)
    day = models.DateField(db_index=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    uid = models.CharField(max_length=120, unique=True, default=new_uid, editable=False)
    sequence = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    arrived_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    missed_at = models.DateTimeField("recorded as not brought", null=True, blank=True)
    lost_because = models.CharField("why it was lost", max_length=12, choices=LostBecause, blank=True)

    objects = SessionQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
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
        ]

    def __str__(self) -> str:
        return f"Day {self.number} of {self.course.days}"

    @property
    def is_live(self) -> bool:
        return self.status in LIVE

    @property
    def pressed_at(self) -> datetime | None:
        """When its status was last moved on the day list."""
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
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def visit(self) -> Visit:
        """Where it is booked, as the rules see it."""
        start = timezone.localtime(self.starts_at)
        return Visit(self.day, self.booking.chair_id, start.hour * 60 + start.minute, self.minutes)


class BookingQuerySet(models.QuerySet["Booking"]):
    def between(self, first: datetime, last: datetime) -> "BookingQuerySet":
        """Bookings with any time between two instants."""
        return self.filter(starts_at__lt=last, ends_at__gt=first)


class Booking(models.Model):
    """One chair taken from a start to an end: for a session, or by something else. Freed, the row goes."""

    # The index on chair and end, below, serves a look-up by chair as well.
    chair = models.ForeignKey(Chair, on_delete=models.PROTECT, related_name="bookings", db_index=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    session = models.OneToOneField(
        Session, null=True, blank=True, on_delete=models.PROTECT, related_name="booking"
    )
    taken_for = models.CharField("what it is taken for", max_length=100, blank=True)

    objects = BookingQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        # Of a chair's bookings those that are not over come first, however long its past is.
        indexes = [models.Index(fields=["chair", "ends_at"], name="bookings_of_a_chair")]
        constraints = [
            NoOverlap(resource="chair", start="starts_at", end="ends_at", name="one_child_a_chair"),
            models.CheckConstraint(
                condition=Q(starts_at__lt=F("ends_at")), name="a_booking_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=(Q(session__isnull=False) & Q(taken_for=""))
                | (Q(session__isnull=True) & ~Q(taken_for="")),
                name="a_chair_is_taken_for_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.chair} from {self.starts_at}"


class DayDecision(models.Model):
    """Why a course is not, or no longer, whole: what somebody decided about a day that was lost."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="decisions")
    instead = models.CharField("what happens instead", max_length=12, choices=Instead)
    because = models.CharField("why the day was lost", max_length=12, choices=LostBecause)
    reason = models.CharField("why this was decided", max_length=300)
    approved_by = models.CharField("who decided", max_length=150)
    decided_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["decided_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(approved_by=""), name="a_decision_has_a_name_and_a_reason"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_instead_display()}, decided by {self.approved_by}"


class ContactAttempt(models.Model):
    """One try to reach the family about a course that waits."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="contact_attempts")
    at = models.DateTimeField(default=timezone.now)
    by_name = models.CharField("who tried", max_length=150)
    outcome = models.CharField("how it went", max_length=12, choices=ContactOutcome)
    note = models.CharField("note", max_length=300, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()}, {self.by_name}"
