"""What staff told a family themselves: by phone, by letter or in person."""

from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone

from patients.models import Contact
from scheduling.models.message import CALENDAR_KINDS, Message
from scheduling.models.session import Session
from scheduling.states import UNREACHED, MessageStatus


class Way(models.TextChoices):
    """How a contact was told."""

    PHONE = "phone", "Told by phone"
    LETTER = "letter", "Told by letter"
    IN_PERSON = "in_person", "Told in person"


class TellingQuerySet(models.QuerySet["Telling"]):
    def with_mailed_since(self) -> "TellingQuerySet":
        """Adds `mailed_since`: whether the contact has had a calendar mail about the course since.

        If not, what the contact knows of the course they know from a person.
        """
        later = Message.objects.filter(
            contact=OuterRef("contact"),
            course=OuterRef("session__course"),
            kind__in=CALENDAR_KINDS,
            created_at__gt=OuterRef("at"),
        )
        later = later.exclude(status__in=UNREACHED).exclude(status=MessageStatus.WITHHELD, attempts=0)
        return self.annotate(mailed_since=Exists(later)).select_related("session", "contact")


class Telling(models.Model):
    """One contact was told of one visit by a person. sequence: the session's revision at that time.

    advice_version: of a letter, the versions of the advice in it.
    """

    # The index on session and contact, below, serves a look-up by session as well.
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="tellings", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="tellings")
    way = models.CharField("how", max_length=10, choices=Way)
    sequence = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now)
    by_name = models.CharField("who told them", max_length=150)
    advice_version = models.CharField(max_length=80, blank=True)

    objects = TellingQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["session", "contact"], name="tellings_of_a_session")]

    def __str__(self) -> str:
        return f"{self.get_way_display()}, {self.by_name}"
