"""Rules that somebody let a course, or another infusion, break, with a name and a reason."""

from django.db import models
from django.db.models import Q
from django.utils import timezone


class Soft(models.TextChoices):
    """The rules that a person may break: those of `scheduling.rules.SOFT_RULES`, and closing time."""

    EARLIEST_DATE = "earliest-date", "the clinician’s earliest date"
    LATEST_DATE = "latest-date", "the clinician’s latest date"
    NOTICE = "notice", "the family’s notice"
    CLOSING_TIME = "closing-time", "closing time"
    NURSES = "nurses", "the number of nurses"
    KEPT_BACK = "kept-back", "a place that is kept back"


class RuleOverride(models.Model):
    """One broken rule: who allowed it, when and why.

    It stays as a record when the course moves on; what is in force now is `Course.overridden`, or
    `OtherInfusion.overridden`. unit: of an infusion that is no course's, which may be gone by now.
    """

    course = models.ForeignKey(
        "scheduling.Course", null=True, blank=True, on_delete=models.PROTECT, related_name="overrides"
    )
    unit = models.ForeignKey(
        "scheduling.Unit", null=True, blank=True, on_delete=models.PROTECT, related_name="rule_overrides"
    )
    infusion = models.ForeignKey(
        "scheduling.OtherInfusion",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="rule_overrides",
    )
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
            ),
            models.CheckConstraint(
                condition=Q(course__isnull=False, unit__isnull=True, infusion__isnull=True)
                | Q(course__isnull=True, unit__isnull=False),
                name="a_broken_rule_is_of_a_course_or_of_a_unit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_rule_display()}, allowed by {self.allowed_by}"
