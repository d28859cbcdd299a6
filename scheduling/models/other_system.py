"""A program of the Trust that may read records here, and what it may read."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone

from scheduling.models.unit import Unit


class Reads(models.TextChoices):
    """What a system may read, by the resource of FHIR that stands for it."""

    PATIENT = "Patient", "Children"
    RELATED_PERSON = "RelatedPerson", "Contacts"
    SERVICE_REQUEST = "ServiceRequest", "Courses"
    APPOINTMENT = "Appointment", "Visits"
    OBSERVATION = "Observation", "Reviews"
    COMMUNICATION = "Communication", "Messages to families, without their words"
    SLOT = "Slot", "Free days"


class OtherSystem(models.Model):
    """One system that reads: of which units, what, and when it last did. It is never deleted, only ended.

    client_id: the name it signs in with, which is no secret. reads: of `Reads`.
    """

    client_id = models.CharField(max_length=40, unique=True, editable=False)
    secret_hash = models.CharField(max_length=64, editable=False)
    name = models.CharField("name of the system", max_length=100)
    reads = models.JSONField("what it may read", default=list)
    units = models.ManyToManyField(Unit, related_name="other_systems", verbose_name="units")
    reads_protected = models.BooleanField("also restricted and sensitive records", default=False)
    made_at = models.DateTimeField("let in", default=timezone.now)
    made_by = models.CharField("let in by", max_length=150)
    last_used_at = models.DateTimeField("last used", null=True, blank=True)
    ended_at = models.DateTimeField("ended", null=True, blank=True)
    ended_by = models.CharField("ended by", max_length=150, blank=True)

    class Meta:
        verbose_name = "other system"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="a_name_is_of_one_system"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by="")
                | (Q(ended_at__isnull=False) & ~Q(ended_by="")),
                name="an_ended_system_says_who",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("scheduling:show_other_system", args=[self.pk])

    @property
    def reads_in_words(self) -> list[str]:
        return [Reads(each).label for each in self.reads]


class SystemToken(models.Model):
    """A token that opens what its scopes say, for a while. Only a hash of it is kept."""

    system = models.ForeignKey(OtherSystem, on_delete=models.CASCADE, related_name="tokens")
    token_hash = models.CharField(max_length=64, unique=True)
    scopes = models.TextField()
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Token of {self.system_id}"
