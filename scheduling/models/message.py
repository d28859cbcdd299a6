"""Everything sent to a family, kept exactly as it was sent, and the state of its sending."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from crmo_clinic.nhsuk import phone
from patients.constraints import UniqueByHash
from patients.models import Contact
from scheduling.models.course import Course
from scheduling.models.packed import PackedBytes
from scheduling.models.session import Session
from scheduling.models.status import WithStatus
from scheduling.models.watch import GONE_AFTER, WorkerBeat
from scheduling.states import MESSAGE_MOVES, UNREACHED, MessageStatus, SessionStatus


class MessageKind(models.TextChoices):
    """What a message is about. The first two carry a calendar entry (RFC 5546): REQUEST and CANCEL."""

    INVITE = "invite", "Invite"
    CANCELLATION = "cancellation", "Cancellation"
    REMINDER = "reminder", "Reminder"
    BETWEEN = "between", "Between the days"
    DAY_AFTER = "day_after", "Day after the course"
    DAY_3 = "day_3", "Third day after the course"
    PAGE = "page", "Address of the family’s page"
    OFFER = "offer", "Days offered"


CALENDAR_KINDS = (MessageKind.INVITE, MessageKind.CANCELLATION)


class Channel(models.TextChoices):
    """How a message is sent."""

    EMAIL = "email", "Email"
    TEXT = "text", "Text message"


# `only_once` begins with this in a mail that gives a new address of the family's page.
NEW_ADDRESS = "address:"
# Messages that are still to be sent.
WAITS = [MessageStatus.QUEUED, MessageStatus.SENDING]
# A mail is usually sent within seconds. After this long it is no longer relied on.
LATE = timedelta(hours=1)
# Messages that were sent, whatever became of them.
WAS_SENT = [MessageStatus.SENT, MessageStatus.RETURNED]


class MessageQuerySet(models.QuerySet["Message"]):
    def due(self, now: datetime, stale: datetime) -> "MessageQuerySet":
        """Messages to send now: queued and due, or claimed by a worker that is gone.

        A worker is gone if its heartbeat stopped; one without a heartbeat, if it claimed before `stale`.
        What a later mail has replaced is due at once, whenever it was to be tried again: it is only to be
        withheld, and the later one, which may be a cancellation, waits for that.
        """
        replaced = self.model._default_manager.replacing(
            session=OuterRef("session"), address=OuterRef("to_address"), after=OuterRef("pk")
        )
        gone = Q(claimed_at__lt=now - GONE_AFTER) & ~Q(claimed_by="")
        gone &= ~Exists(WorkerBeat.objects.running(now).filter(name=OuterRef("claimed_by")))
        return self.filter(
            Q(status=MessageStatus.QUEUED, next_attempt_at__lte=now)
            | Q(Exists(replaced), status=MessageStatus.QUEUED, kind__in=CALENDAR_KINDS)
            | Q(gone | Q(claimed_at__lt=stale), status=MessageStatus.SENDING)
        ).order_by("pk")

    def replacing(
        self, *, session: int | OuterRef | None, address: str | OuterRef, after: int | OuterRef
    ) -> "MessageQuerySet":
        """Later mails that change the same calendar entry: those after the mail with the key `after`."""
        later = self.filter(
            session=session, to_address__iexact=address, kind__in=CALENDAR_KINDS, pk__gt=after
        )
        return later.exclude(status=MessageStatus.WITHHELD, attempts=0)

    def late(self, now: datetime) -> "MessageQuerySet":
        """Calendar mails that have waited for over an hour, so their contacts may not know yet."""
        return self.filter(kind__in=CALENDAR_KINDS, status__in=WAITS, created_at__lt=now - LATE)

    def to_ring_about(self, now: datetime) -> "MessageQuerySet":
        """Mails about a visit to come that did not arrive, and that no later mail to the contact replaced.

        Only mails that change a calendar count: a notice makes no visit known, so it is neither missed itself
        nor makes up for a mail that is.
        """
        calendar_mails = self.model._default_manager.filter(kind__in=CALENDAR_KINDS)
        later = calendar_mails.filter(
            session=OuterRef("session"), contact=OuterRef("contact"), pk__gt=OuterRef("pk")
        )
        return self.filter(
            ~Exists(later),
            kind__in=CALENDAR_KINDS,
            status__in=UNREACHED,
            session__ends_at__gt=now,
        ).select_related("course__patient", "contact")

    def that_told(
        self, sessions: Iterable[Session], *, before_act_of: "Message | None" = None
    ) -> "MessageQuerySet":
        """What calendars were told of these sessions, oldest first.

        The mails that change a calendar, without the bytes. One withheld and never tried told nobody.
        before_act_of: only those queued before the act that queued this mail.
        """
        mails = self.filter(session__in=[session.pk for session in sessions], kind__in=CALENDAR_KINDS)
        mails = mails.exclude(status=MessageStatus.WITHHELD, attempts=0)
        if before_act_of:
            mails = mails.filter(pk__lt=before_act_of.pk).exclude(created_at=before_act_of.created_at)
        return mails.defer("mime").order_by("pk")


class Message(WithStatus):
    """One mail or text message to one contact, as bytes: about one session, or about a course as a whole.

    Only those of CALENDAR_KINDS change a calendar: they have a session, and its SEQUENCE as it was then.
    """

    moves = MESSAGE_MOVES
    # The claim too: a worker that was given up for dead must not overwrite the status set by the next one.
    compared = ("status", "claimed_at", "attempts")

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="messages")
    session = models.ForeignKey(Session, null=True, on_delete=models.PROTECT, related_name="messages")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="messages")
    kind = models.CharField(max_length=12, choices=MessageKind)
    channel = models.CharField(max_length=5, choices=Channel, default=Channel.EMAIL)
    sequence = models.PositiveIntegerField(default=0)
    from_address = models.EmailField(blank=True)
    # An email address, or the number a text message goes to.
    to_address = models.CharField(max_length=254)
    subject = models.CharField(max_length=150)
    message_id = models.CharField(max_length=150)
    # Packed as it is stored; whoever reads it gets the bytes that were sent all the same.
    mime = PackedBytes()
    # Mails of earlier versions are not, until the worker has come by (`telling/packing.py`).
    is_packed = models.BooleanField(default=True)
    # Empty where the message carries no advice.
    advice_version = models.CharField(max_length=80, blank=True)
    # A text that only one message may have, such as for the reminder of one session to one address.
    only_once = models.CharField(max_length=120, null=True, blank=True)  # noqa: DJ001
    # Of a notice that names more visits than its own: each as [session, its SEQUENCE then].
    also_names = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    status = models.CharField(max_length=10, choices=MessageStatus, default=MessageStatus.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    claimed_at = models.DateTimeField(null=True, blank=True)
    # The heartbeat of the worker that claimed it last (WorkerBeat); empty where it has none.
    claimed_by = models.CharField(max_length=100, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(
                F("created_at"),
                name="messages_to_pack",
                condition=Q(is_packed=False),
            ),
            models.Index(
                F("next_attempt_at"),
                name="messages_to_send",
                condition=Q(status__in=WAITS),
            ),
            # SQLite uses no conditional index for `status IN (…)`, and whether any mail waits is asked often.
            models.Index(fields=["status"], name="messages_by_status"),
        ]
        constraints = [
            UniqueByHash(fields=["message_id"], name="one_message_an_id"),
            # Most have none, which then stand in no index.
            models.UniqueConstraint(
                fields=["only_once"], condition=Q(only_once__isnull=False), name="one_message_an_occasion"
            ),
            models.CheckConstraint(
                condition=Q(status__in=WAS_SENT, sent_at__isnull=False)
                | (~Q(status__in=WAS_SENT) & Q(sent_at__isnull=True)),
                name="a_sent_message_says_when",
            ),
            models.CheckConstraint(
                condition=Q(status=MessageStatus.SENDING, claimed_at__isnull=False)
                | (~Q(status=MessageStatus.SENDING) & Q(claimed_at__isnull=True)),
                name="a_claim_says_since_when",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=CALENDAR_KINDS)
                | Q(session__isnull=False, channel=Channel.EMAIL) & ~Q(from_address=""),
                name="a_calendar_mail_is_about_a_visit",
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    def replaced_by(self) -> "Message | None":
        """The latest of the later calendar mails about its session to its address; None if there is none."""
        mails = Message.objects.replacing(session=self.session_id, address=self.to_address, after=self.pk)
        return mails.last()

    @property
    def told_calendar(self) -> bool:
        """Whether a calendar was told by it, as `that_told` asks."""
        never_left = self.status == MessageStatus.WITHHELD and not self.attempts
        return self.kind in CALENDAR_KINDS and not never_left

    def is_late(self, now: datetime) -> bool:
        """Whether it has waited for over an hour."""
        return self.status in WAITS and self.created_at < now - LATE

    @property
    def shown_address(self) -> str:
        """Where it went, as people read it: the number of a text message in groups."""
        return phone.shown(self.to_address) if self.channel == Channel.TEXT else self.to_address

    @property
    def is_notice(self) -> bool:
        """Whether it changes no calendar. Such a message can wait, and goes out of date."""
        return self.kind not in CALENDAR_KINDS

    @property
    def is_withdrawal(self) -> bool:
        """Whether it only takes the visit out of the calendar at its address, while the visit stood. It says
        nothing of the visit."""
        if self.kind != MessageKind.CANCELLATION:
            return False
        is_off = self.session.status == SessionStatus.CANCELLED
        return not is_off or self.sequence < self.session.sequence

    @property
    def what(self) -> str:
        """What it is, in words."""
        return "Invite withdrawn" if self.is_withdrawal else self.get_kind_display()

    @property
    def tells_new_address(self) -> bool:
        """Whether it only gives a new address of the family's page."""
        return (self.only_once or "").startswith(NEW_ADDRESS)

    @property
    def gives_no_advice(self) -> bool:
        """Whether it never carries advice: text messages, and mails without a visit to give advice for."""
        return self.channel == Channel.TEXT or self.kind in (MessageKind.PAGE, MessageKind.CANCELLATION)

    def get_absolute_url(self) -> str:
        return reverse("scheduling:show_message", args=[self.pk])
