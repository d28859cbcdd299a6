"""Days that are held for a family and offered to it as a question on its page."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from patients.models import Contact, User
from scheduling.models.cancel_reason import CancelReason
from scheduling.models.course import Course
from scheduling.models.status import WithStatus
from scheduling.states import OFFER_MOVES, OfferStatus


class FamilyOffer(WithStatus):
    """The held days of one course, as a question to its family, until an end. The hold ends with it.

    move_because: why a booked course would be moved there; empty if it is to be booked.
    Days are stored as `unit.matches.to_json` writes visits. freed: the place that became free, for the next
    family; tried: keys of the courses whose turn it was already, this one included.
    """

    moves = OFFER_MOVES

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="offers")
    status = models.CharField("answer", max_length=10, choices=OfferStatus, default=OfferStatus.ASKED)
    days = models.JSONField("days")
    until = models.DateTimeField("to be answered by")
    asked_at = models.DateTimeField(default=timezone.now)
    asked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(Contact, null=True, on_delete=models.PROTECT, related_name="+")
    asks_next = models.BooleanField("then ask the next family", default=False)
    move_because = models.CharField("why it would be moved", max_length=30, choices=CancelReason, blank=True)
    freed = models.JSONField(default=list, blank=True)
    tried = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        indexes = [
            # What a worker looks for each round: offers without an answer whose next family has its turn.
            models.Index(
                fields=["ended_at"],
                name="offers_to_pass_on",
                condition=Q(asks_next=True, status="lapsed"),
            )
        ]
        constraints = [
            models.UniqueConstraint("course", condition=Q(status="asked"), name="one_open_offer_a_course"),
            models.CheckConstraint(
                condition=Q(status="asked", ended_at__isnull=True)
                | (~Q(status="asked") & Q(ended_at__isnull=False)),
                name="an_offer_that_is_over_says_since_when",
            ),
        ]

    def __str__(self) -> str:
        return f"Offer {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.status == OfferStatus.ASKED
