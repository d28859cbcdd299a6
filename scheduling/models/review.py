"""How a child was on a day, as somebody recorded it: values, active sites, imaging, medicines.

Every value may be missing. A missing value is never read as zero or as the value before.
"""

from collections.abc import Iterator
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from patients.models import Patient


class Recorded(models.Model):
    """What somebody recorded about a child. A mistake stays, with the reason, but no longer counts."""

    recorded_by = models.CharField("who recorded it", max_length=150)
    recorded_at = models.DateTimeField(default=timezone.now)
    mistake = models.CharField("why it was a mistake", max_length=300, blank=True)

    class Meta:
        abstract = True


class RecordedQuerySet(models.QuerySet[Any]):
    def that_count(self) -> "RecordedQuerySet":
        """Without what was entered by mistake."""
        return self.filter(mistake="")


class ReviewSource(models.TextChoices):
    """Who the values are from."""

    FAMILY = "family", "Family"
    NURSE = "nurse", "Nurse"
    CLINICIAN = "clinician", "Clinician"
    LAB = "lab", "Laboratory"


def _score(name: str, highest: int, digits: int, places: int) -> models.DecimalField:
    limits = [MinValueValidator(0), MaxValueValidator(highest)]
    return models.DecimalField(
        name, max_digits=digits, decimal_places=places, null=True, blank=True, validators=limits
    )


def _number(name: str, highest: int) -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(
        name, null=True, blank=True, validators=[MaxValueValidator(highest)]
    )


def _within(name: str, highest: int) -> models.CheckConstraint:
    held = Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__gte": 0, f"{name}__lte": highest})
    return models.CheckConstraint(condition=held, name=f"{name}_of_a_review_is_0_to_{highest}")


class Review(Recorded):
    """What was found about a child on one day, from one source.

    Scores are 0 to 10, CHAQ 0 to 3 (the total only), ESR in mm/h, CRP in mg/L. A laboratory may give a result
    only as below the least it measures, or above the most: then `esr_below` or `esr_above` is set (of a CRP
    likewise), and the number is that limit.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="reviews")
    on = models.DateField("date", db_index=True)
    source = models.CharField("from", max_length=10, choices=ReviewSource)
    pain = _score("pain, 0 to 10", 10, 3, 1)
    patient_global = _score("patient or parent global, 0 to 10", 10, 3, 1)
    physician_global = _score("physician global, 0 to 10", 10, 3, 1)
    chaq = _score("CHAQ total, 0 to 3", 3, 4, 3)
    school_days_missed = _number("school days missed", 366)
    # Whether somebody looked for active sites: then no row of ActiveSite means that none was found.
    sites_examined = models.BooleanField("active sites were looked for", default=False)
    esr = _number("ESR, mm/h", 300)
    esr_below = models.BooleanField("ESR is below this", default=False)
    esr_above = models.BooleanField("ESR is above this", default=False)
    crp = _score("CRP, mg/L", 999, 4, 1)
    crp_below = models.BooleanField("CRP is below this", default=False)
    crp_above = models.BooleanField("CRP is above this", default=False)
    mri_lesions = _number("active lesions on MRI", 200)
    mri_on = models.DateField("date of the MRI", null=True, blank=True)
    note = models.TextField("note", blank=True, max_length=2000)

    objects = RecordedQuerySet.as_manager()

    class Meta:
        ordering = ["-on", "-pk"]
        constraints = [
            _within("pain", 10),
            _within("patient_global", 10),
            _within("physician_global", 10),
            _within("chaq", 3),
            models.CheckConstraint(
                condition=Q(esr_below=False) | Q(esr__isnull=False), name="an_esr_below_has_its_limit"
            ),
            models.CheckConstraint(
                condition=Q(crp_below=False) | Q(crp__isnull=False), name="a_crp_below_has_its_limit"
            ),
            models.CheckConstraint(
                condition=Q(esr_above=False) | Q(esr__isnull=False, esr_below=False),
                name="an_esr_above_has_its_limit",
            ),
            models.CheckConstraint(
                condition=Q(crp_above=False) | Q(crp__isnull=False, crp_below=False),
                name="a_crp_above_has_its_limit",
            ),
            models.CheckConstraint(
                condition=Q(mri_lesions__isnull=True) | Q(mri_on__isnull=False),
                name="a_count_of_lesions_has_a_date",
            ),
        ]

    def __str__(self) -> str:
        return f"Review {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("scheduling:show_review", args=[self.pk])

    @property
    def active_sites(self) -> int | None:
        """How many sites were active; None if nobody looked. Prefetch `sites` to ask often."""
        return len(self.sites.all()) if self.sites_examined else None


class Side(models.TextChoices):
    RIGHT = "right", "Right"
    LEFT = "left", "Left"
    MIDDLE = "middle", "Middle"


class BodySite(models.TextChoices):
    """Places in which bone can be inflamed. Those in PAIRED have a left and a right."""

    SKULL = "skull", "Skull"
    STERNUM = "sternum", "Breastbone (sternum)"
    NECK = "cervical_spine", "Neck (cervical spine)"
    UPPER_BACK = "thoracic_spine", "Upper back (thoracic spine)"
    LOWER_BACK = "lumbar_spine", "Lower back (lumbar spine)"
    SACRUM = "sacrum", "Base of the spine (sacrum)"
    JAW = "mandible", "Jaw (mandible)"
    COLLARBONE = "clavicle", "Collarbone (clavicle)"
    SHOULDER_BLADE = "scapula", "Shoulder blade (scapula)"
    RIBS = "ribs", "Ribs"
    UPPER_ARM = "proximal_humerus", "Upper arm, shoulder end (humerus)"
    ELBOW = "distal_humerus", "Upper arm, elbow end (humerus)"
    FOREARM = "forearm", "Forearm (radius, ulna)"
    HAND = "hand", "Hand or wrist"
    PELVIS = "pelvis", "Pelvis"
    HIP = "proximal_femur", "Thigh, hip end (femur)"
    KNEE = "distal_femur", "Thigh, knee end (femur)"
    SHIN = "proximal_tibia", "Shin, knee end (tibia, fibula)"
    ANKLE = "distal_tibia", "Shin, ankle end (tibia, fibula)"
    FOOT = "foot", "Foot"


UNPAIRED = (
    BodySite.SKULL,
    BodySite.STERNUM,
    BodySite.NECK,
    BodySite.UPPER_BACK,
    BodySite.LOWER_BACK,
    BodySite.SACRUM,
)
PAIRED = tuple(site for site in BodySite if site not in UNPAIRED)


def every_site() -> Iterator[tuple[BodySite, Side]]:
    """Each place with its side, in the order of the list: the middle of the body, then right and left."""
    for site in UNPAIRED:
        yield site, Side.MIDDLE
    for site in PAIRED:
        yield site, Side.RIGHT
        yield site, Side.LEFT


def site_name(site: str, side: str) -> str:
    """`Left collarbone (clavicle)`, `Skull`."""
    label = BodySite(site).label
    return label if side == Side.MIDDLE else f"{Side(side).label} {label[:1].lower()}{label[1:]}"


class ActiveSite(models.Model):
    """One place that was found active at a review; left and right are the child's."""

    # The constraint that begins with it, below, serves a look-up by review as well.
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="sites", db_index=False)
    site = models.CharField("where", max_length=20, choices=BodySite)
    side = models.CharField("side", max_length=6, choices=Side)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint("review", "site", "side", name="a_site_stands_once_in_a_review"),
            models.CheckConstraint(
                condition=Q(site__in=UNPAIRED, side=Side.MIDDLE)
                | Q(site__in=PAIRED, side__in=[Side.LEFT, Side.RIGHT]),
                name="a_site_is_on_a_side_it_has",
            ),
        ]

    def __str__(self) -> str:
        return site_name(self.site, self.side)


class ImagingKind(models.TextChoices):
    XRAY = "xray", "X-ray"
    MRI = "mri", "MRI"
    BONE_SCAN = "bone_scan", "Bone scan"
    DEXA = "dexa", "DEXA"


class Imaging(Recorded):
    """One examination by imaging, its result in the reporter's words."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="imaging")
    kind = models.CharField("kind", max_length=10, choices=ImagingKind)
    on = models.DateField("date")
    result = models.TextField("result", max_length=4000)

    objects = RecordedQuerySet.as_manager()

    class Meta:
        verbose_name = "imaging result"
        verbose_name_plural = "imaging results"
        ordering = ["-on", "-pk"]

    def __str__(self) -> str:
        return self.get_kind_display()

    def get_absolute_url(self) -> str:
        return reverse("scheduling:change_imaging", args=[self.pk])


class MedicineKind(models.TextChoices):
    NSAID = "nsaid", "NSAID"
    PARACETAMOL = "paracetamol", "Paracetamol"
    STEROID = "steroid", "Steroid"
    DMARD = "dmard", "DMARD"
    BIOLOGIC = "biologic", "Biologic"
    OTHER = "other", "Another medicine"


class Medicine(Recorded):
    """A medicine taken alongside, with its first and last day as far as known. How much is not kept here."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="medicines")
    kind = models.CharField("kind", max_length=12, choices=MedicineKind)
    name = models.CharField("name", max_length=100)
    started_on = models.DateField("from", null=True, blank=True)
    stopped_on = models.DateField("to", null=True, blank=True)

    objects = RecordedQuerySet.as_manager()

    class Meta:
        ordering = [F("stopped_on").desc(nulls_first=True), F("started_on").desc(nulls_last=True), "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(started_on__isnull=True)
                | Q(stopped_on__isnull=True)
                | Q(started_on__lte=F("stopped_on")),
                name="a_medicine_ends_after_it_begins",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("scheduling:change_medicine", args=[self.pk])
