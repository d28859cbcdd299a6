"""What a nurse records of a visit: the tries at the cannula, how the drip went, what the child felt."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from scheduling.models.family import Effect
from scheduling.models.session import Session


class CannulaSide(models.TextChoices):
    LEFT = "left", "Left"
    RIGHT = "right", "Right"


class CannulaSite(models.TextChoices):
    """Where a cannula was put, or tried. The leaflet names the arm and the back of the hand."""

    BACK_OF_HAND = "hand", "Back of the hand"
    FOREARM = "forearm", "Forearm"
    ELBOW = "elbow", "Bend of the elbow"
    FOOT = "foot", "Foot"
    OTHER = "other", "Somewhere else"


class Numbing(models.TextChoices):
    CREAM = "cream", "Numbing cream"
    SPRAY = "spray", "Cold spray"
    NONE = "none", "None"


class CannulaAttempt(models.Model):
    """One try at putting in a cannula."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="cannula_attempts")
    at = models.DateTimeField("when")
    side = models.CharField("side", max_length=5, choices=CannulaSide)
    site = models.CharField("where", max_length=8, choices=CannulaSite)
    numbing = models.CharField("numbing", max_length=5, choices=Numbing)
    by_name = models.CharField("who tried", max_length=150)
    worked = models.BooleanField("worked")

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = "try at the cannula"

    def __str__(self) -> str:
        return f"{self.get_side_display()}, {self.get_site_display().lower()}"


OTHER_EFFECT = "other"
EFFECTS = [*Effect.choices, (OTHER_EFFECT, "Something else")]


class AdverseEffect(models.Model):
    """One thing the child felt during or after the drip, and what was done about it."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="adverse_effects")
    effect = models.CharField("what", max_length=10, choices=EFFECTS)
    other = models.CharField("what else", max_length=100, blank=True)
    at = models.DateTimeField("when")
    done = models.CharField("what was done", max_length=300, blank=True)
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = "adverse effect"
        constraints = [
            models.CheckConstraint(
                condition=(Q(effect=OTHER_EFFECT) & ~Q(other="")) | (~Q(effect=OTHER_EFFECT) & Q(other="")),
                name="something_else_has_a_name",
            )
        ]

    def __str__(self) -> str:
        return self.other or self.get_effect_display()
