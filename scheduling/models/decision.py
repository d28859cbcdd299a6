"""What a clinician decided about the time after a course, or after a review."""

from django.db import models
from django.db.models import Q
from django.urls import reverse

from patients.models import Patient
from scheduling.models.course import Course
from scheduling.models.review import Recorded, RecordedQuerySet, Review


class NextStep(models.TextChoices):
    """What comes next for a child."""

    REPEAT = "repeat", "Repeat course"
    REVIEW = "review", "Review again"
    OPEN = "open", "Open on symptoms"
    STOP = "stop", "Stop"


# Steps with a date on which the child is due again.
UNTIL = (NextStep.REVIEW, NextStep.OPEN)


class Decision(Recorded):
    """One decision about a child's plan: who decided, when and why. The latest without a mistake counts."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="decisions")
    review = models.ForeignKey(
        Review, null=True, blank=True, on_delete=models.PROTECT, related_name="decisions"
    )
    # The course that was agreed because of it.
    course = models.OneToOneField(
        Course, null=True, blank=True, on_delete=models.PROTECT, related_name="decision"
    )
    step = models.CharField("what was decided", max_length=6, choices=NextStep)
    until = models.DateField("date", null=True, blank=True)
    decided_by = models.CharField("who decided", max_length=150)
    decided_on = models.DateField("date of the decision")
    reason = models.CharField("why", max_length=500)

    objects = RecordedQuerySet.as_manager()

    class Meta:
        ordering = ["-decided_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(step__in=UNTIL, until__isnull=False)
                | (~Q(step__in=UNTIL) & Q(until__isnull=True)),
                name="a_step_that_lasts_says_until_when",
            ),
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(decided_by="") & ~Q(recorded_by=""),
                name="a_decision_about_a_child_has_names_and_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(course__isnull=True) | Q(step=NextStep.REPEAT),
                name="a_course_comes_from_a_decision_to_repeat",
            ),
        ]

    def __str__(self) -> str:
        return self.get_step_display()

    def get_absolute_url(self) -> str:
        return reverse("scheduling:show_decision", args=[self.pk])
