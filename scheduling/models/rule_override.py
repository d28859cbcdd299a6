"""Rules that somebody let a course break, with a name and a reason."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from scheduling.models.course import Course, Soft


class RuleOverride(models.Model):
    """One broken rule: who allowed it, when and why.

    It stays as a record when the course moves on; what is in force now is `Course.overridden`.
    """

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="overrides")
    rule = models.CharField("rule", max_length=20, choices=Soft)
    # Of a rule about the course as a whole, its first day.
    day = models.DateField("day")
    sentence = models.CharField("what the rule said", max_length=400)
    reason = models.CharField("why it was allowed", max_length=300)
    allowed_by = models.CharField("who allowed it", max_length=150)
    allowed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["allowed_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(allowed_by=""), name="a_broken_rule_has_a_name_and_a_reason"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_rule_display()}, allowed by {self.allowed_by}"
