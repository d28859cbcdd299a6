"""Messages about people that the hospital's records system sent (HL7 v2 ADT), and what became of each."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from patients.models import Patient
from scheduling.models.course import Course
from scheduling.states import CourseStatus

# What each event means, as staff read it.
EVENTS = {"A28": "Person added", "A31": "Details changed", "A40": "Two records made one"}
# Of a child's courses a task is about the first of these states that there is.
FIRST = (CourseStatus.BOOKED, CourseStatus.HELD, CourseStatus.WAITING)


class AdtState(models.TextChoices):
    """What became of a message."""

    RECEIVED = "received", "To be looked at"
    CHANGED = "changed", "Changed"
    NOTHING = "nothing", "Nothing to change"
    QUESTION = "question", "A question"
    NOT_OURS = "not_ours", "Not ours"
    DOUBLE = "double", "Same number, other words"
    UNREADABLE = "unreadable", "Could not be read"
    FAILED = "failed", "Could not be applied"


class AdtMessage(models.Model):
    """One message, stored whole before it is acknowledged.

    digest: of its bytes. happened_at: when it became so at the hospital (EVN-2, else MSH-7), never later than
    it came. raw: its bytes; emptied after some weeks, and at once if it is about nobody here. says: what it
    changed and why not, a sentence a line. questions: what a person has to decide, each with `about` and
    `says`. is_taken: its words were taken as what the hospital's records say of the child.
    """

    received_at = models.DateTimeField("received", default=timezone.now, db_index=True)
    came_from = models.CharField("from where", max_length=200)
    application = models.CharField("sending application", max_length=200, blank=True)
    facility = models.CharField("sending facility", max_length=200, blank=True)
    control_id = models.CharField("its number", max_length=200, blank=True)
    digest = models.CharField(max_length=64)
    event = models.CharField("what happened", max_length=10, blank=True)
    happened_at = models.DateTimeField("when it became so")
    raw = models.BinaryField(blank=True, default=b"")
    state = models.CharField("state", max_length=10, choices=AdtState, default=AdtState.RECEIVED)
    says = models.TextField("what became of it", blank=True)
    questions: Any = models.JSONField(default=list)
    is_taken = models.BooleanField(default=False)
    patient = models.ForeignKey(Patient, null=True, on_delete=models.PROTECT, related_name="adt_messages")
    # Of two records that the hospital made one: the other.
    other = models.ForeignKey(Patient, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name = "message of the hospital’s records"
        verbose_name_plural = "messages of the hospital’s records"
        ordering = ["-received_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["control_id", "digest", "application", "facility"], name="a_message_is_kept_once"
            )
        ]
        indexes = [
            models.Index(fields=["id"], name="adt_to_apply", condition=Q(state=AdtState.RECEIVED)),
        ]

    def __str__(self) -> str:
        return EVENTS.get(self.event, f"Message ({self.event})" if self.event else "Message")

    def get_absolute_url(self) -> str:
        return reverse("scheduling:show_adt", args=[self.pk])

    @property
    def sentences(self) -> list[str]:
        return self.says.splitlines()

    @property
    def course(self) -> Course | None:
        """The course that a task about it stands beside: one to come, else the child's latest. One query."""
        if self.patient is None:
            return None
        courses = list(self.patient.courses.select_related("unit").order_by("-pk"))
        to_come = [course for status in FIRST for course in courses if course.status == status]
        return next(iter([*to_come, *courses]), None)

    @property
    def namesakes(self) -> models.QuerySet["AdtMessage"]:
        """Other messages of its sender with its number."""
        its_name = {name: getattr(self, name) for name in ("control_id", "application", "facility")}
        return AdtMessage.objects.filter(**its_name).exclude(pk=self.pk)

    @property
    def may_be_tried(self) -> bool:
        """Whether somebody may have it applied (again)."""
        states = (AdtState.FAILED, AdtState.UNREADABLE, AdtState.DOUBLE, AdtState.QUESTION)
        return bool(self.raw) and self.state in states

    @property
    def origin(self) -> str:
        """`message 4711 of PAS, RXX`: how the log names it."""
        sender = ", ".join(filter(None, (self.application, self.facility)))
        number = f" {self.control_id}" if self.control_id else ""
        return f"message{number} of {sender or 'the hospital’s records'}"
