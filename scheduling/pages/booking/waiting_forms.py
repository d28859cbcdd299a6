"""The filters of the waiting list, and the form for the contact log."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.http import QueryDict
from django.utils import timezone

from crmo_clinic.nhsuk import forms
from scheduling.models import ContactOutcome, Priority, Unit
from scheduling.models.course import CourseQuerySet
from scheduling.pages.booking.course_forms import SHORT_NOTICE, short_notice_of
from scheduling.states import CourseStatus

OVERDUE, NOT_TRIED, HELD = "overdue", "not_tried", "held"
DAYS_NOT_TRIED = 7


class WaitingFilterForm(forms.Form):
    """Which courses of the waiting list are shown, as the address says. Invalid values are ignored.

    Several choices in one question show more courses. Several questions show fewer, and so do several choices
    in `only`.
    """

    method = "get"
    submit_label = "Apply filters"
    submit_variant = "secondary"
    mark_optional = False

    only = forms.MultipleChoiceField(
        label="Only courses that are",
        choices=[
            (OVERDUE, "Overdue"),
            (NOT_TRIED, f"Not contacted in {DAYS_NOT_TRIED} days"),
            (HELD, "Held"),
        ],
        required=False,
        widget=forms.Checkboxes(small=True),
    )
    priority = forms.TypedMultipleChoiceField(
        label="Priority",
        choices=Priority.choices,
        coerce=int,
        required=False,
        widget=forms.Checkboxes(small=True),
    )
    notice = forms.MultipleChoiceField(
        label="Can come at short notice",
        choices=SHORT_NOTICE,
        required=False,
        widget=forms.Checkboxes(small=True),
    )
    unit = forms.TypedMultipleChoiceField(
        label="Day case unit", coerce=int, required=False, widget=forms.Checkboxes(small=True)
    )

    def __init__(self, address: QueryDict) -> None:
        units = list(Unit.objects.values_list("pk", "name"))
        known = QueryDict(mutable=True)
        choices = {name: field.choices for name, field in self.base_fields.items()} | {"unit": units}
        for name, values in choices.items():
            known.setlist(name, [str(value) for value, _ in values if str(value) in address.getlist(name)])
        super().__init__(known)
        self.fields["unit"].choices = units
        if len(units) < 2:
            del self.fields["unit"]
        self.is_valid()

    def narrow(self, courses: CourseQuerySet, now: datetime) -> CourseQuerySet:
        """The courses that pass the filters."""
        asked = self.cleaned_data
        if asked["priority"]:
            courses = courses.filter(priority__in=asked["priority"])
        if asked.get("unit"):
            courses = courses.filter(unit__in=asked["unit"])
        if asked["notice"]:
            courses = courses.can_come_at_short_notice(*map(short_notice_of, asked["notice"]))
        if OVERDUE in asked["only"]:
            courses = courses.overdue(timezone.localdate(now))
        if NOT_TRIED in asked["only"]:
            courses = courses.not_tried_since(now - timedelta(days=DAYS_NOT_TRIED))
        if HELD in asked["only"]:
            courses = courses.filter(status=CourseStatus.HELD)
        return courses

    def chosen(self) -> Iterator[tuple[str, str]]:
        """Each chosen filter in words, and the address of the list without it."""
        for name, field in self.fields.items():
            for value, label in field.choices:
                values = self.data.getlist(name)
                if str(value) in values:
                    rest = self.data.copy()
                    rest.setlist(name, [other for other in values if other != str(value)])
                    words = f"Short notice: {label.lower()}" if name == "notice" else str(label)
                    yield words, f"?{rest.urlencode()}"

    @property
    def address(self) -> str:
        """The query string for these filters; empty if there are none."""
        return self.data.urlencode()


class AttemptForm(forms.Form):
    """One attempt to reach the family of a course that waits."""

    submit_label = "Save attempt"
    names_in_errors = {"outcome": "how it went"}

    outcome = forms.ChoiceField(label="How did it go?", choices=ContactOutcome.choices, widget=forms.Radios())
    note = forms.CharField(
        label="Note",
        required=False,
        max_length=300,
        widget=forms.Textarea(rows=2),
        help_text="For example, which days they asked for, or when to ring again",
    )
