"""The day case unit: its chairs, when it is open, and with how many nurses."""

from dataclasses import fields
from datetime import time

from django.core.validators import MaxValueValidator, MinValueValidator, StepValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from crmo_clinic.nhsuk.wording import clock_range, long_date
from patients.stale import fingerprint
from scheduling.rules.capacity import Care
from scheduling.rules.pricing import DEFAULT_WEIGHTS, Weights


class Weekday(models.IntegerChoices):
    MONDAY = 0, "Monday"
    TUESDAY = 1, "Tuesday"
    WEDNESDAY = 2, "Wednesday"
    THURSDAY = 3, "Thursday"
    FRIDAY = 4, "Friday"
    SATURDAY = 5, "Saturday"
    SUNDAY = 6, "Sunday"


class EntryDetail(models.TextChoices):
    """How much a calendar entry says. Entries travel: people share calendars."""

    ADVICE = "advice", "The preparation advice, in neutral words"
    LINK = "link", "Only the address of the advice page"


# The texts without which no family may be written to, as nouns to follow "The unit has no".
NEEDED_FOR_MAIL = {
    "phone": "phone number for families",
    "phone_hours": "hours of the phone",
    "out_of_hours": "out-of-hours text",
    "mailbox": "mailbox",
}


MOST_POINTS = 10_000


def _points(weight: str, name: str) -> models.PositiveSmallIntegerField:
    """What one shortcoming of an offer costs; see `scheduling.rules.Weights`."""
    return models.PositiveSmallIntegerField(
        f"points for {name}",
        default=getattr(DEFAULT_WEIGHTS, weight),
        validators=[MaxValueValidator(MOST_POINTS)],
    )


MOST_OF_A_PHASE = 180
CARE = [
    (Care.NONE.value, "Not needed"),
    (Care.SHARED.value, "Shared with other children"),
    (Care.OWN.value, "A nurse of its own"),
]
QUARTER_HOURS = [StepValueValidator(15, "Enter whole quarter hours, like 15, 30 or 45")]


def _phase_minutes(name: str, default: int | None = 0) -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(
        name,
        default=default,
        null=default is None,
        blank=default is None,
        validators=[MaxValueValidator(MOST_OF_A_PHASE), *QUARTER_HOURS],
    )


def _care(name: str, default: Care) -> models.CharField:
    return models.CharField(name, max_length=6, choices=CARE, default=default.value)


def reminder_days() -> list[int]:
    """The default: a week before and the day before."""
    return [7, 1]


class Unit(models.Model):
    """A children's day case unit, with all that the Trust decides about it."""

    name = models.CharField("name of the unit", max_length=100, unique=True)
    place = models.CharField("where families come to", max_length=255)
    phone = models.CharField("phone number for families", max_length=40, blank=True)
    phone_hours = models.CharField("when the phone is answered", max_length=100, blank=True)
    out_of_hours = models.TextField("whom to ring at other times", max_length=400, blank=True)
    mailbox = models.EmailField("mailbox that invites come from", blank=True)
    entry_detail = models.CharField(
        "what a calendar entry says", max_length=10, choices=EntryDetail, default=EntryDetail.ADVICE
    )
    advice_page = models.URLField("address of the advice page", blank=True, max_length=300)
    cannulation_minutes = models.PositiveSmallIntegerField(
        "minutes one nurse needs to start a drip",
        default=30,
        validators=[MinValueValidator(0), MaxValueValidator(120)],
    )
    children_per_nurse = models.PositiveSmallIntegerField(
        "children one nurse can look after once the drip is running",
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(10)],
    )
    closed_on_bank_holidays = models.BooleanField("closed on bank holidays", default=True)
    # The phases around the agreed time. A first course takes as long as any other unless it says otherwise.
    before_minutes = _phase_minutes("minutes before the cannulation")
    first_before_minutes = _phase_minutes("minutes before the cannulation on a first course", None)
    before_care = _care("nurses’ care before the cannulation", Care.NONE)
    before_in_chair = models.BooleanField("in the chair before the cannulation", default=False)
    first_more_cannulation = models.SmallIntegerField(
        "minutes more to cannulate on a first course", default=0, validators=QUARTER_HOURS
    )
    after_minutes = _phase_minutes("minutes after the drip")
    first_after_minutes = _phase_minutes("minutes after the drip on a first course", None)
    after_care = _care("nurses’ care after the drip", Care.SHARED)
    after_in_chair = models.BooleanField("in the chair after the drip", default=True)
    # Kept in step by `unit/needs.py`, so that a unit without needs costs no query.
    has_needs = models.BooleanField("has a list of needs", default=False, editable=False)
    roles = models.JSONField("roles that needs ask for", default=list, blank=True, editable=False)
    points_day_from_target = _points("day_from_target", "a day away from the target date")
    points_different_chair = _points("different_chair", "a change of chair between the days")
    points_different_start = _points("different_start", "a change of start between the days")
    points_stranded_day = _points("stranded_day", "a day left free on its own")
    points_hour_later = _points("hour_later", "an hour later in the day")
    # Reminders of a course: so many days before its day 1, never in the quiet hours.
    reminder_days = models.JSONField("days before day 1 to remind on", default=reminder_days, blank=True)
    quiet_from = models.TimeField("no message from", default=time(20))
    quiet_until = models.TimeField("no message until", default=time(8))
    evening_at = models.TimeField("message between the days, at", null=True, blank=True, default=time(18))
    asks_how_it_went = models.BooleanField("ask the family how it went after a course", default=True)
    # Raised with every lock (`scheduling/unit/lock.py`): a diary read under another number is out of date.
    diary_version = models.PositiveBigIntegerField("version of the diary", default=0, editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(children_per_nurse__gte=1), name="a_nurse_looks_after_someone"
            ),
            models.CheckConstraint(
                condition=~Q(entry_detail=EntryDetail.LINK) | ~Q(advice_page=""),
                name="a_link_has_an_address",
                violation_error_message="Enter the address of the advice page.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("scheduling:show_unit", args=[self.pk])

    @property
    def weights(self) -> Weights:
        """The weights by which this unit ranks offers."""
        return Weights(**{field.name: getattr(self, f"points_{field.name}") for field in fields(Weights)})

    @property
    def has_phases(self) -> bool:
        """Whether a visit passes otherwise here than in cannulation and drip."""
        around = self.before_minutes, self.first_before_minutes, self.after_minutes, self.first_after_minutes
        return any(around) or bool(self.first_more_cannulation)

    def missing_for_mail(self) -> list[str]:
        """What has to be added before any family may be written to, such as "mailbox"."""
        return [noun for name, noun in NEEDED_FOR_MAIL.items() if not getattr(self, name).strip()]


class ChairQuerySet(models.QuerySet["Chair"]):
    def in_use(self) -> "ChairQuerySet":
        return self.filter(in_use=True)


class Chair(models.Model):
    """A chair or bed in which one child at a time has the drip."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="chairs")
    name = models.CharField("name", max_length=40)
    # In the unit's own words, such as "cubicle".
    kinds = models.JSONField("kinds", default=list, blank=True)
    in_use = models.BooleanField("in use", default=True)

    objects = ChairQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                "unit",
                "name",
                name="a_chair_has_its_own_name",
                violation_error_message="Another chair of this unit has this name.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class OpeningHours(models.Model):
    """The hours of one weekday; on a weekday without a row the unit is closed."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="opening_hours")
    weekday = models.PositiveSmallIntegerField("weekday", choices=Weekday)
    opens = models.TimeField("opens", default=time(8))
    closes = models.TimeField("closes", default=time(18))
    nurses = models.PositiveSmallIntegerField(
        "nurses", validators=[MinValueValidator(1), MaxValueValidator(50)]
    )

    class Meta:
        ordering = ["weekday"]
        verbose_name_plural = "opening hours"
        constraints = [
            models.UniqueConstraint("unit", "weekday", name="one_set_of_hours_a_weekday"),
            models.CheckConstraint(
                condition=Q(opens__lt=F("closes")),
                name="a_day_opens_before_it_closes",
                violation_error_message="The unit must open before it closes.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {clock_range(self.opens, self.closes)}"


class Closure(models.Model):
    """Days on which the unit is closed, first and last included."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="closures")
    first_day = models.DateField("first day closed")
    last_day = models.DateField("last day closed")
    reason = models.CharField("reason", max_length=100)

    class Meta:
        ordering = ["first_day"]
        constraints = [
            models.CheckConstraint(
                condition=Q(first_day__lte=F("last_day")),
                name="a_closure_ends_after_it_begins",
                violation_error_message="The last day must be the first day or after it.",
            )
        ]

    def __str__(self) -> str:
        return self.reason

    @property
    def days_in_words(self) -> str:
        """`Tuesday 4 August 2026`, or `Tuesday 4 August 2026 to Friday 7 August 2026`."""
        first, last = long_date(self.first_day), long_date(self.last_day)
        return first if first == last else f"{first} to {last}"


class Staffing(models.Model):
    """Nurses on one day, where it differs from the weekly pattern."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="staffing")
    day = models.DateField("day")
    nurses = models.PositiveSmallIntegerField(
        "nurses", validators=[MinValueValidator(0), MaxValueValidator(50)]
    )
    note = models.CharField("note", max_length=100, blank=True)

    class Meta:
        ordering = ["day"]
        verbose_name_plural = "staffing"
        constraints = [
            models.UniqueConstraint(
                "unit",
                "day",
                name="one_staffing_a_day",
                violation_error_message="This day already has its own number of nurses.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.nurses} nurses on {self.day}"

    @property
    def version(self) -> str:
        """A fingerprint. A page sends it back, so that changes since then are noticed."""
        return fingerprint([self.pk, self.nurses, self.note])
