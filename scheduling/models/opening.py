"""When a unit is open, with how many nurses, and for whom places are kept back."""

from collections.abc import Iterable, Sequence
from datetime import time

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from crmo_clinic.nhsuk.wording import clock, clock_range, listed, long_date, quantity
from patients.stale import fingerprint
from scheduling.models.unit import Unit
from scheduling.rules.calendar import Shift


class Weekday(models.IntegerChoices):
    MONDAY = 0, "Monday"
    TUESDAY = 1, "Tuesday"
    WEDNESDAY = 2, "Wednesday"
    THURSDAY = 3, "Thursday"
    FRIDAY = 4, "Friday"
    SATURDAY = 5, "Saturday"
    SUNDAY = 6, "Sunday"


def shift_in_words(shift: Sequence[int]) -> str:
    """`8am to midday: 2 nurses`, of a shift as a row keeps it."""
    start, end, nurses = shift
    return f"{clock_range(start, end)}: {quantity(nurses, 'nurse')}"


def nurses_in_words(row: "OpeningHours | Staffing") -> str:
    """`2 nurses`, or `8am to midday: 2 nurses and midday to 6pm: 1 nurse`, of a weekday or a day."""
    return listed(map(shift_in_words, row.shifts)) if row.shifts else quantity(row.nurses, "nurse")


def shifts_of(kept: Iterable[Sequence[int]]) -> tuple[Shift, ...]:
    """The shifts that a row keeps, as the rules use them."""
    return tuple(Shift(*shift) for shift in kept)


class OpeningHours(models.Model):
    """The hours of one weekday in one version of the week; on a weekday without a row the unit is closed.

    since: the date from which this version of the week holds, until a later one does; None for the first.
    shifts: each as its start and end in minutes after midnight and its number of nurses. If there are any,
    `nurses` is how many are on when most are.
    """

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="opening_hours")
    weekday = models.PositiveSmallIntegerField("weekday", choices=Weekday)
    opens = models.TimeField("opens", default=time(8))
    closes = models.TimeField("closes", default=time(18))
    nurses = models.PositiveSmallIntegerField(
        "nurses", validators=[MinValueValidator(1), MaxValueValidator(50)]
    )
    shifts = models.JSONField("shifts", default=list, blank=True)
    since = models.DateField("from", null=True, blank=True)

    # Words for one entry of a list, for the log.
    IN_WORDS = {"shifts": shift_in_words}

    class Meta:
        ordering = [F("since").asc(nulls_first=True), "weekday"]
        verbose_name_plural = "opening hours"
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "weekday"],
                condition=Q(since=None),
                name="one_set_of_first_hours_a_weekday",
            ),
            models.UniqueConstraint(
                fields=["unit", "weekday", "since"], name="one_set_of_hours_a_weekday_and_date"
            ),
            models.CheckConstraint(
                condition=Q(opens__lt=F("closes")),
                name="a_day_opens_before_it_closes",
                violation_error_message="The unit must open before it closes.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {clock_range(self.opens, self.closes)}"

    @property
    def nurses_in_words(self) -> str:
        return nurses_in_words(self)


class KeptFor(models.TextChoices):
    """For whom places are kept back."""

    COURSES = "courses", "Courses"
    OTHERS = "others", "Other infusions"


class KeptPlaces(models.Model):
    """Places kept back on some weekdays, until so many days before; see `scheduling.rules.KeptBack`."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="kept_places")
    kept_for = models.CharField("for whom", max_length=8, choices=KeptFor)
    places = models.PositiveSmallIntegerField(
        "places", validators=[MinValueValidator(1), MaxValueValidator(50)]
    )
    weekdays = models.JSONField("weekdays", default=list, blank=True)
    starts = models.TimeField("from", null=True, blank=True)
    ends = models.TimeField("until", null=True, blank=True)
    released_days_before = models.PositiveSmallIntegerField(
        "days before on which anybody may have them", validators=[MaxValueValidator(365)]
    )

    CODES = {"weekdays": dict(Weekday.choices)}

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "kept places"
        constraints = [
            models.CheckConstraint(
                condition=Q(starts__isnull=True, ends__isnull=True) | Q(starts__lt=F("ends")),
                name="kept_places_end_after_they_begin",
                violation_error_message="The end must be after the start.",
            )
        ]

    def __str__(self) -> str:
        return f"{quantity(self.places, 'place')} for {self.get_kept_for_display().lower()}"

    @property
    def when_in_words(self) -> str:
        """ "Mondays and Tuesdays, 9am to 1pm", "Every day" """
        days = listed(f"{Weekday(day).label}s" for day in self.weekdays) if self.weekdays else "Every day"
        return f"{days}, {clock_range(self.starts, self.ends)}" if self.starts and self.ends else days

    @property
    def in_words(self) -> str:
        """For whom, when, and until when, as a sentence."""
        until = (
            quantity(self.released_days_before, "day") + " before"
            if self.released_days_before
            else "the day itself"
        )
        return f"{self}. {self.when_in_words}, until {until}."


class Closure(models.Model):
    """Days on which the unit is closed, first and last included: all day, or the same part of each."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="closures")
    first_day = models.DateField("first day closed")
    last_day = models.DateField("last day closed")
    reason = models.CharField("reason", max_length=100)
    until = models.TimeField("closed until", null=True, blank=True)
    since = models.TimeField("closed from", null=True, blank=True)

    class Meta:
        ordering = ["first_day"]
        constraints = [
            models.CheckConstraint(
                condition=Q(first_day__lte=F("last_day")),
                name="a_closure_ends_after_it_begins",
                violation_error_message="The last day must be the first day or after it.",
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(since=None),
                name="a_closed_part_is_a_morning_or_an_afternoon",
                violation_error_message="A part of a day that is closed is its beginning or its end.",
            ),
        ]

    def __str__(self) -> str:
        return self.reason

    @property
    def days_in_words(self) -> str:
        """`Tuesday 4 August 2026`, `Tuesday 4 August 2026 to Friday 7 August 2026`, `…, until midday`."""
        first, last = long_date(self.first_day), long_date(self.last_day)
        days = first if first == last else f"{first} to {last}"
        if self.until:
            return f"{days}, until {clock(self.until)}"
        return f"{days}, from {clock(self.since)}" if self.since else days

    def hits(self, start: int, end: int) -> bool:
        """Whether a visit on one of its days, in minutes after midnight, would be in the closed part."""
        if self.until:
            return start < self.until.hour * 60 + self.until.minute
        return self.since is None or end > self.since.hour * 60 + self.since.minute


class Staffing(models.Model):
    """Nurses on one day, where it differs from the weekly pattern.

    shifts: as in `OpeningHours`; without any, `nurses` are on all day.
    """

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="staffing")
    day = models.DateField("day")
    nurses = models.PositiveSmallIntegerField(
        "nurses", validators=[MinValueValidator(0), MaxValueValidator(50)]
    )
    shifts = models.JSONField("shifts", default=list, blank=True)
    note = models.CharField("note", max_length=100, blank=True)

    IN_WORDS = {"shifts": shift_in_words}

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
    def nurses_in_words(self) -> str:
        return nurses_in_words(self)

    @property
    def version(self) -> str:
        """A fingerprint. A page sends it back, so that changes since then are noticed."""
        return fingerprint([self.pk, self.nurses, self.shifts, self.note])


class SchoolTerm(models.Model):
    """A stretch of school days, first and last included; holidays lie between two. For a unit's families."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="school_terms")
    name = models.CharField("name", max_length=60)
    first_day = models.DateField("first day of school")
    last_day = models.DateField("last day of school")

    class Meta:
        ordering = ["first_day", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(first_day__lte=F("last_day")),
                name="a_term_ends_after_it_begins",
                violation_error_message="The last day must be the first day or after it.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def days_in_words(self) -> str:
        """`Tuesday 5 January 2027 to Friday 12 February 2027`."""
        return f"{long_date(self.first_day)} to {long_date(self.last_day)}"
