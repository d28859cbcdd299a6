"""What a unit tells families before and after a course: texts in versions, approved by a named person."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from scheduling.models.unit import Unit


class Audience(models.TextChoices):
    """Whom a text is for."""

    FIRST = "first", "First course"
    LATER = "later", "Later course"


class Moment(models.TextChoices):
    """When a text is read."""

    BEFORE_DAY_1 = "before_day_1", "Before day 1"
    BEFORE_DAY_2 = "before_day_2", "Before day 2"
    BETWEEN = "between", "Between the days"
    AFTER = "after", "After the course"
    OFFER = "offer", "When days are offered"


class LeafletPage(models.TextChoices):
    """A page of the leaflet: texts that are about no child and no visit, for everybody to read."""

    ILLNESS = "about_illness", "What CRMO is"
    TESTS = "about_tests", "Tests"
    TREATMENTS = "about_medicine", "Treatments"
    DRIP = "about_drip", "The drip"
    AFTER = "about_after", "After the drip"
    LATER = "about_later", "How it goes on"


# For whom a page of the leaflet is.
EVERYONE = "everyone"


class AdviceQuerySet(models.QuerySet["AdviceText"]):
    def approved(self, today: date) -> "AdviceQuerySet":
        """Approved texts that are not past their review date, the latest version first."""
        return self.filter(approved_at__isnull=False, review_on__gte=today).order_by("-version")


class AdviceText(models.Model):
    """One version of one text, in Markdown. Once approved it is never changed: a change is a new version."""

    # For the log: names of codes that are defined in the settings.
    CODES = {"language": dict(settings.LANGUAGES)}

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="advice_texts")
    audience = models.CharField("for", max_length=8, choices=[*Audience.choices, (EVERYONE, "Everyone")])
    moment = models.CharField("read", max_length=14, choices=[*Moment.choices, *LeafletPage.choices])
    language = models.CharField("language", max_length=10, default="en")
    version = models.PositiveIntegerField("version")
    body = models.TextField("text", max_length=4000)
    written_by = models.CharField("written by", max_length=150)
    written_at = models.DateTimeField(default=timezone.now)
    approved_by = models.CharField("approved by", max_length=150, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    review_on = models.DateField("to be reviewed by", null=True, blank=True)

    objects = AdviceQuerySet.as_manager()

    class Meta:
        ordering = ["unit", "moment", "audience", "language", "-version"]
        constraints = [
            models.UniqueConstraint(
                "unit", "moment", "audience", "language", "version", name="one_text_a_version"
            ),
            models.CheckConstraint(
                condition=Q(approved_at__isnull=True, approved_by="", review_on__isnull=True)
                | (Q(approved_at__isnull=False, review_on__isnull=False) & ~Q(approved_by="")),
                name="an_approval_has_a_name_and_a_review_date",
            ),
        ]

    def __str__(self) -> str:
        """`Before day 1, first course, version 3`, with the code of the language if it is not English."""
        language = "" if self.language == "en" else f" ({self.language})"
        return f"{self.name}, version {self.version}{language}"

    @property
    def name(self) -> str:
        """`Before day 1, first course`, or `Leaflet: Tests`."""
        if self.moment in LeafletPage.values:
            return f"Leaflet: {self.get_moment_display()}"
        return f"{self.get_moment_display()}, {self.get_audience_display().lower()}"
