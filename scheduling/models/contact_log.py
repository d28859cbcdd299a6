"""The contact log: who tried to reach the family of a course, when, and how it went."""

from django.db import models
from django.utils import timezone


class ContactOutcome(models.TextChoices):
    """What came of a try to reach the family of a waiting course."""

    REACHED = "reached", "Spoke to the family"
    MESSAGE = "message", "Left a message"
    RING_BACK = "ring_back", "Asked to ring again"
    NO_ANSWER = "no_answer", "No answer"
    WRONG_NUMBER = "wrong_number", "Wrong number"


class ContactAttempt(models.Model):
    """One entry of the contact log: a try to reach the family of a waiting course."""

    course = models.ForeignKey("scheduling.Course", on_delete=models.PROTECT, related_name="contact_attempts")
    at = models.DateTimeField(default=timezone.now)
    by_name = models.CharField("who tried", max_length=150)
    outcome = models.CharField("how it went", max_length=12, choices=ContactOutcome)
    note = models.CharField("note", max_length=300, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()}, {self.by_name}"
