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

        Of those to the latest revision answered it is the one that came last, whatever its sender's clock
        says.
        It may answer a time that is past: ask `is_stale`.
        """
        same, sequence, came = Q(sequence=OuterRef("sequence")), OuterRef("sequence"), OuterRef("received_at")
        later = self.model._default_manager.filter(
            Q(sequence__gt=sequence)
            | same & Q(received_at__gt=came)
            | same & Q(received_at=came, pk__gt=OuterRef("pk")),
            session=OuterRef("session"),
            contact=OuterRef("contact"),
        )
        return self.filter(~Exists(later)).select_related("session", "contact")


class Reply(models.Model):
    """One answer of one contact to one session. The one with the highest (sequence, received_at) counts.

    sequence: the revision of the session it answers; below the session's own it answers a time that is past.
    stamp: when it was given by the clock of its sender (DTSTAMP). received_at: when it came to our
    mailbox, or was given on our page. Neither is in the future.
    """

    # The index on session and contact, below, serves a look-up by session as well.
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="replies", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="replies")
    answer = models.CharField("answer", max_length=10, choices=Answer)
    source = models.CharField("given", max_length=8, choices=Source)
    sequence = models.PositiveIntegerField()
    stamp = models.DateTimeField()
    received_at = models.DateTimeField(default=timezone.now)
    comment = models.CharField(max_length=500, blank=True)

    objects = ReplyQuerySet.as_manager()

    class Meta:
        ordering = ["session", "contact", "-sequence", "-received_at", "-pk"]
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
    """One mail found in the mailbox, taken once. Its bytes are personal, and go after some weeks.

    message_id: its own, or one made of what it says if it has none or another mail has it. digest: of what it
    says, whoever carried it. received_at: when it came to the mailbox.
    """

    message_id = models.CharField(max_length=255, unique=True)
    digest = models.CharField(max_length=64, blank=True)
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


class MailboxProgress(models.Model):
    """How far a mailbox has been read, by the numbers its server gave the mails (RFC 9051 section 2.3.1.1).

    mailbox: whose it is, on which server, which folder. validity: the numbering that last_uid belongs to.
    left: numbers up to last_uid of mails that are still to be taken. since: when it was read first; what was
    in it then and had been opened is not taken.
    """

    mailbox = models.CharField(max_length=500, unique=True)
    validity = models.PositiveBigIntegerField()
    last_uid = models.PositiveBigIntegerField()
    left = models.JSONField(default=list)
    since = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.mailbox

    def is_to_take(self, uid: int) -> bool:
        """Whether nobody has taken that mail yet."""
        return uid > self.last_uid or uid in self.left
