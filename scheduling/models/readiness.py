"""A unit's checklist in its versions, the ticks for each course, and overrides."""

from datetime import datetime

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone

from patients.constraints import ErasedWithChild
from patients.models import Sex
from scheduling.models.course import Course
from scheduling.models.session import Session
from scheduling.models.unit import Unit
from scheduling.rules.checks import AppliesIf

MOST_DAYS_VALID = 3650
OLDEST = 25


class Level(models.TextChoices):
    """How much an item matters: without a must, a drip starts only with an override."""

    MUST = "must", "Must"
    SHOULD = "should", "Should"


class TickedBy(models.TextChoices):
    """Who may tick an item."""

    ANYBODY = "anybody", "Anybody who records visits"
    NURSE = "nurse", "A nurse or the unit lead"


class ChecklistVersion(models.Model):
    """One version of a unit's checklist. A draft until it is put in force; from then on it never changes."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="checklists")
    number = models.PositiveIntegerField("version")
    written_by = models.CharField("written by", max_length=150)
    written_at = models.DateTimeField(default=timezone.now)
    put_in_force_by = models.CharField("put in force by", max_length=150, blank=True)
    in_force_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "checklist"
        ordering = ["unit", "-number"]
        constraints = [
            models.UniqueConstraint("unit", "number", name="one_checklist_a_number"),
            models.UniqueConstraint(
                "unit", condition=Q(in_force_since__isnull=True), name="one_draft_checklist_a_unit"
            ),
            models.CheckConstraint(
                condition=Q(in_force_since__isnull=True, put_in_force_by="")
                | (Q(in_force_since__isnull=False) & ~Q(put_in_force_by="")),
                name="a_checklist_in_force_has_a_name",
            ),
        ]

    def __str__(self) -> str:
        return f"Version {self.number}"

    @property
    def is_draft(self) -> bool:
        return self.in_force_since is None


class ChecklistItemQuerySet(models.QuerySet["ChecklistItem"]):
    def in_force(self, at: datetime) -> "ChecklistItemQuerySet":
        """The items of each unit's checklist that was in force at that moment, in their order."""
        versions = ChecklistVersion.objects.filter(unit=OuterRef("version__unit"), in_force_since__lte=at)
        latest = versions.order_by("-number").values("pk")[:1]
        return self.filter(version=Subquery(latest)).select_related("version").order_by("position", "pk")


class ChecklistItem(models.Model):
    """One thing to be done before a course. Its key is the same in every version, whatever its words."""

    version = models.ForeignKey(ChecklistVersion, on_delete=models.CASCADE, related_name="items")
    key = models.SlugField("key", max_length=40, editable=False)
    position = models.PositiveSmallIntegerField(editable=False)
    label = models.CharField("what has to be done", max_length=120)
    help = models.CharField("help", max_length=300, blank=True)
    level = models.CharField("level", max_length=6, choices=Level, default=Level.MUST)
    ticked_by = models.CharField("who may tick it", max_length=8, choices=TickedBy, default=TickedBy.ANYBODY)
    valid_days = models.PositiveSmallIntegerField(
        "days for which it counts", null=True, blank=True, validators=[MaxValueValidator(MOST_DAYS_VALID)]
    )
    first_course_only = models.BooleanField("only before a first course", default=False)
    min_age = models.PositiveSmallIntegerField(
        "from age", null=True, blank=True, validators=[MaxValueValidator(OLDEST)]
    )
    max_age = models.PositiveSmallIntegerField(
        "up to age", null=True, blank=True, validators=[MaxValueValidator(OLDEST)]
    )
    sex = models.CharField(
        "sex",
        max_length=13,
        blank=True,
        choices=[choice for choice in Sex.choices if choice[0] in Sex.asked()],
    )
    private = models.BooleanField("its note is for nurses and the unit lead only", default=False)

    objects = ChecklistItemQuerySet.as_manager()

    class Meta:
        verbose_name = "item of the checklist"
        ordering = ["version", "position", "pk"]
        constraints = [
            models.UniqueConstraint("version", "key", name="one_item_a_key"),
            models.CheckConstraint(
                condition=Q(min_age__isnull=True) | Q(max_age__isnull=True) | Q(min_age__lte=F("max_age")),
                name="an_item_starts_before_it_ends",
                violation_error_message="The lower age must not be above the upper age.",
            ),
            models.CheckConstraint(
                condition=Q(private=False) | Q(ticked_by=TickedBy.NURSE),
                name="a_private_item_is_for_nurses",
                violation_error_message="A private item has to be for a nurse or the unit lead to tick.",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def is_must(self) -> bool:
        return self.level == Level.MUST

    @property
    def applies_if(self) -> AppliesIf:
        return AppliesIf(self.first_course_only, self.min_age, self.max_age, self.sex)


class ReadinessCheck(models.Model):
    """An item ticked for a course, or its tick taken back. If an item has several, the newest counts."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="checks")
    # Asked for with its course only.
    key = models.SlugField("item", max_length=40, db_index=False)
    label = models.CharField("what the item said", max_length=120)
    is_done = models.BooleanField("done")
    done_on = models.DateField("done on", null=True, blank=True)
    note = models.CharField("note", max_length=300, blank=True)
    # Copied from the item, so that a later version of the checklist cannot open a note written for nurses.
    private = models.BooleanField("its note is for nurses and the unit lead only", default=False)
    checked_by = models.CharField("who ticked it", max_length=150)
    checked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "check"
        ordering = ["pk"]
        constraints = [
            ErasedWithChild(
                to_child=[("course_id", "scheduling_course")], name="scheduling_readinesscheck_append_only"
            ),
            models.CheckConstraint(
                condition=Q(is_done=True, done_on__isnull=False) | Q(is_done=False, done_on__isnull=True),
                name="a_check_says_on_which_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label}: {'done' if self.is_done else 'taken back'}"


class ReadinessOverride(models.Model):
    """A drip that started though something that must be done was not: who answers for it, and why."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="overrides")
    approved_by = models.CharField("who decided", max_length=150)
    reason = models.CharField("why it was decided", max_length=300)
    # The key and the label of each item, as they were. Pairs, because a JSON object would lose their order.
    missing = models.JSONField("what was missing")
    by_name = models.CharField("who recorded it", max_length=150)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "override"
        ordering = ["pk"]
        constraints = [
            ErasedWithChild(
                to_child=[("session_id", "scheduling_session"), ("course_id", "scheduling_course")],
                name="scheduling_readinessoverride_append_only",
            ),
            models.CheckConstraint(
                condition=~Q(approved_by="") & ~Q(reason=""), name="an_override_has_a_name_and_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"Override by {self.approved_by}"
