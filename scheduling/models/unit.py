"""The day case unit and its chairs. When it is open, and with how many nurses, is in `opening`."""

from dataclasses import fields
from datetime import time

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, StepValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse

from scheduling.models.whom_to_ask import WhomToAsk, contact_in_words
from scheduling.rules.capacity import Care
from scheduling.rules.pricing import DEFAULT_WEIGHTS, Weights


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
MOST_UNDO_MINUTES = 10
MOST_ALARM_MINUTES = 240


def _points(weight: str, name: str) -> models.PositiveSmallIntegerField:
    """What one shortcoming of an offer costs; see `scheduling.rules.Weights`."""
    return models.PositiveSmallIntegerField(
        f"points for {name}",
        default=getattr(DEFAULT_WEIGHTS, weight),
        validators=[MaxValueValidator(MOST_POINTS)],
    )


MOST_DAYS_FOR_ONE = 100


def _days_late(priority: str, default: int) -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(
        f"routine days that one {priority} day late counts as",
        default=default,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS_FOR_ONE)],
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
    leaflet_page = models.URLField(
        "address of the Trust’s leaflet on bisphosphonates", blank=True, max_length=300
    )
    # Whom families may ask beside the unit; see `WhomToAsk`. On the row, so that a mail asks nothing more.
    contacts = models.JSONField("whom families may ask besides", default=list, blank=True)
    # Until when a page of the leaflet is approved: kept in step by approving, so that a mail asks nothing.
    leaflet_until = models.DateField(null=True, blank=True, editable=False)
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
    notice_days = models.PositiveSmallIntegerField(
        "working days’ notice for a family",
        default=2,
        validators=[MaxValueValidator(20)],
    )
    overrun_minutes = models.PositiveSmallIntegerField(
        "minutes after closing until which a visit may be allowed to last",
        default=0,
        validators=[MaxValueValidator(120)],
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
    points_school_day = _points("school_day", "a day of school missed")
    # What a day late costs in a plan, in days of a routine course: the unit lead's, in words on every draft.
    urgent_days_late = _days_late("urgent", 4)
    soon_days_late = _days_late("soon", 2)
    # Reminders of a course: so many days before its day 1, never in the quiet hours.
    reminder_days = models.JSONField("days before day 1 to remind on", default=reminder_days, blank=True)
    quiet_from = models.TimeField("no message from", default=time(20))
    quiet_until = models.TimeField("no message until", default=time(8))
    evening_at = models.TimeField("message between the days, at", null=True, blank=True, default=time(18))
    # Alarms of calendar entries: the evening before, and in the morning in time to leave; none where empty.
    alarm_evening_at = models.TimeField(
        "calendar reminds the evening before, at", null=True, blank=True, default=time(18)
    )
    alarm_minutes = models.PositiveSmallIntegerField(
        "calendar reminds so many minutes before the visit",
        null=True,
        blank=True,
        default=90,
        validators=[MinValueValidator(15), MaxValueValidator(MOST_ALARM_MINUTES)],
    )
    asks_how_it_went = models.BooleanField("ask the family how it went after a course", default=True)
    # Whether it has `infusion_kinds`.
    gives_others = models.BooleanField(default=False, editable=False)
    # Whether it has `kept_places`: so that a unit without any is asked nothing.
    keeps_places = models.BooleanField(default=False, editable=False)
    # For so long a booking, a move, a cancellation or a hold can be undone, and its mails wait. 0: neither.
    undo_minutes = models.PositiveSmallIntegerField(
        "minutes to undo a change, while its mails wait",
        default=2,
        validators=[MaxValueValidator(MOST_UNDO_MINUTES)],
    )
    # Raised with every lock (`scheduling/unit/lock.py`): a diary read under another number is out of date.
    diary_version = models.PositiveBigIntegerField("version of the diary", default=0, editable=False)

    coordinators_change_days = models.BooleanField(
        "coordinators close days, change their nurses and block chairs", default=True
    )
    # Whose lists show this unit first. It says nothing of what a person may see or do.
    staff = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="units", blank=True)

    IN_WORDS = {"contacts": contact_in_words}

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

    @property
    def whom_to_ask(self) -> list[WhomToAsk]:
        """Whom families may ask beside the unit, in order."""
        return [WhomToAsk(**kept) for kept in self.contacts]

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
