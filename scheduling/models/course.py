"""Courses: what was agreed, and what the family cannot do."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q, prefetch_related_objects
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from patients.models import Patient, User
from patients.stale import fingerprint
from scheduling.models.booking import Booking
from scheduling.models.cancel_reason import CancelReason
from scheduling.models.contact_log import ContactAttempt
from scheduling.models.course_lists import CourseQuerySet
from scheduling.models.need import Need
from scheduling.models.opening import Weekday
from scheduling.models.pause import WithPause
from scheduling.models.rule_override import Soft
from scheduling.models.session import Session
from scheduling.models.shared_days import SharedDays
from scheduling.models.status import WithStatus
from scheduling.models.unit import QUARTER_HOURS, Unit
from scheduling.rules import days_in_a_row
from scheduling.states import COURSE_MOVES, LIVE, CourseStatus


class Reason(models.TextChoices):
    FIRST = "first", "First course"
    PAIN = "recurrence_of_pain", "Pain has come back"
    IMAGING = "recurrence_on_imaging", "Inflammation has come back on imaging"
    PLANNED = "planned_repeat", "Planned repeat"


class Priority(models.IntegerChoices):
    URGENT = 0, "Urgent"
    SOON = 1, "Soon"
    ROUTINE = 2, "Routine"


# The first and the last day, both included.
DateRange = tuple[date, date]


class Course(WithPause, WithStatus):
    """One treatment of one child, agreed by a clinician: sessions on consecutive days."""

    moves = COURSE_MOVES
    # For the log: names of codes that are kept in a list.
    CODES = {"impossible_weekdays": dict(Weekday.choices)}

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="courses")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="courses")
    status = models.CharField(max_length=12, choices=CourseStatus, default=CourseStatus.WAITING)
    agreed_at = models.DateTimeField(default=timezone.now)
    decided_by = models.CharField("clinician who decided", max_length=150)
    decided_on = models.DateField("date of the decision")
    reason = models.CharField("reason", max_length=30, choices=Reason)
    days = models.PositiveSmallIntegerField("days", default=2)
    minutes = models.PositiveSmallIntegerField("minutes on each day")
    # Where the phases differ from what the unit has set; None where they do not.
    before_minutes = models.PositiveSmallIntegerField(
        "minutes before the cannulation", null=True, blank=True, validators=QUARTER_HOURS
    )
    more_cannulation = models.SmallIntegerField("minutes more to cannulate", null=True, blank=True)
    after_minutes = models.PositiveSmallIntegerField(
        "minutes after the drip", null=True, blank=True, validators=QUARTER_HOURS
    )
    priority = models.PositiveSmallIntegerField("priority", choices=Priority)
    earliest = models.DateField("earliest first day", null=True, blank=True)
    target = models.DateField("target first day", null=True, blank=True)
    latest = models.DateField("latest first day", null=True, blank=True)
    not_before = models.TimeField("family cannot arrive before", null=True, blank=True)
    impossible_weekdays = models.JSONField("weekdays the family cannot do", default=list, blank=True)
    short_notice = models.BooleanField("can come at short notice", null=True, blank=True)
    misses_no_school = models.BooleanField("would rather miss no school", default=False)
    # Of a held course, or of a booked one for which other days are held to move it there.
    held_until = models.DateTimeField("held until", null=True, blank=True)
    held_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="held by"
    )
    repeat_weeks = models.PositiveSmallIntegerField(
        "weeks until a repeat may be needed",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(156)],
    )
    review_on = models.DateField("review due", null=True, blank=True)
    early_because = models.CharField(
        "why it may come before the plan’s interval is over", max_length=300, blank=True
    )
    # The rules that somebody let it break where it stands now, as [rule, day, who]; why: `RuleOverride`.
    overridden = models.JSONField("rules broken by permission", default=list, blank=True, editable=False)
    # The link with courses of other children, as long as it is in force.
    shared = models.ForeignKey(
        SharedDays, null=True, editable=False, on_delete=models.PROTECT, related_name="courses"
    )
    # Booked elsewhere and moved in (`booking/unsent.py`): until the family is told, nothing goes by itself.
    is_unsent = models.BooleanField("nothing was sent to the family yet", default=False, editable=False)
    cancel_reason = models.CharField("why it was cancelled", max_length=30, choices=CancelReason, blank=True)

    # False of a course that was read with its absence, so that nothing more is asked.
    has_impossible_dates = True
    # Set by `unit.lock.lock_course`: its sessions and the child's other live ones, as they stood then.
    when_locked: "Sequence[Session]" = ()

    objects = CourseQuerySet.as_manager()

    class Meta:
        ordering = ["-agreed_at", "-pk"]
        indexes = [
            models.Index(
                fields=["unit", "held_until"],
                name="holds_to_lapse",
                condition=Q(held_until__isnull=False),
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
                | Q(status__in=[CourseStatus.WAITING, CourseStatus.CANCELLED], held_until__isnull=True)
                | Q(status__in=[CourseStatus.BOOKED, CourseStatus.COMPLETED, CourseStatus.PART_GIVEN]),
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
            models.CheckConstraint(
                condition=Q(paused_on__isnull=True, paused_until__isnull=True, pause_reason="")
                | Q(paused_on__isnull=False, paused_until__isnull=False, paused_on__lte=F("paused_until"))
                & ~Q(pause_reason=""),
                name="a_pause_has_a_reason_and_an_end",
            ),
        ]

    def __str__(self) -> str:
        return f"Course of {self.patient}"

    def get_absolute_url(self) -> str:
        return reverse("scheduling:show_course", args=[self.pk])

    @cached_property
    def needs(self) -> tuple[Need, ...]:
        """What the child needs that the unit has on its list. Prefetch `patient__visit_needs` to ask often.

        Asks nothing if the unit has no list.
        """
        if not self.unit.has_needs:
            return ()
        # So that the child itself knows them from now on, for the words about it.
        prefetch_related_objects([self.patient], "visit_needs")
        needs = self.patient.visit_needs.all()
        return tuple(need for need in needs if need.unit_id == self.unit_id and need.in_use)

    @property
    def live_sessions(self) -> list[Session]:
        """The sessions that count as its days, first day first. Prefetch `sessions` to ask often."""
        return [s for s in self.sessions.all() if s.status in LIVE]

    @property
    def is_split(self) -> bool:
        """Whether it is booked, or was given, on fewer days than agreed or not on days in a row."""
        return self.is_split_on([session.day for session in self.live_sessions])

    def is_split_on(self, days: Sequence[date]) -> bool:
        """The same as `is_split`, given the days of its live sessions, first day first."""
        if self.status in (CourseStatus.WAITING, CourseStatus.HELD, CourseStatus.CANCELLED):
            return False
        return not days or tuple(days) != days_in_a_row(days[0], self.days)

    @property
    def days_to_place(self) -> int:
        """How many visits a search has to find: as many as agreed, or as are left of a split course."""
        return (self.is_split and len(self.live_sessions)) or self.days

    @property
    def impossible_ranges(self) -> list[DateRange]:
        """The dates it cannot be on, for this course only. Prefetch `impossible_dates` to ask often."""
        if not self.has_impossible_dates:
            return []
        return sorted({(row.first_day, row.last_day) for row in self.impossible_dates.all()})

    @property
    def version(self) -> str:
        """A fingerprint of its status and days. A page sends it back, so that later changes are noticed."""
        return self.version_on(self.live_sessions)

    def version_on(self, sessions: "Iterable[Session]") -> str:
        """The same, given its live sessions, first day first."""
        # In UTC, as rows come from the database; those that an act has just made may be in London's time.
        days = [(s.pk, s.status, s.sequence, f"{s.starts_at.astimezone(UTC):%Y%m%d%H%M}") for s in sessions]
        held = [row.pk for row in self.places_to_move_to]
        return fingerprint([self.status, *days, *held])

    def tell_from_now_on(self) -> None:
        """Somebody writes to the family, or tells it: what goes by itself goes about this course too."""
        if self.is_unsent:
            self.is_unsent = False
            self.save(update_fields=["is_unsent"])

    def is_lapsed(self, now: datetime) -> bool:
        """Whether a hold of its days is over, though nothing has released it yet."""
        return self.held_until is not None and self.held_until <= now

    @property
    def places_to_move_to(self) -> list["Booking"]:
        """The places held for moving this booked course, first day first. No query if none are, nor if
        `held_places` are prefetched."""
        if self.held_until is None or self.status == CourseStatus.HELD:
            return []
        if "held_places" in getattr(self, "_prefetched_objects_cache", {}):
            return sorted(self.held_places.all(), key=lambda place: place.starts_at)
        return list(self.held_places.select_related("chair").order_by("starts_at"))

    def overridden_on(self, day: date) -> list[tuple[str, str]]:
        """The rules broken on `day`, in words, and who allowed it; those of the course on its day 1."""
        return [(Soft(rule).label, who) for rule, on, who in self.overridden if on == day.isoformat()]

    @property
    def last_words(self) -> Any:
        """What the family last wrote on its page, with words; None if nothing."""
        return self.family_requests.exclude(says="").select_related("contact").first()

    @property
    def last_attempt(self) -> ContactAttempt | None:
        """The latest try to reach the family. Prefetch `contact_attempts` to ask often."""
        return next(iter(self.contact_attempts.all()), None)

    @property
    def is_first(self) -> bool:
        return self.reason == Reason.FIRST


class ImpossibleDates(models.Model):
    """Days the family cannot do, first and last included, for this course only. See also `ChildLimits`."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="impossible_dates")
    first_day = models.DateField()
    last_day = models.DateField()

    class Meta:
        ordering = ["first_day", "last_day", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(first_day__lte=F("last_day")), name="impossible_dates_end_after_they_begin"
            )
        ]

    def __str__(self) -> str:
        return f"{self.first_day} to {self.last_day}"
