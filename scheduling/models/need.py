"""What children need that changes their visits: a unit's list, which child needs what, and who is on when."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from crmo_clinic.nhsuk.wording import clock_range, listed, long_date, quantity, with_article
from patients.models import Patient
from scheduling.models.opening import Weekday
from scheduling.models.unit import Unit

MOST_MORE = 120


class Need(models.Model):
    """One entry of a unit's list, with what it asks of a visit; with nothing asked, it is only a note.

    more_cannulation: minutes, whole quarter hours. chair_kind: in the words of the unit's chairs. role: who
    has to be on shift from arrival to the end of cannulation.
    """

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="needs")
    name = models.CharField("name", max_length=60)
    more_cannulation = models.PositiveSmallIntegerField(
        "minutes more to cannulate", default=0, validators=[MaxValueValidator(MOST_MORE)]
    )
    chair_kind = models.CharField("kind of chair", max_length=40, blank=True)
    role = models.CharField("who has to be on shift", max_length=40, blank=True)
    shown_to_families = models.BooleanField("shown to families", default=False)
    in_use = models.BooleanField("in use", default=True)
    patients = models.ManyToManyField(Patient, through="PatientNeed", related_name="visit_needs")

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                "unit",
                "name",
                name="a_need_has_its_own_name",
                violation_error_message="Another need of this unit has this name.",
            ),
            models.CheckConstraint(
                condition=Q(more_cannulation__in=range(0, MOST_MORE + 1, 15)),
                name="a_need_takes_quarter_hours",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def asks(self) -> str:
        """`15 minutes more to cannulate, a cubicle and a play specialist on shift`, or `a note only`."""
        more = f"{quantity(self.more_cannulation, 'minute')} more to cannulate"
        found = [
            more if self.more_cannulation else "",
            with_article(self.chair_kind) if self.chair_kind else "",
            f"{with_article(self.role)} on shift" if self.role else "",
        ]
        return listed(filter(None, found)) or "a note only"


class PatientNeed(models.Model):
    """A child needs it, from course to course, until somebody takes it out."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="need_rows")
    need = models.ForeignKey(Need, on_delete=models.PROTECT, related_name="rows")
    added_by = models.CharField("who recorded it", max_length=150)
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["need__name", "pk"]
        constraints = [models.UniqueConstraint("patient", "need", name="a_child_needs_a_thing_once")]

    def __str__(self) -> str:
        return str(self.need)


class RoleShift(models.Model):
    """When somebody of a role is on: on a weekday, or on one date in place of that role's weekdays.

    Of a date without times, nobody of the role is on that day.
    """

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="role_shifts")
    role = models.CharField("role", max_length=40)
    weekday = models.PositiveSmallIntegerField("weekday", choices=Weekday, null=True, blank=True)
    day = models.DateField("date", null=True, blank=True)
    starts = models.TimeField("from", null=True, blank=True)
    ends = models.TimeField("to", null=True, blank=True)

    class Meta:
        ordering = ["role", "weekday", "day", "starts", "pk"]
        verbose_name = "shift of a role"
        verbose_name_plural = "shifts of roles"
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__isnull=True, day__isnull=False)
                | Q(weekday__isnull=False, day__isnull=True),
                name="a_role_is_on_a_weekday_or_a_date",
            ),
            models.CheckConstraint(
                condition=Q(starts__lt=F("ends"))
                | Q(starts__isnull=True, ends__isnull=True, day__isnull=False),
                name="a_shift_of_a_role_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role}, {self.when}"

    def get_absolute_url(self) -> str:
        return reverse("scheduling:list_needs", args=[self.unit_id])

    @property
    def when(self) -> str:
        """`Tuesdays, 9am to 1pm`, `Tuesday 4 August 2026, 9am to 1pm`, `Tuesday 4 August 2026, not on`."""
        day = long_date(self.day) if self.day else f"{self.get_weekday_display()}s"
        return f"{day}, {clock_range(self.starts, self.ends) if self.starts else 'not on'}"
