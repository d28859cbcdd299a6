"""Everything sent to a family, kept exactly as it was sent, and the state of its sending."""

from collections.abc import Iterable
from datetime import datetime

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from patients.models import Contact
from scheduling.models.course import Course
from scheduling.models.session import Session
from scheduling.models.status import WithStatus
from scheduling.states import MESSAGE_MOVES, MessageStatus


class Method(models.TextChoices):
    """What the mail does to the family's calendar (RFC 5546)."""

    REQUEST = "REQUEST", "Invite"
    CANCEL = "CANCEL", "Cancellation"


class MessageQuerySet(models.QuerySet["Message"]):
    def due(self, now: datetime, stale: datetime) -> "MessageQuerySet":
        """Queued and their time has come, or claimed before `stale` by a worker that is gone."""
        return self.filter(
            Q(status=MessageStatus.QUEUED, next_attempt_at__lte=now)
            | Q(status=MessageStatus.SENDING, claimed_at__lt=stale)
        ).order_by("pk")

    def to_ring_about(self, now: datetime) -> "MessageQuerySet":
        """Mails that could not be sent about a visit to come, and that no later mail has made good."""
        later = self.model._default_manager.filter(
            session=OuterRef("session"), contact=OuterRef("contact"), pk__gt=OuterRef("pk")
        )
        return self.filter(
            ~Exists(later), status=MessageStatus.FAILED, session__ends_at__gt=now
        ).select_related("course__patient", "contact")

    def last_to_each_address(self, sessions: Iterable[Session]) -> dict[int, dict[str, "Message"]]:
        """What each address was told last, by session and address in small letters, without the bytes.

        A mail withheld and never tried told nobody.
        """
        last: dict[int, dict[str, Message]] = {session.pk: {} for session in sessions}
        told = self.filter(session__in=last).exclude(status=MessageStatus.WITHHELD, attempts=0)
        for message in told.defer("mime").order_by("pk"):
            last[message.session_id][message.to_address.casefold()] = message
        return last


class Message(WithStatus):
    """One mail to one contact about one session, as bytes."""

    moves = MESSAGE_MOVES

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="messages")
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="messages")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="messages")
    method = models.CharField(max_length=10, choices=Method)
    sequence = models.PositiveIntegerField()
    from_address = models.EmailField()
    to_address = models.EmailField()
    subject = models.CharField(max_length=150)
    message_id = models.CharField(max_length=150, unique=True)
    mime = models.BinaryField()
    advice_version = models.CharField(max_length=40)
    created_at = models.DateTimeField(default=timezone.now)

    status = models.CharField(max_length=10, choices=MessageStatus, default=MessageStatus.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(
                F("next_attempt_at"),
                name="messages_to_send",
                condition=Q(status__in=[MessageStatus.QUEUED, MessageStatus.SENDING]),
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status=MessageStatus.SENT, sent_at__isnull=False)
                | (~Q(status=MessageStatus.SENT) & Q(sent_at__isnull=True)),
                name="a_sent_message_says_when",
            ),
            models.CheckConstraint(
                condition=Q(status=MessageStatus.SENDING, claimed_at__isnull=False)
                | (~Q(status=MessageStatus.SENDING) & Q(claimed_at__isnull=True)),
                name="a_claim_says_since_when",
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    def get_absolute_url(self) -> str:
        return reverse("scheduling:show_message", args=[self.pk])
