"""What needs a person: one row for each thing to do, and who did it."""

from datetime import date
from typing import NamedTuple

from django.db import models
from django.db.models import Case, Count, F, OuterRef, Q, Subquery, TextField, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce
from django.urls import reverse
from django.utils import timezone

from patients.models import Contact, User
from patients.stale import fingerprint
from scheduling.models.adt_message import AdtMessage
from scheduling.models.course import Course
from scheduling.models.family import CheckIn, FamilyRequest
from scheduling.models.message import Message
from scheduling.models.reply import IncomingMail
from scheduling.models.session import Session
from scheduling.models.unit import Unit
from scheduling.states import LIVE


class TaskKind(models.TextChoices):
    """What happened that needs a person."""

    NOT_BROUGHT = "not_brought", "Was not brought"
    DAY_LOST = "day_lost", "A day was lost"
    MISFIT = "misfit", "No longer fits"
    MAIL_FAILED = "mail_failed", "Mail could not be sent"
    HOLD_LAPSED = "hold_lapsed", "Hold lapsed"
    FREED = "freed", "Place became free"
    PART_GIVEN = "part_given", "A day was given in part"
    DECLINED = "declined", "Family cannot come"
    MAIL_TO_READ = "mail_to_read", "Mail to read"
    CHANGE = "change", "Family asks for a change"
    UNWELL = "unwell", "Child unwell"
    PAIN_BACK = "pain_back", "The pain is back"
    DATES = "dates", "Days the family cannot do"
    CHECK_IN = "check_in", "How it went: to read"
    NOBODY_TOLD = "nobody_told", "Nobody may be written to"
    UNRECORDED = "unrecorded", "Visit not recorded"
    TEXT_DUE = "text_due", "Text to approve"
    OFFER = "offer", "Days offered to a family"
    DIED = "died", "The hospital says: has died"
    ADT = "adt", "The hospital’s records ask"
    HOOK_FAILED = "hook_failed", "Other system not told"


# Tasks for which somebody rings the family.
CALLS = (
    TaskKind.MAIL_FAILED,
    TaskKind.NOT_BROUGHT,
    TaskKind.HOLD_LAPSED,
    TaskKind.MISFIT,
    TaskKind.DECLINED,
    TaskKind.CHANGE,
    TaskKind.UNWELL,
    TaskKind.PAIN_BACK,
    TaskKind.NOBODY_TOLD,
    TaskKind.OFFER,
)


ABOUT_NOTHING_ELSE = {f"{name}__isnull": True for name in ("message", "mail", "request", "check_in", "adt")}


class Counted(NamedTuple):
    """Tasks of one kind, and the children they are about."""

    tasks: int = 0
    children: int = 0


def _visit_day() -> Coalesce:
    """The day of the visit a task is about, as ISO text: its own, the next of its course, or a free one; else
    the day it is due."""
    to_come = Session.objects.filter(
        course=OuterRef("course"), status__in=LIVE, day__gte=timezone.localdate()
    )
    next_day = Subquery(to_come.order_by("day").values("day")[:1])
    days = (Cast(day, TextField()) for day in (F("session__day"), next_day))
    return Coalesce(*days, KT("freed__0__0"), Cast("due_on", TextField()))


class TaskQuerySet(models.QuerySet["Task"]):
    def open(self) -> "TaskQuerySet":
        """Not done yet: a death before all else; then what is due, in the order of the visits it is about;
        then what is put off."""
        rank = Case(
            When(kind=TaskKind.DIED, then=0), When(due_on__gt=timezone.localdate(), then=2), default=1
        )
        return self.filter(done_at__isnull=True).order_by(rank, _visit_day(), "due_on", "pk")

    def done(self) -> "TaskQuerySet":
        """Done, the latest first."""
        return self.filter(done_at__isnull=False).order_by("-done_at", "-pk")

    def by_kind(self) -> dict[str, "Counted"]:
        """How many tasks of each kind there are, about how many children; kinds without any are left out."""
        counts = {"tasks": Count("pk"), "children": Count("course__patient", distinct=True)}
        rows = self.order_by().values_list("kind").annotate(**counts)
        return {kind: Counted(tasks, children) for kind, tasks, children in rows}

    def overdue(self, today: date) -> "TaskQuerySet":
        return self.open().filter(due_on__lt=today)


class Task(models.Model):
    """One thing to do. `says` is a sentence without names; the child is that of the course."""

    kind = models.CharField("kind", max_length=12, choices=TaskKind)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="tasks")
    course = models.ForeignKey(Course, null=True, on_delete=models.PROTECT, related_name="tasks")
    session = models.ForeignKey(Session, null=True, on_delete=models.PROTECT, related_name="tasks")
    message = models.ForeignKey(Message, null=True, on_delete=models.PROTECT, related_name="tasks")
    # Each of these has a task of its own, so a course may have several open tasks of one kind.
    mail = models.ForeignKey(IncomingMail, null=True, on_delete=models.PROTECT, related_name="tasks")
    request = models.ForeignKey(FamilyRequest, null=True, on_delete=models.PROTECT, related_name="tasks")
    check_in = models.ForeignKey(CheckIn, null=True, on_delete=models.PROTECT, related_name="tasks")
    adt = models.ForeignKey(AdtMessage, null=True, on_delete=models.PROTECT, related_name="tasks")
    says = models.CharField("what to do", max_length=400)
    # For a freed place: the visits that stood there, as [day, chair, start, minutes].
    freed = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    due_on = models.DateField("due")
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks")
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.CharField("done by", max_length=150, blank=True)
    done_note = models.CharField("what was done", max_length=300, blank=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        indexes = [
            models.Index(fields=["due_on", "id"], name="tasks_to_do", condition=Q(done_at__isnull=True))
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "course"],
                condition=Q(done_at__isnull=True, session__isnull=True, **ABOUT_NOTHING_ELSE),
                name="one_open_task_a_course",
            ),
            models.UniqueConstraint(
                fields=["kind", "session"],
                condition=Q(done_at__isnull=True, **ABOUT_NOTHING_ELSE),
                name="one_open_task_a_session",
            ),
            models.UniqueConstraint(
                fields=["message"], condition=Q(done_at__isnull=True), name="one_open_task_a_message"
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, done_by="", done_note="")
                | (Q(done_at__isnull=False) & ~Q(done_by="") & ~Q(done_note="")),
                name="a_done_task_says_who_and_what",
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    def get_absolute_url(self) -> str:
        return reverse("scheduling:show_task", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.done_at is None

    @property
    def needs_call(self) -> bool:
        """Whether somebody has to ring the family for it."""
        return self.kind in CALLS and self.course_id is not None

    @property
    def contacts_to_ring(self) -> list[Contact]:
        """Whom to ring for it: contacts with a phone number, first the one it is about.

        Nobody for a restricted child, and for tasks that need no call. Prefetch the contacts to ask often.
        """
        if not self.needs_call or self.course.patient.restricted:
            return []
        about = self.message or self.request
        first = about and about.contact_id
        contacts = [contact for contact in self.course.patient.contacts.all() if contact.phone]
        return sorted(contacts, key=lambda contact: contact.pk != first)

    @property
    def version(self) -> str:
        """A fingerprint. A page sends it back, so that changes since then are noticed."""
        return fingerprint([self.is_open, self.owner_id, self.due_on])
