"""The form to agree or change a course."""

from datetime import date, timedelta
from typing import Any

from crispy_forms.layout import Fieldset
from django.utils import timezone

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.wording import duration
from patients.forms import ModelForm
from scheduling.acts import ACTS
from scheduling.history.last_course import last_course
from scheduling.models import Course, Priority, Reason, SchoolTerm, Unit, Weekday
from scheduling.pages.booking.date_ranges import DateRangesField
from scheduling.pages.booking.interval_fields import (
    EarlyBecauseField,
    ask_why_early,
    refuse_early_without_reason,
)
from scheduling.pages.booking.limits_words import limits_in_words
from scheduling.pages.booking.slot_fields import PHASES, differing, slot_fields
from scheduling.rules.course import LENGTH_STEP, LONGEST, SHORTEST
from scheduling.states import CourseStatus

# A search runs up to the latest day, so a mistyped year must not send it to the next century.
FURTHEST_DAYS = 2 * 365
# A child is not due before the review date, so a mistyped year must not hide the child for decades.
FURTHEST_REVIEW_DAYS = 3 * 365 + 1
LENGTHS = [(minutes, duration(minutes)) for minutes in range(SHORTEST, LONGEST + 1, LENGTH_STEP)]
DAYS = [(2, "2 days in a row"), (1, "1 day"), (3, "3 days in a row")]

SHORT_NOTICE = [("yes", "Yes"), ("no", "No"), ("not_asked", "Not asked yet")]


def is_too_far_to_review(day: date) -> bool:
    """Whether a review on that day can only be a mistyped year."""
    return day > timezone.localdate() + timedelta(days=FURTHEST_REVIEW_DAYS)


def short_notice_of(answer: str) -> bool | None:
    """The value on a course for an answer of SHORT_NOTICE: True, False, or None if not asked."""
    return {"yes": True, "no": False}.get(answer)


class ShortNoticeField(forms.TypedChoiceField):
    """Yes, no or not asked yet, as True, False or None. No answer counts as not asked."""

    def __init__(self, *, label: str, help_text: str) -> None:
        super().__init__(
            label=label,
            help_text=help_text,
            choices=SHORT_NOTICE,
            coerce=short_notice_of,
            empty_value=None,
            required=False,
            widget=forms.Radios(inline=True),
        )

    def bound_data(self, data: Any, initial: Any) -> Any:
        # If nothing was ticked, nothing is ticked when the form is shown again.
        return data or ""

    def prepare_value(self, value: Any) -> Any:
        return {True: "yes", False: "no", None: "not_asked"}.get(value, value)


class CourseForm(ModelForm):
    """What a clinician decided and what the family can do. A new course joins the waiting list."""

    submit_label = "Save course"
    acts = ACTS
    names_in_errors = {
        "days": "how many days",
        "minutes": "how long each day is",
        "decided_by": "the clinician who decided",
        "early_because": "why it may come before the interval of the plan is over",
    }

    unit = forms.ModelChoiceField(label="Day case unit", queryset=Unit.objects.all(), widget=forms.Radios())
    decided_by = forms.CharField(
        label="Clinician who decided", max_length=150, widget=forms.TextInput(width=30, spellcheck=False)
    )
    decided_on = forms.DateField(
        label="Date of the decision", help_text="For example, 27 3 2026", ahead=False
    )
    reason = forms.ChoiceField(label="Reason for this course", choices=Reason.choices, widget=forms.Radios())
    days = forms.TypedChoiceField(label="How many days?", choices=DAYS, coerce=int, widget=forms.Radios())
    minutes = forms.TypedChoiceField(
        label="How long is each day?",
        choices=[("", "Select a length"), *LENGTHS],
        coerce=int,
        widget=forms.Select(),
        help_text="Time in the chair, as the clinician decided",
    )
    priority = forms.TypedChoiceField(
        label="Priority", choices=Priority.choices, coerce=int, widget=forms.Radios(inline=True)
    )
    earliest = forms.DateField(
        label="Earliest first day",
        required=False,
        ahead=True,
        help_text="The clinician’s limit: day 1 is never offered before this date",
    )
    target = forms.DateField(
        label="Target first day",
        required=False,
        ahead=True,
        help_text="Days nearest this date are offered first",
    )
    latest = forms.DateField(
        label="Latest first day",
        required=False,
        ahead=True,
        help_text="The clinician’s limit: day 1 is never offered after this date",
    )
    impossible_weekdays = forms.TypedMultipleChoiceField(
        label="Weekdays the family cannot do",
        choices=Weekday.choices,
        coerce=int,
        required=False,
        widget=forms.Checkboxes(small=True),
    )
    impossible_dates = DateRangesField(
        label="Dates the family cannot do",
        required=False,
        help_text="One date or range on each line, for example 24 3 2027 or 1 4 2027 to 14 4 2027",
    )
    not_before = forms.TimeField(
        label="Earliest time the family can arrive", required=False, help_text="For example, 9:30am"
    )
    misses_no_school = forms.BooleanField(
        label="Would rather miss no school",
        required=False,
        help_text="Days in the school holidays and weekends are offered first",
        widget=forms.Checkbox(),
    )
    short_notice = ShortNoticeField(
        label="Can the family come at short notice?",
        help_text="A place that becomes free can then be offered to them within days",
    )
    early_because = EarlyBecauseField()
    repeat_weeks = forms.IntegerField(
        label="Weeks until a repeat may be needed",
        required=False,
        min_value=1,
        max_value=156,
        help_text="Only if the clinician gave a number. Nothing is booked from it",
        widget=forms.TextInput(width=3, inputmode="numeric", suffix="weeks"),
    )
    review_on = forms.DateField(label="Review due", required=False, ahead=True)

    class Meta:
        model = Course
        fields = (
            "unit",
            "decided_by",
            "decided_on",
            "reason",
            "days",
            "minutes",
            *PHASES,
            "priority",
            "earliest",
            "target",
            "latest",
            "early_because",
            "impossible_weekdays",
            "not_before",
            "misses_no_school",
            "short_notice",
            "repeat_weeks",
            "review_on",
        )

    def __init__(self, *args: Any, may_book: bool = True, **kwargs: Any) -> None:
        """may_book: whether the user may change the length of days that are held or booked."""
        course, units = kwargs["instance"], list(Unit.objects.all())
        if len(units) == 1 and not course.pk:
            course.unit = units[0]
        # Until a unit is chosen, all that any of them has set up is asked for.
        self.unit = course.unit if course.unit_id else None
        own = slot_fields(course, [self.unit] if self.unit else units)
        self.base_fields = self.base_fields | own
        super().__init__(*args, **kwargs)
        for name in set(PHASES) - set(own):
            del self.fields[name]
        if set(PHASES) & set(own):
            self.fields["minutes"].help_text = "Cannulation and drip, as the clinician decided"
        if self.unit:
            del self.fields["unit"]
        if course.pk:
            self.fields["impossible_dates"].initial = course.impossible_ranges
        self._say_what_holds_anyway()
        if not self._knows_school_terms():
            del self.fields["misses_no_school"]
        if not course.pk and not self.initial.get("decided_on"):
            self.initial["decided_on"] = timezone.localdate()
        self.last_course = last_course(course.patient)
        ask_why_early(self, self.last_course)
        if course.pk and course.status != CourseStatus.WAITING:
            # A held or booked course has its chairs on these days.
            for name in ("days",) if may_book else ("days", "minutes", *PHASES, "needs"):
                self.fields.pop(name, None)

    def _say_what_holds_anyway(self) -> None:
        """The limits of the family hold for every course; a course starts from them."""
        words = limits_in_words(self.instance.patient.family_limits.all())
        hint = f"Already kept to, in every course: {words}. " if words else ""
        self.fields["impossible_weekdays"].help_text = f"{hint}Select only what is so for this course"

    def _knows_school_terms(self) -> bool:
        units = [self.instance.unit_id] if self.instance.unit_id else Unit.objects.values("pk")
        return SchoolTerm.objects.filter(unit__in=units).exists()

    def layout(self) -> forms.Layout:
        groups = [
            (
                "What the clinician decided",
                ("unit", "decided_by", "decided_on", "reason", "days", "minutes", "priority"),
            ),
            ("Each visit", (*PHASES, "needs")),
            ("When", ("earliest", "target", "latest", "early_because")),
            (
                "The family’s limits",
                ("impossible_weekdays", "impossible_dates", "not_before", "misses_no_school", "short_notice"),
            ),
            ("Afterwards", ("repeat_weeks", "review_on")),
        ]
        shown = [(legend, [name for name in names if name in self.fields]) for legend, names in groups]
        return forms.Layout(*(Fieldset(legend, *names) for legend, names in shown if names))

    def clean_decided_on(self) -> date:
        decided = self.cleaned_data["decided_on"]
        if decided > timezone.localdate():
            raise forms.ValidationError("Date of the decision must be today or in the past")
        return decided

    def clean_review_on(self) -> date | None:
        day = self.cleaned_data["review_on"]
        if day and is_too_far_to_review(day):
            raise forms.ValidationError("Date of the review must be within the next 3 years. Check the year")
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        earliest, target, latest = (cleaned.get(name) for name in ("earliest", "target", "latest"))
        furthest = timezone.localdate() + timedelta(days=FURTHEST_DAYS)
        if latest and latest < timezone.localdate() and "latest" in self.changed_data:
            self.add_error("latest", "Latest first day must be today or in the future")
        for name in ("earliest", "target", "latest"):
            if cleaned.get(name) and cleaned[name] > furthest:
                self.add_error(name, f"{self.fields[name].label} must be within the next 2 years")
        if earliest and latest and latest < earliest:
            self.add_error("latest", "Latest first day must be the earliest first day or after it")
        elif target and earliest and target < earliest:
            self.add_error("target", "Target first day must be the earliest first day or after it")
        elif target and latest and target > latest:
            self.add_error("target", "Target first day must be the latest first day or before it")
        refuse_early_without_reason(self, self.last_course)
        return cleaned | self._of_the_slot(cleaned)

    def _of_the_slot(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        """What differs from the phases of the unit, and the needs that are on its list."""
        course, unit = self.instance, self.unit or cleaned.get("unit")
        if unit is None:
            return {}
        asked = Course(patient=course.patient, unit=unit, reason=cleaned.get("reason") or course.reason)
        found = differing(asked, cleaned)
        if "needs" in cleaned:
            found["needs"] = [need for need in cleaned["needs"] if need.unit_id == unit.pk]
        return found
