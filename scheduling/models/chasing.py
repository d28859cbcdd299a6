"""Notes of chasing: what somebody did about an item of a checklist or a review that is due, and when next."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from patients.models import Patient
from scheduling.models.course import Course


class ChaseOutcome(models.TextChoices):
    ASKED = "asked", "Asked, no answer yet"
    PROMISED = "promised", "It was promised"
    SETTLED = "settled", "Settled"
    NOT_REACHED = "not_reached", "Nobody was reached"


class ChaseNote(models.Model):
    """One try. Of a checklist it names the course and the item's key; of a review that is due, the child."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="chase_notes")
    course = models.ForeignKey(
        Course, null=True, blank=True, on_delete=models.PROTECT, related_name="chase_notes"
    )
    item = models.SlugField("item", max_length=40, blank=True)
    outcome = models.CharField("what came of it", max_length=12, choices=ChaseOutcome)
    note = models.CharField("note", max_length=300, blank=True)
    next_on = models.DateField("next on", null=True, blank=True)
    at = models.DateTimeField(default=timezone.now)
    by_name = models.CharField("who tried", max_length=150)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(course__isnull=True, item="") | (Q(course__isnull=False) & ~Q(item="")),
                name="a_chase_note_is_about_an_item_or_a_review",
            )
        ]

    def __str__(self) -> str:
        return self.get_outcome_display()
