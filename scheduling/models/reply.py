"""What came back from families: answers to invites, and the mails that a person has to read."""

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from patients.models import Contact
from scheduling.models.course import Course
from scheduling.models.session import Session


class Answer(models.TextChoices):
    """The answer to an invite (PARTSTAT, RFC 5545 section 3.2.12)."""

    ACCEPTED = "ACCEPTED", "Can come"
    TENTATIVE = "TENTATIVE", "Perhaps"
    DECLINED = "DECLINED", "Cannot come"


class Source(models.TextChoices):
    """Where an answer was given."""

    CALENDAR = "calendar", "In their calendar"
    PAGE = "page", "On their page"


class ReplyQuerySet(models.QuerySet["Reply"]):
    def counting(self) -> "ReplyQuerySet":
        """For each contact and session the reply that counts, with both loaded. One query.

        It may answer a time that the session no longer has: ask `is_stale`.
        """
        same, sequence, stamp = Q(sequence=OuterRef("sequence")), OuterRef("sequence"), OuterRef("stamp")
        later = self.model._default_manager.filter(
            Q(sequence__gt=sequence)
            | same & Q(stamp__gt=stamp)
            | same & Q(stamp=stamp, pk__gt=OuterRef("pk")),
            session=OuterRef("session"),
            contact=OuterRef("contact"),
        )
        return self.filter(~Exists(later)).select_related("session", "contact")


class Reply(models.Model):
    """One answer of one contact to one session. The one with the highest (sequence, stamp) counts.

    sequence: the revision of the session it answers; below the session's own, the visit has moved since.
    stamp: when it was given (DTSTAMP), never in the future.
    """

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="replies")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="replies")
    answer = models.CharField("answer", max_length=10, choices=Answer)
    source = models.CharField("given", max_length=8, choices=Source)
    sequence = models.PositiveIntegerField()
    stamp = models.DateTimeField()
    received_at = models.DateTimeField(default=timezone.now)
    comment = models.CharField(max_length=500, blank=True)

    objects = ReplyQuerySet.as_manager()

    class Meta:
        ordering = ["session", "contact", "-sequence", "-stamp", "-pk"]
        indexes = [models.Index(fields=["session", "contact"], name="replies_to_a_session")]

    def __str__(self) -> str:
        return f"{self.contact}: {self.get_answer_display()}"

    @property
    def is_stale(self) -> bool:
        """Whether it answers a time that the session no longer has."""
        return self.sequence < self.session.sequence


class MailOutcome(models.TextChoices):
    """What was done with a mail that came in."""

    REPLY = "reply", "Answer to an invite"
    BOUNCE = "bounce", "A mail of ours came back"
    IGNORED = "ignored", "Automatic, nothing to do"
    TO_READ = "to_read", "For a person to read"


class IncomingMail(models.Model):
    """One mail found in the mailbox, taken once. Its bytes are personal: deleted after KEEP_MAILS_DAYS."""

    message_id = models.CharField(max_length=255, unique=True)
    received_at = models.DateTimeField(default=timezone.now, db_index=True)
    from_address = models.CharField(max_length=254, blank=True)
    outcome = models.CharField(max_length=8, choices=MailOutcome)
    why = models.CharField("why", max_length=300, blank=True)
    course = models.ForeignKey(Course, null=True, on_delete=models.PROTECT, related_name="incoming_mails")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.PROTECT, related_name="incoming_mails")
    reply = models.OneToOneField(Reply, null=True, on_delete=models.PROTECT, related_name="mail")
    mime = models.BinaryField(blank=True, default=b"")

    class Meta:
        ordering = ["-received_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(outcome=MailOutcome.REPLY) | Q(reply__isnull=False),
                name="a_mail_taken_as_an_answer_has_it",
            )
        ]

    def __str__(self) -> str:
        return self.get_outcome_display()

    def get_absolute_url(self) -> str:
        return reverse("scheduling:show_mail", args=[self.pk])
