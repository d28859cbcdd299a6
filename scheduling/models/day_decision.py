"""What was decided about a day that was lost or not given in full."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from scheduling.models.session import Instead, LostBecause, Session


class DayDecision(models.Model):
    """What somebody decided about a day that was lost or not given in full."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="decisions")
    instead = models.CharField("what happens instead", max_length=12, choices=Instead)
    because = models.CharField("why the day was lost", max_length=12, choices=LostBecause)
    reason = models.CharField("why this was decided", max_length=300)
    approved_by = models.CharField("who decided", max_length=150)
    decided_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["decided_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(approved_by=""), name="a_decision_has_a_name_and_a_reason"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_instead_display()}, decided by {self.approved_by}"
