"""The people around a child: who they are, how they are reached, and what they may receive."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


class Relationship(models.TextChoices):
    MOTHER = "mother", "Mother"
    FATHER = "father", "Father"
    GRANDPARENT = "grandparent", "Grandparent"
    FOSTER_CARER = "foster_carer", "Foster carer"
    GUARDIAN = "guardian", "Legal guardian"
    SOCIAL_WORKER = "social_worker", "Social worker"
    YOUNG_PERSON = "young_person", "The young person themself"
    OTHER = "other", "Someone else"


class ParentalResponsibility(models.TextChoices):
    """Who may decide for the child (NHS: parental responsibility)."""

    YES = "yes", "Yes"
    DELEGATED = "delegated", "Delegated, for example a foster carer or local authority"
    NO = "no", "No"
    UNKNOWN = "unknown", "Not known yet"


# So that a calendar entry with it stays short enough for a lock screen.
LONGEST_CALL = 25


class Contact(models.Model):
    """A parent, a carer or the young person: someone around the child who can be reached."""

    # For the log: names of codes that are defined in the settings.
    CODES = {"language": dict(settings.LANGUAGES)}

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="contacts")
    name = models.CharField("full name", max_length=200)
    relationship = models.CharField("relationship to the child", max_length=20, choices=Relationship)
    email = models.EmailField("email address", blank=True)
    phone = models.CharField("phone number", max_length=30, blank=True)
    parental_responsibility = models.CharField(
        "parental responsibility", max_length=10, choices=ParentalResponsibility
    )
    may_receive_invites = models.BooleanField("may receive invites", default=False)
    # When permission was last given: at the child's 16th birthday, earlier permissions of others lapse.
    permission_on = models.DateField("date of the permission", null=True, blank=True)
    may_receive_texts = models.BooleanField("may receive text messages", default=False)
    language = models.CharField("language of messages", max_length=10, default="en")
    large_print = models.BooleanField("large print", default=False)
    # Chosen by the contact on its own page, for what goes to it alone; staff neither see nor set it.
    calls_child = models.CharField("what the child is called here", max_length=LONGEST_CALL, blank=True)
    # Set when a mail to this address came back; a new address clears it.
    returned_at = models.DateTimeField("mail came back", null=True, blank=True)
    brings_child = models.BooleanField("usually brings the child", default=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(email="") | ~Q(phone=""),
                name="a_contact_can_be_reached",
                violation_error_message="Enter an email address or a phone number.",
            ),
            models.UniqueConstraint(
                "patient",
                Lower("email"),
                condition=~Q(email=""),
                name="one_contact_for_an_address",
                violation_error_message="Another contact of this child has this email address.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_relationship_display().lower()})"

    def permission_has_lapsed(self, decides_from: date, today: date) -> bool:
        """Whether the child is 16 or older and has not been asked since. decides_from: the 16th birthday.

        The young person’s own permission does not lapse; a permission without a date counts as lapsed.
        """
        if self.relationship == Relationship.YOUNG_PERSON or today < decides_from:
            return False
        return self.permission_on is None or self.permission_on < decides_from
