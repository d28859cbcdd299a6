"""The address of a calendar on a staff member's phone: the visits of a unit, without a name."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from scheduling.models.unit import Unit


class StaffFeed(models.Model):
    """One member of staff's calendar of one unit. Only a hash of the secret in its address is kept."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="staff_feeds")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="staff_feeds")
    secret_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField("made", default=timezone.now)

    class Meta:
        verbose_name = "calendar for a phone"
        verbose_name_plural = "calendars for phones"
        ordering = ["user__name", "pk"]
        constraints = [models.UniqueConstraint("unit", "user", name="one_calendar_of_a_unit_for_a_user")]

    def __str__(self) -> str:
        return f"Calendar of {self.unit} for {self.user}"

    def get_absolute_url(self) -> str:
        return reverse("scheduling:show_staff_calendar", args=[self.unit_id])
