"""Systems of the Trust that are told of visits, and the outbox of what they are told.

An event knows its child, course and visit by their keys alone, without a foreign key: so it neither blocks
nor follows the undoing of a booking, whose visits are deleted.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from scheduling.models.course import Course
from scheduling.models.status import WithStatus
from scheduling.models.task import Task
from scheduling.models.undo import UndoableAct
from scheduling.models.unit import Unit
from scheduling.models.watch import GONE_AFTER, WorkerBeat
from scheduling.states import WEBHOOK_MOVES, WebhookStatus

# An event in one of these is still to be delivered.
WEBHOOK_WAITS = (WebhookStatus.QUEUED, WebhookStatus.SENDING)


class EventType(models.TextChoices):
    """What a system is told, as its `type` says it."""

    BOOKED = "visit.booked", "Booked"
    MOVED = "visit.moved", "Moved"
    CANCELLED = "visit.cancelled", "Cancelled"
    ARRIVED = "visit.arrived", "Arrived"
    FINISHED = "visit.finished", "Finished"
    TAKEN_BACK = "visit.taken_back", "Taken back"
    TEST = "webhook.test", "Test"


# Those that one may ask for. A system is told what was taken back if it was told of that, and tests if asked.
ASKED_FOR = (
    EventType.BOOKED,
    EventType.MOVED,
    EventType.CANCELLED,
    EventType.ARRIVED,
    EventType.FINISHED,
)
# About a course as a whole: they wait, like the mails, for as long as their act can be undone.
OF_COURSES = (EventType.BOOKED, EventType.MOVED, EventType.CANCELLED)


def event_in_words(code: Any) -> str:
    return str(dict(EventType.choices).get(code, code))


class WebhookEndpoint(models.Model):
    """A system that is told, by the address that takes what it is told. Off, nothing is noted for it.

    events: of ASKED_FOR, without any none. units: none for all there are, now and later. since: of what
    happened before it is told nothing. The two secrets are sealed; both sign until `former_until`.
    """

    name = models.CharField("name of the system", max_length=80, unique=True)
    address = models.CharField("address", max_length=500)
    events = models.JSONField("what it is told", default=list)
    units = models.ManyToManyField(Unit, related_name="webhook_endpoints", blank=True)
    sealed_secret = models.CharField(max_length=300)
    former_sealed = models.CharField(max_length=300, blank=True)
    former_until = models.DateTimeField("earlier secret signs until", null=True, blank=True)
    is_on = models.BooleanField("switched on", default=True)
    off_because = models.CharField("why it is switched off", max_length=200, blank=True)
    since = models.DateTimeField("told of what happens since", default=timezone.now)

    IN_WORDS = {"events": event_in_words}

    class Meta:
        verbose_name = "system that is told"
        verbose_name_plural = "systems that are told"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("scheduling:show_webhook", args=[self.pk])


class WebhookProgress(models.Model):
    """How far the worker is with a system: beside its row, which people change.

    read_to: the number in the chain of the log of acts up to which its acts were read. failures: attempts in
    a row that failed. rests_until: nothing is tried before. task: asks somebody to see to it.
    """

    endpoint = models.OneToOneField(
        WebhookEndpoint, models.CASCADE, primary_key=True, related_name="progress"
    )
    read_to = models.BigIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    rests_until = models.DateTimeField(null=True)
    task = models.ForeignKey(Task, models.SET_NULL, null=True, related_name="+")


class WebhookEventQuerySet(models.QuerySet["WebhookEvent"]):
    def due(self, now: datetime, stale: datetime) -> "WebhookEventQuerySet":
        """What is to be delivered now, oldest first: queued and due, or claimed by a worker that is gone.

        Not what an earlier event about the same course has to come before, nor what an act that can still be
        undone is behind. A worker is gone if its heartbeat stopped; one without a heartbeat, if it claimed
        before `stale`.
        """
        earlier = self.model._default_manager.filter(
            endpoint=OuterRef("endpoint"),
            course_id=OuterRef("course_id"),
            pk__lt=OuterRef("pk"),
            status__in=WEBHOOK_WAITS,
        )
        may_be_undone = UndoableAct.objects.with_mails(now).filter(course=OuterRef("course_id"))
        gone = Q(claimed_at__lt=now - GONE_AFTER) & ~Q(claimed_by="")
        gone &= ~Exists(WorkerBeat.objects.running(now).filter(name=OuterRef("claimed_by")))
        return (
            self.filter(
                Q(status=WebhookStatus.QUEUED, next_attempt_at__lte=now)
                | Q(gone | Q(claimed_at__lt=stale), status=WebhookStatus.SENDING)
            )
            .filter(~Exists(earlier))
            .exclude(Exists(may_be_undone), type__in=OF_COURSES)
            .order_by("pk")
        )

    def about_protected(self) -> "WebhookEventQuerySet":
        """Those about a child of whom nothing may leave, its record being restricted or sensitive."""
        protected = Q(patient__restricted=True) | Q(patient__sensitive=True)
        return self.filter(Exists(Course.objects.filter(protected, pk=OuterRef("course_id"))))


class WebhookEvent(WithStatus):
    """One thing that one system is told, as the bytes that are sent, with the same webhook-id each time.

    act_id: the row of the log that it was made from; none for a test. at: when it happened. tried_at: when it
    was last tried, replays too. answered: the HTTP status of the last answer, None if there was none.
    """

    moves = WEBHOOK_MOVES
    # As of a mail: a worker that was given up for dead must not overwrite what the next one did.
    compared = ("status", "claimed_at", "attempts")

    endpoint = models.ForeignKey(WebhookEndpoint, models.CASCADE, related_name="outbox")
    type = models.CharField("what happened", max_length=20, choices=EventType)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    act_id = models.BigIntegerField(null=True)
    patient_id = models.BigIntegerField(null=True)
    course_id = models.BigIntegerField(null=True)
    session_id = models.BigIntegerField(null=True)
    webhook_id = models.CharField(max_length=60, unique=True)
    at = models.DateTimeField("when it happened")
    payload = models.BinaryField()
    status = models.CharField(max_length=10, choices=WebhookStatus, default=WebhookStatus.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    claimed_by = models.CharField(max_length=100, blank=True)
    answered = models.PositiveSmallIntegerField(null=True)
    problem = models.CharField(max_length=300, blank=True)
    done_at = models.DateTimeField(null=True)

    objects = WebhookEventQuerySet.as_manager()

    class Meta:
        verbose_name = "event"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["endpoint", "status", "id"], name="webhooks_to_deliver"),
            models.Index(fields=["endpoint", "course_id", "id"], name="webhooks_of_a_course"),
        ]
        constraints = [
            models.UniqueConstraint("endpoint", "act_id", "type", name="an_act_is_told_once"),
            models.CheckConstraint(
                condition=Q(status=WebhookStatus.SENDING, claimed_at__isnull=False)
                | (~Q(status=WebhookStatus.SENDING) & Q(claimed_at__isnull=True)),
                name="a_claimed_webhook_says_since_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_type_display()}, {self.webhook_id}"

    @property
    def waits(self) -> bool:
        return self.status in WEBHOOK_WAITS

    @property
    def can_be_replayed(self) -> bool:
        """Not what was withheld: it was no longer so, or is not to leave."""
        return self.status in (WebhookStatus.TAKEN, WebhookStatus.FAILED)


# How long an event is kept once nothing more is tried: so long it can be replayed.
EVENTS_KEPT = timedelta(days=30)
