"""The family's own page: the link to it, what they ask for there, and how they say it went."""

from datetime import date

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from patients.constraints import UniqueByHash
from patients.models import Contact, Patient
from scheduling.models.course import Course, DateRange
from scheduling.models.opening import Weekday

LONGEST_SAID = 4000


class FamilyLink(models.Model):
    """The address of one contact's page about one course. Only hashes of its secrets are kept.

    The secrets are made from `nonce` and FAMILY_LINK_KEY, so a new nonce makes a new address, and the
    old one stops working.
    """

    # The constraint that begins with it, below, serves a look-up by course as well.
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="family_links", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="family_links")
    nonce = models.CharField(max_length=64)
    page_hash = models.CharField(max_length=64)
    feed_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("course", "contact", name="one_link_a_contact_and_course"),
            UniqueByHash(fields=["page_hash"], name="one_link_a_page"),
            UniqueByHash(fields=["feed_hash"], name="one_link_a_feed"),
        ]

    def __str__(self) -> str:
        return f"Link {self.pk}"


class Ask(models.TextChoices):
    """What a family asks for, or tells, on its page."""

    CHANGE = "change", "Asks for a change"
    UNWELL = "unwell", "Child unwell"
    DATES = "dates", "Days they cannot do"
    PAIN = "pain", "The pain is back"
    LATE = "late", "Sent while the course was changed"


class FamilyRequest(models.Model):
    """One thing a family asked for on its page; a task is opened for it."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="family_requests")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="family_requests")
    kind = models.CharField("what", max_length=8, choices=Ask)
    # Of a whole form that no longer fits, the questions too.
    says = models.CharField("in their words", max_length=LONGEST_SAID, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.contact}"


class Effect(models.TextChoices):
    """What the leaflet names as possible after an infusion."""

    ACHES = "aches", "Aches, as with flu"
    FEVER = "fever", "Fever"
    HEADACHE = "headache", "Headache"
    NAUSEA = "nausea", "Feeling sick"
    VOMITING = "vomiting", "Being sick"


class CheckIn(models.Model):
    """How a child was after a course, as the family said on its page. Every answer may be left out."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="check_ins")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="check_ins")
    at = models.DateTimeField(default=timezone.now)
    pain = models.PositiveSmallIntegerField(
        "pain, 0 to 10", null=True, blank=True, validators=[MaxValueValidator(10)]
    )
    # Values of Effect; None: not answered, an empty list: none of them.
    effects = models.JSONField("what there was", null=True, blank=True)
    note = models.CharField("in their words", max_length=1000, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(pain__isnull=True) | Q(pain__lte=10), name="pain_is_0_to_10")
        ]

    def __str__(self) -> str:
        return f"Check-in of {self.contact}"


class ChildLimits(models.Model):
    """When one contact cannot come with the child, in every course; without a contact, the whole family.

    What ends says its last day. Beside it a course may have limits of its own, which end with it.
    """

    # For the log: names of codes that are kept in a list.
    CODES = {"impossible_weekdays": dict(Weekday.choices)}

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="family_limits")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.CASCADE, related_name="limits")
    impossible_weekdays = models.JSONField("weekdays they cannot do", default=list, blank=True)
    weekdays_until = models.DateField("weekdays until", null=True, blank=True)
    not_before = models.TimeField("cannot arrive before", null=True, blank=True)
    not_before_until = models.DateField("time until", null=True, blank=True)
    # Pairs of first and last day, both included, as ISO dates.
    impossible_dates = models.JSONField("dates they cannot do", default=list, blank=True)
    short_notice = models.BooleanField("can come at short notice", null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = verbose_name_plural = "limits of the family"
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "contact"], name="one_row_of_limits_a_contact_of_a_child"
            ),
            models.UniqueConstraint(
                fields=["patient"], condition=Q(contact=None), name="one_row_of_limits_of_the_family"
            ),
        ]

    def __str__(self) -> str:
        return f"When {self.contact or 'the family'} cannot come"

    @property
    def impossible_ranges(self) -> list[DateRange]:
        return sorted(
            (date.fromisoformat(first), date.fromisoformat(last)) for first, last in self.impossible_dates
        )
