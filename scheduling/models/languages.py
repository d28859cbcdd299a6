"""The drafts of translations that come with the app: each is off until a named person approves it."""

from django.db import models
from django.db.models import Q
from django.utils import timezone


class LanguageApproval(models.Model):
    """One approval of one draft as it was then; a new draft needs another. It can be taken back."""

    language = models.CharField("language", max_length=10)
    # Of the texts that were approved.
    digest = models.CharField(max_length=64, editable=False)
    approved_by = models.CharField("approved by", max_length=150)
    approved_at = models.DateTimeField(default=timezone.now)
    taken_back_at = models.DateTimeField("taken back", null=True, blank=True)

    class Meta:
        ordering = ["-approved_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(approved_by=""), name="an_approved_language_has_a_name"),
            models.UniqueConstraint(
                fields=["language"],
                condition=Q(taken_back_at=None),
                name="one_approval_of_a_language",
                violation_error_message="This language is approved already.",
            ),
        ]

    def __str__(self) -> str:
        return f"Approval of {self.language}"
