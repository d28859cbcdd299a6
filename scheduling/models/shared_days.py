"""Courses that are linked so that their children come on the same days."""

from django.db import models
from django.db.models import Q
from django.utils import timezone


class SharedBecause(models.TextChoices):
    SIBLINGS = "siblings", "They are siblings"
    FRIENDS = "friends", "They are friends"


class SharedDays(models.Model):
    """A link between two or three courses: who made it, when and why; once it ended, who decided that.

    `Course.shared` names the link while it is in force. ended_because: who decided, and why.
    """

    because = models.CharField("why they share their days", max_length=10, choices=SharedBecause)
    linked_at = models.DateTimeField(default=timezone.now)
    linked_by = models.CharField("who linked them", max_length=150)
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField("who ended it, and why", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "shared days"
        ordering = ["linked_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_because="")
                | (Q(ended_at__isnull=False) & ~Q(ended_because="")),
                name="shared_days_end_with_a_decision",
            )
        ]

    def __str__(self) -> str:
        return self.get_because_display()
