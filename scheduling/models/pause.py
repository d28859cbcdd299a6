"""A course that is not to be booked for a while."""

from datetime import date

from django.db import models

from patients.stale import fingerprint


class PauseReason(models.TextChoices):
    """Why a course on the waiting list is not to be booked for a while."""

    AWAY = "away", "The family is away"
    FAMILY = "family", "The family asked to wait"
    UNWELL = "unwell", "The child is unwell"
    OTHER_CARE = "other_care", "Other treatment comes first"
    CLINICIAN = "clinician", "The clinician asked to wait"
    OTHER = "other", "Another reason"


class WithPause(models.Model):
    """The pause of a course, running or over, and the days of those before it. The log has them all."""

    paused_on = models.DateField("paused on", null=True, blank=True)
    paused_until = models.DateField("paused until", null=True, blank=True)
    pause_reason = models.CharField("why it is paused", max_length=12, choices=PauseReason, blank=True)
    pause_note = models.CharField("note about the pause", max_length=150, blank=True)
    paused_before = models.PositiveSmallIntegerField("days of earlier pauses", default=0)

    class Meta:
        abstract = True

    def is_paused(self, today: date) -> bool:
        """Whether it is paused: until the day before `paused_until`, whose date ends the pause by itself."""
        return self.paused_until is not None and today < self.paused_until

    def days_paused(self, today: date) -> int:
        """For how many days until today it was paused, this and earlier pauses together."""
        if self.paused_on is None or self.paused_until is None:
            return self.paused_before
        return self.paused_before + (min(today, self.paused_until) - self.paused_on).days

    @property
    def why_paused(self) -> str:
        """`The family is away: back on Sunday`."""
        return ": ".join(filter(None, [self.get_pause_reason_display(), self.pause_note]))

    @property
    def pause_version(self) -> str:
        """A fingerprint of its pause, for the page about it."""
        return fingerprint([f"{self.paused_until}", self.pause_reason, self.pause_note])
