"""Drafts of plans: days proposed for many courses, nothing of it booked, and what became of each line."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from patients.models import User
from scheduling.models.course import Course
from scheduling.models.status import WithStatus
from scheduling.models.unit import Unit
from scheduling.rules import Visit
from scheduling.states import DRAFT_MOVES, USABLE_DRAFT, DraftStatus


class DraftKind(models.TextChoices):
    PLAN = "plan", "Plan from the waiting list"
    REPLAN = "replan", "New days for booked courses"
    WHAT_IF = "what_if", "What if"


class LeftOutWhy(models.TextChoices):
    """Why a course has no days in a draft. The first three are the planner's answers."""

    NO_DAY = "no-day", "No day has room for it, even alone"
    CROWDED = "crowded", "Others have the room"
    NOT_DECIDED = "not-decided", "The work was stopped early"
    PAUSED = "paused", "Paused"
    SHARED = "shared", "Shares its days with another child"
    NOT_NOW = "not-now", "Not now"
    PERSON = "person", "A person decides first"


class Decide(models.TextChoices):
    """What a person decided about one line of a draft. The next plan keeps to all but NONE."""

    NONE = "", "Nothing yet"
    KEEP = "keep", "Keep this"
    KEEP_DAYS = "keep_days", "Keep the days"
    OTHER_DAYS = "other_days", "Other days"
    NOT_NOW = "not_now", "Not now"


class Accept(models.TextChoices):
    """How a line is to be made real."""

    HOLD = "hold", "Hold"
    BOOK = "book", "Book"
    MOVE = "move", "Move"


class Outcome(models.TextChoices):
    """What came of accepting a line; final but for REFUSED, which may be accepted again."""

    NONE = "", "Not accepted"
    HELD = "held", "Held"
    BOOKED = "booked", "Booked"
    MOVED = "moved", "Moved"
    REFUSED = "refused", "Refused"


class DraftQuerySet(models.QuerySet["Draft"]):
    def with_proposal(self) -> "DraftQuerySet":
        """Drafts that propose something: finished, or stopped by a person."""
        return self.filter(status__in=USABLE_DRAFT)


class Draft(WithStatus):
    """One run of the planner for a unit, and what it proposed.

    settings: what was asked, as `booking.drafts` writes it; keys, numbers and dates, and no names. figures:
    what the pages show before and after. fingerprint: of everything the planner was given; solver: its name
    and version. value, bound, preferences: as in `scheduling.planner.Plan`, points. share: of the work, 0 to
    1. heartbeat: when the process that works was last known to answer. stop_asked: a person wants the best so
    far. happened: for a status that is over, a sentence of what happened. again_from: the draft that this one
    plans again. option: of a re-plan, which of its proposals is shown.
    """

    moves = DRAFT_MOVES

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="drafts")
    kind = models.CharField("kind", max_length=8, choices=DraftKind, default=DraftKind.PLAN)
    status = models.CharField("status", max_length=10, choices=DraftStatus, default=DraftStatus.WAITING)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="asked by")
    asked_at = models.DateTimeField("asked at", default=timezone.now)
    first_day = models.DateField("first day")
    last_day = models.DateField("last day")
    settings = models.JSONField(default=dict)
    again_from = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="again"
    )

    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    stop_asked = models.BooleanField(default=False)
    stage = models.CharField(max_length=10, blank=True)
    share = models.FloatField(default=0)
    value = models.BigIntegerField(null=True, blank=True)
    bound = models.BigIntegerField(null=True, blank=True)
    preferences = models.BigIntegerField(null=True, blank=True)
    cut_short = models.BooleanField(default=False)
    solver = models.CharField(max_length=60, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    figures = models.JSONField(default=dict)
    happened = models.CharField(max_length=300, blank=True)
    option = models.PositiveSmallIntegerField(default=0)

    objects = DraftQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        indexes = [
            # What the worker looks for in each round.
            models.Index(
                fields=["status", "asked_at"],
                name="drafts_to_work_out",
                condition=Q(status__in=["waiting", "working"]),
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(first_day__lte=F("last_day")), name="a_draft_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["waiting", "working"], ended_at__isnull=True)
                | (~Q(status__in=["waiting", "working"]) & Q(ended_at__isnull=False) & ~Q(happened="")),
                name="a_draft_that_is_over_says_what_happened",
            ),
        ]

    def __str__(self) -> str:
        return f"Draft {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("scheduling:show_draft", args=[self.pk])

    @property
    def is_over(self) -> bool:
        return self.status not in (DraftStatus.WAITING, DraftStatus.WORKING)

    @property
    def has_proposal(self) -> bool:
        return self.status in USABLE_DRAFT

    @property
    def better_percent(self) -> float | None:
        """How much of its cost any other plan could save at most, in per cent; None if not known."""
        if self.value is None or self.bound is None:
            return None
        return max(0.0, 100 * (self.value - self.bound) / max(1, self.value))


class DraftMoveQuerySet(models.QuerySet["DraftMove"]):
    def shown(self) -> "DraftMoveQuerySet":
        """The lines of the proposal that each draft shows."""
        return self.filter(option=F("draft__option"))

    def to_do(self) -> "DraftMoveQuerySet":
        """Lines that a person has accepted and nobody has done yet, in the order in which they are done."""
        return self.filter(outcome=Outcome.NONE).exclude(accepted="").order_by("accepted_at", "number", "pk")


class DraftMove(models.Model):
    """One course in a draft: the days proposed, or why it is left out; what was decided, what came of it.

    option: of a re-plan, which of its proposals it belongs to; 0 else. visits: as `unit.matches.to_json`
    writes them; none if it is left out. stood: in a re-plan, where the course stood. must_move: it could not
    stay there. seen: the course's `version` when it was planned. weight, due, alone, days_late: as in
    `scheduling.planner`. reasons: for its days, in words, as offers have them. times_left_out: how many
    plans in a row left it out, this one included. decision: a person's; `decided` visits belong to KEEP,
    KEEP_DAYS and OTHER_DAYS. accepted: how it is to be made real, by `accepted_by`; a hold until
    `hold_until`. outcome, refusal, next_offer: what came of it, and of a refusal why, and the next days that
    would do.
    """

    draft = models.ForeignKey(Draft, on_delete=models.PROTECT, related_name="lines")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="draft_lines")
    option = models.PositiveSmallIntegerField(default=0)
    number = models.PositiveSmallIntegerField()
    visits = models.JSONField(default=list, blank=True)
    stood = models.JSONField(default=list, blank=True)
    must_move = models.BooleanField(default=False)
    seen = models.CharField(max_length=64)
    weight = models.PositiveSmallIntegerField(default=1)
    due = models.DateField()
    alone = models.DateField(null=True, blank=True)
    days_late = models.PositiveSmallIntegerField(default=0)
    why = models.CharField(max_length=12, choices=LeftOutWhy, blank=True)
    sentence = models.CharField(max_length=500, blank=True)
    reasons = models.JSONField(default=list, blank=True)
    times_left_out = models.PositiveSmallIntegerField(default=0)

    decision = models.CharField(max_length=10, choices=Decide, blank=True)
    decided = models.JSONField(default=list, blank=True)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    accepted = models.CharField(max_length=4, choices=Accept, blank=True)
    accepted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField(null=True, blank=True)
    hold_until = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True)
    outcome_at = models.DateTimeField(null=True, blank=True)
    refusal = models.TextField(blank=True)
    next_offer = models.JSONField(default=list, blank=True)

    objects = DraftMoveQuerySet.as_manager()

    class Meta:
        verbose_name = "line of a draft"
        verbose_name_plural = "lines of a draft"
        ordering = ["draft", "option", "number", "pk"]
        indexes = [
            models.Index(
                fields=["accepted_at"],
                name="lines_to_make_real",
                condition=Q(outcome="") & ~Q(accepted=""),
            )
        ]
        constraints = [
            models.UniqueConstraint("draft", "option", "course", name="one_line_a_course_in_a_draft"),
            models.CheckConstraint(
                condition=Q(accepted="", accepted_by__isnull=True, accepted_at__isnull=True)
                | (~Q(accepted="") & Q(accepted_by__isnull=False, accepted_at__isnull=False)),
                name="an_accepted_line_says_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(outcome="", outcome_at__isnull=True)
                | (~Q(outcome="") & Q(outcome_at__isnull=False)),
                name="an_outcome_says_since_when",
            ),
        ]

    def __str__(self) -> str:
        return f"Line {self.number} of draft {self.draft_id}"

    @property
    def proposed(self) -> list[Visit]:
        """The days that it has in the draft: a person's choice, else the planner's; none if left out."""
        return _visits(self.decided or self.visits)

    @property
    def stood_at(self) -> list[Visit]:
        return _visits(self.stood)

    @property
    def offered_next(self) -> list[Visit]:
        """After a refusal, the next days that would do."""
        return _visits(self.next_offer)

    @property
    def is_left_out(self) -> bool:
        return not self.proposed or self.decision == Decide.NOT_NOW

    @property
    def is_done(self) -> bool:
        """Whether it was made real. Such a line is never changed again."""
        return self.outcome in (Outcome.HELD, Outcome.BOOKED, Outcome.MOVED)

    @property
    def is_open(self) -> bool:
        """Whether it can still be decided or accepted."""
        return not self.is_done and not (self.accepted and not self.outcome)


def _visits(rows: Sequence[Sequence[Any]]) -> list[Visit]:
    return [Visit(date.fromisoformat(day), *numbers) for day, *numbers in rows]
