"""Two records of one child that were made one: what went where, and the numbers it had before."""

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

# So long a merge can be undone, as long as nobody has worked on the record since.
TO_UNDO = timedelta(days=1)


class Merge(models.Model):
    """One record that was put into another, and is gone: its key, and its number as people know it.

    rows: what `scheduling.merging` needs to put every row back; emptied once it cannot be undone any more.
    """

    kept = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="merges")
    gone_id = models.BigIntegerField("key of the record that is gone", db_index=True)
    gone_number = models.CharField("hospital number of the record that is gone", max_length=30)
    at = models.DateTimeField("when", default=timezone.now)
    by_name = models.CharField("who", max_length=150)
    last_event = models.PositiveBigIntegerField(default=0)
    rows: Any = models.JSONField(default=dict)
    undone_at = models.DateTimeField("undone", null=True, blank=True)
    undone_by = models.CharField("undone by", max_length=150, blank=True)

    class Meta:
        verbose_name = "merge"
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by="")
                | (Q(undone_at__isnull=False) & ~Q(undone_by="")),
                name="an_undone_merge_says_who",
            ),
            models.UniqueConstraint(
                "gone_id", condition=Q(undone_at__isnull=True), name="a_record_is_merged_into_one"
            ),
        ]

    def __str__(self) -> str:
        return f"Merge {self.pk}"

    def is_open(self, now: datetime) -> bool:
        """Whether it can be undone, as far as the clock decides."""
        return self.undone_at is None and now < self.at + TO_UNDO


class NumberKind(models.TextChoices):
    HOSPITAL = "hospital", "Hospital number"
    NHS = "nhs", "NHS number"


class FormerNumber(models.Model):
    """A number that a child had: whoever looks for it finds the child."""

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="former_numbers")
    kind = models.CharField(max_length=8, choices=NumberKind)
    number = models.CharField(max_length=30)
    # None: the hospital’s records made two numbers one, and only one of them was here.
    merge = models.ForeignKey(Merge, null=True, on_delete=models.PROTECT, related_name="numbers")

    class Meta:
        verbose_name = "number that a child had"
        ordering = ["pk"]
        indexes = [models.Index(Lower("number"), name="former_numbers")]

    def __str__(self) -> str:
        return self.number
