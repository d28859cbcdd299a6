"""Records that must not be erased, and what is left of those that were: their key, who did it, and why."""

from django.db import models
from django.db.models import Q

from patients.models.child import Patient
from patients.models.logs import AuditEvent


class LegalHold(models.Model):
    """As long as one is not lifted, the child's record is neither erased nor deleted for its age."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="legal_holds")
    because = models.CharField("why the record is held", max_length=300)
    placed_by = models.CharField("placed by", max_length=150)
    placed_at = models.DateTimeField("placed")
    lifted_because = models.CharField("why it was lifted", max_length=300, blank=True)
    lifted_by = models.CharField("lifted by", max_length=150, blank=True)
    lifted_at = models.DateTimeField("lifted", null=True, blank=True)

    class Meta:
        verbose_name = "legal hold"
        ordering = ["-placed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                "patient",
                condition=Q(lifted_at__isnull=True),
                name="one_legal_hold_a_child",
                violation_error_message="This record is on legal hold already.",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by="", lifted_because="")
                | (Q(lifted_at__isnull=False) & ~Q(lifted_by="") & ~Q(lifted_because="")),
                name="a_lifted_hold_says_who_and_why",
            ),
        ]

    def __str__(self) -> str:
        return f"Legal hold: {self.because}"


class ErasedBecause(models.TextChoices):
    ASKED = "asked", "The family or the young person asked for it"
    AGE = "age", "Its time to be kept was over"


class Erasure(models.Model):
    """A child whose record was erased. patient_id: the key that the logs still name; nobody has it again."""

    patient_id = models.BigIntegerField(unique=True)
    at = models.DateTimeField()
    by_name = models.CharField(max_length=150)
    because = models.CharField("why it was erased", max_length=10, choices=ErasedBecause)
    # When the owner of the database took the personal details out of the log of acts.
    log_done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"Erasure of child {self.patient_id}"


class ErasedLogRow(models.Model):
    """A row of the log of acts whose details go with an erasure: see `patients.erasing`."""

    erasure = models.ForeignKey(Erasure, on_delete=models.PROTECT, related_name="log_rows")
    event = models.OneToOneField(AuditEvent, models.DO_NOTHING, db_constraint=False, related_name="erased")

    def __str__(self) -> str:
        return f"Row {self.event_id} of the log"
