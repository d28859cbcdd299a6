"""Infusions that are not courses: they share the unit's chairs and nurses, and carry no child's name."""

from django.core.validators import MaxValueValidator, MinValueValidator, StepValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from scheduling.models.rule_override import Soft
from scheduling.models.unit import Unit
from scheduling.rules import Care

SHORTEST_OTHER, LONGEST_OTHER = 15, 12 * 60


class InfusionKind(models.Model):
    """One kind of other infusion: how long it lasts, and what it asks of chairs and nurses."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="infusion_kinds")
    name = models.CharField("name", max_length=40)
    minutes = models.PositiveSmallIntegerField(
        "minutes",
        validators=[
            MinValueValidator(SHORTEST_OTHER),
            MaxValueValidator(LONGEST_OTHER),
            StepValueValidator(15),
        ],
    )
    cannulates = models.BooleanField("a nurse starts a drip", default=True)
    care = models.CharField(
        "nurses for the rest of the time",
        max_length=6,
        choices=[
            (Care.SHARED, "One nurse can look after other children, too"),
            (Care.OWN, "One nurse is needed for this child alone"),
            (Care.NONE, "No nurse is needed"),
        ],
        default=Care.SHARED,
    )
    chair_kind = models.CharField("kind of chair", max_length=40, blank=True)
    in_use = models.BooleanField("in use", default=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                "unit",
                "name",
                name="a_kind_of_infusion_has_its_own_name",
                violation_error_message="Another kind of infusion of this unit has this name.",
            ),
            models.CheckConstraint(
                condition=Q(minutes__in=range(SHORTEST_OTHER, LONGEST_OTHER + 1, 15)),
                name="an_infusion_takes_quarter_hours",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return self.unit.get_absolute_url()


def _allowed_in_words(allowed: list[str]) -> str:
    rule, who = allowed
    return f"{Soft(rule).label}, allowed by {who}"


class OtherInfusion(models.Model):
    """One infusion that is not a course's; its chair and times are in its booking.

    label: what staff see, never a child's name; empty is the name of its kind. series: the same for all that
    were placed together; None for one alone.
    """

    kind = models.ForeignKey(InfusionKind, on_delete=models.PROTECT, related_name="infusions")
    label = models.CharField("label", max_length=40, blank=True)
    series = models.UUIDField("series", null=True, blank=True, db_index=True, editable=False)
    placed_at = models.DateTimeField(default=timezone.now, editable=False)
    # The rules that somebody let it break where it stands now, as [rule, who]; why: `RuleOverride`.
    overridden = models.JSONField("rules broken by permission", default=list, blank=True, editable=False)

    IN_WORDS = {"overridden": _allowed_in_words}

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.label or self.kind.name

    def get_absolute_url(self) -> str:
        return reverse("scheduling:show_infusion", args=[self.pk])

    @property
    def allowed(self) -> list[tuple[str, str]]:
        """The rules that it breaks by permission, each with who allowed it."""
        return [(Soft(rule).label, who) for rule, who in self.overridden]
