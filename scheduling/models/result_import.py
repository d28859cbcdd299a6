"""Files of laboratory results that were taken in, and what each changed: one can be undone as a whole."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from scheduling.models.review import Review


class ResultsImport(models.Model):
    """One file that was taken in, by whom; and who undid it, and why."""

    at = models.DateTimeField("when", default=timezone.now)
    by_name = models.CharField("who", max_length=150)
    undone_at = models.DateTimeField("undone", null=True, blank=True)
    undone_by = models.CharField("undone by", max_length=150, blank=True)
    undone_because = models.CharField("why it was undone", max_length=300, blank=True)

    class Meta:
        verbose_name = "import of results"
        verbose_name_plural = "imports of results"
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by="", undone_because="")
                | (Q(undone_at__isnull=False) & ~Q(undone_by="") & ~Q(undone_because="")),
                name="an_undone_import_says_who_and_why",
            )
        ]

    def __str__(self) -> str:
        return f"Import {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("scheduling:undo_results", args=[self.pk])


class ImportedResult(models.Model):
    """What one import did to one review: it made it, or gave it a value.

    before, after: the value by its measure, as the fields of the review had it.
    """

    source = models.ForeignKey(ResultsImport, on_delete=models.PROTECT, related_name="results")
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="imports")
    made_it = models.BooleanField("made the review", default=False)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["source", "review"], name="an_import_names_a_review_once")
        ]

    def __str__(self) -> str:
        return f"{self.review} of {self.source}"
