"""The filters of the waiting list, and the form for the contact log."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from django.http import QueryDict
from django.utils import timezone

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.wording import MONTHS
from patients.models import Patient
from scheduling.models import ContactOutcome, Course, Need, PauseReason, Priority, Unit
from scheduling.models.course_lists import CourseQuerySet
from scheduling.pages.booking.course_forms import SHORT_NOTICE, short_notice_of
from scheduling.pages.booking.waiting_order import ORDERS, USUAL, Order
from scheduling.states import CourseStatus

OVERDUE, NOT_TRIED, HELD = "overdue", "not_tried", "held"
PAUSED, NOT_PAUSED = "paused", "not_paused"
DAYS_NOT_TRIED = 7
NO_TARGET = NO_NEED = "none"
LONGEST_PAUSE = timedelta(days=366)


class FindOnListForm(forms.Form):
    """One box for the name or number of a child on the waiting list. It is sent, and never in an address."""

    text = forms.CharField(
        label="Child’s name or number",
        max_length=200,
        required=False,
        widget=forms.TextInput(width=20, spellcheck=False, autocomplete="off"),
    )
    mark_optional = False


class WaitingFilterForm(forms.Form):
    """Which courses of the waiting list are shown and in what order, as the address says.

    Invalid values are ignored. Several choices in one question show more courses. Several questions show
    fewer, and so do several choices in `only`. A filter that is added here needs its lines in `narrow`.
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
            (PAUSED, "Paused"),
            (NOT_PAUSED, "Not paused"),
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
    month = forms.ChoiceField(label="Target month", required=False, widget=forms.Select())
    need = forms.ChoiceField(label="Need", required=False, widget=forms.Select())
    unit = forms.TypedMultipleChoiceField(
        label="Day case unit", coerce=int, required=False, widget=forms.Checkboxes(small=True)
    )

    search = forms.CharField(required=False, widget=forms.HiddenInput())
    sort = forms.ChoiceField(label="Order", required=False, choices=[*ORDERS.items()], widget=forms.Select())

    def __init__(self, address: QueryDict, text: str = "") -> None:
        """text: what was searched for under the key in `?search=`; empty if nothing is kept by that key."""
        self.text, self.order = text, Order.of(address.get("sort", ""))
        listed = list(Unit.objects.only("name", "has_needs"))
        units = [(unit.pk, unit.name) for unit in listed]
        months, needs = _target_months(), _needs(listed)
        known = QueryDict(mutable=True)
        fields = self.base_fields.items()
        choices = {name: field.choices for name, field in fields if hasattr(field, "choices")}
        for name, values in (choices | {"unit": units, "month": months, "need": needs}).items():
            asked = address.getlist(name)
            known.setlist(name, [str(value) for value, _ in values if str(value) in asked and value != ""])
        known.setlist("sort", [] if self.order == Order() else [self.order.name])
        known.setlist("search", [address["search"]] if text else [])
        super().__init__(known)
        # The list is in some order in any case, and so is the box.
        self.fields["sort"].choices = [
            ("" if name == USUAL else name, words) for name, words in ORDERS.items()
        ]
        self.fields["unit"].choices = units
        self.fields["month"].choices = months
        self.fields["need"].choices = needs
        if len(units) < 2:
            del self.fields["unit"]
        if len(months) < 3:
            del self.fields["month"]
        if not needs:
            del self.fields["need"]
        self.is_valid()

    def keys(self, now: datetime) -> list[int]:
        """The keys of the courses that pass, in their order."""
        return self.order.keys(self.narrow(Course.objects.to_book(), now), now)

    def narrow(self, courses: CourseQuerySet, now: datetime) -> CourseQuerySet:
        """The courses that pass the filters."""
        asked = self.cleaned_data
        if self.text:
            courses = courses.filter(patient__in=Patient.objects.matching(self.text).order_by().values("pk"))
        if asked.get("month") == NO_TARGET:
            courses = courses.filter(target=None)
        elif asked.get("month"):
            year, month = map(int, asked["month"].split("-"))
            courses = courses.filter(target__year=year, target__month=month)
        if need := asked.get("need"):
            courses = courses.without_needs() if need == NO_NEED else courses.with_need(int(need))
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
        if PAUSED in asked["only"]:
            courses = courses.paused(timezone.localdate(now))
        if NOT_PAUSED in asked["only"]:
            courses = courses.not_paused(timezone.localdate(now))
        return courses

    def chosen(self) -> Iterator[tuple[str, str]]:
        """Each chosen filter in words, and the address of the list without it."""
        if self.text:
            yield f"“{self.text}”", self.with_(search=[])
        for name, field in self.fields.items():
            for value, label in getattr(field, "choices", ()):
                values = self.data.getlist(name)
                if str(value) in values and name != "sort":
                    words = f"Short notice: {label.lower()}" if name == "notice" else str(label)
                    words = f"Target: {label}" if name == "month" and value != NO_TARGET else words
                    words = f"Needs: {label}" if name == "need" and value != NO_NEED else words
                    yield words, self.with_(**{name: [other for other in values if other != str(value)]})

    def with_(self, **values: list[str]) -> str:
        """The address of the list with other values of some fields."""
        query = self.data.copy()
        for name, several in values.items():
            query.setlist(name, several)
        return f"?{query.urlencode()}"


def _target_months() -> list[tuple[str, str]]:
    """The months of the target dates on the list, each as its value and its words. One query."""
    targets = Course.objects.to_book().order_by().values_list("target", flat=True).distinct()
    months = sorted({(day.year, day.month) for day in targets if day})
    named = [(f"{year}-{month:02}", f"{MONTHS[month - 1]} {year}") for year, month in months]
    return [("", "Any month"), *named, (NO_TARGET, "No target")]


def _needs(units: Sequence[Unit]) -> list[tuple[str, str]]:
    """What is on the lists of these units, each as its key and its words. No query if none has a list."""
    listing = {unit.pk: unit.name for unit in units if unit.has_needs}
    if not listing:
        return []
    needs = Need.objects.filter(unit__in=listing, in_use=True)
    several = len(listing) > 1
    named = [
        (str(need.pk), f"{need.name} ({listing[need.unit_id]})" if several else need.name) for need in needs
    ]
    return [("", "Any or none"), *named, (NO_NEED, "No need on the list")]


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


class PauseForm(forms.Form):
    """Why a course is not to be booked for a while, and when it waits again."""

    submit_label = "Save pause"
    names_in_errors = {"until": "the day on which it waits again", "reason": "why it is paused"}

    until = forms.DateField(
        label="On which day does it wait again?",
        help_text="The pause ends by itself on this day. For example, 1 2 2027",
    )
    reason = forms.ChoiceField(label="Why is it paused?", choices=PauseReason.choices, widget=forms.Radios())
    note = forms.CharField(
        label="Note",
        required=False,
        max_length=150,
        help_text="For example, back from abroad on 31 January. Needed for another reason",
        widget=forms.TextInput(),
    )

    def clean_until(self) -> date:
        until, today = self.cleaned_data["until"], timezone.localdate()
        if until <= today:
            raise forms.ValidationError("The day on which it waits again must be to come")
        if until > today + LONGEST_PAUSE:
            raise forms.ValidationError("The day on which it waits again must be within a year")
        return until

    def clean(self) -> None:
        if self.cleaned_data.get("reason") == PauseReason.OTHER and not self.cleaned_data.get("note"):
            self.add_error("note", "Enter the reason as a note")
