"""The forms for a unit's needs, and for when somebody of a role is on."""

from typing import Any

from crispy_forms.layout import Fieldset
from django.db.models import Q
from django.utils import timezone

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.wording import quantity
from patients.forms import ModelForm
from scheduling.models import Need, RoleShift, Unit, Weekday
from scheduling.models.need import MOST_MORE
from scheduling.rules.capacity import PHASE_STEP

NOTHING_MORE = "None"
LENGTHS = [
    (0, NOTHING_MORE),
    *((n, quantity(n, "minute")) for n in range(PHASE_STEP, MOST_MORE + 1, PHASE_STEP)),
]


class NeedForm(ModelForm):
    """A need and what it asks of a visit; if it asks nothing, it is a note."""

    submit_label = "Save need"
    names_in_errors = {
        "role": "who has to be on shift",
        "more_cannulation": "how much more time to cannulate",
    }

    name = forms.CharField(
        label="What the child needs",
        max_length=60,
        help_text="As staff say it, for example Isolation, Play specialist or Interpreter",
        widget=forms.TextInput(width=20),
    )
    more_cannulation = forms.TypedChoiceField(
        label="More time to cannulate",
        choices=LENGTHS,
        coerce=int,
        widget=forms.Select(),
        help_text="The visit gets that much longer",
    )
    chair_kind = forms.ChoiceField(
        label="A kind of chair",
        required=False,
        widget=forms.Select(),
        help_text="The kinds that the unit’s chairs have",
    )
    role = forms.CharField(
        label="Somebody who has to be on shift",
        max_length=40,
        required=False,
        help_text="From arrival to the end of the cannulation. For example play specialist",
        widget=forms.TextInput(width=20),
    )
    shown_to_families = forms.BooleanField(
        label="Show it on the family’s page",
        required=False,
        help_text="As it is called here, so that the family sees what is planned for",
        widget=forms.Checkbox(),
    )
    in_use = forms.BooleanField(
        label="In use",
        required=False,
        help_text="A need that is not in use asks nothing and cannot be chosen",
        widget=forms.Checkbox(),
    )

    class Meta:
        model = Need
        fields = ("name", "more_cannulation", "chair_kind", "role", "shown_to_families", "in_use")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = {kind for chair in self.instance.unit.chairs.in_use() for kind in chair.kinds}
        kinds |= {self.instance.chair_kind} - {""}
        self.fields["chair_kind"].choices = [("", "Any chair"), *((kind, kind) for kind in sorted(kinds))]
        if not self.instance.pk:
            del self.fields["in_use"]

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        others = self.instance.unit.needs.exclude(pk=self.instance.pk)
        if others.filter(name__iexact=name).exists():
            raise forms.ValidationError("Another need of this unit has this name")
        return name

    def clean_role(self) -> str:
        return " ".join(self.cleaned_data["role"].lower().split())


class RoleShiftForm(ModelForm):
    """When somebody of a role is on: each week, or on one date."""

    submit_label = "Save shift"
    names_in_errors = {"role": "the role", "when": "when", "day": "date"}
    ON_A_DATE = "date"

    role = forms.ChoiceField(label="Who", widget=forms.Radios())
    when = forms.ChoiceField(
        label="When?",
        choices=[*((str(day.value), f"Each {day.label}") for day in Weekday), (ON_A_DATE, "On one date")],
        widget=forms.Radios(hints={ON_A_DATE: "In place of the weekly shifts of this role"}),
    )
    day = forms.DateField(label="Date", required=False, help_text="Only for one date. For example, 27 3 2027")
    starts = forms.TimeField(label="From", required=False, help_text="For example, 9am")
    ends = forms.TimeField(
        label="To", required=False, help_text="For a date, leave both times empty if nobody is on"
    )

    class Meta:
        model = RoleShift
        fields = ("role", "day", "starts", "ends")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = self.instance.unit.roles
        self.fields["role"].choices = [(role, role[:1].upper() + role[1:]) for role in roles]

    def layout(self) -> forms.Layout:
        return forms.Layout("role", "when", "day", Fieldset("Times", "starts", "ends"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        when, day = cleaned.get("when"), cleaned.get("day")
        starts, ends = cleaned.get("starts"), cleaned.get("ends")
        is_dated = when == self.ON_A_DATE
        if is_dated and day is None and "day" not in self.errors:
            self.add_error("day", "Enter the date")
        elif is_dated and day and day < timezone.localdate():
            self.add_error("day", "Date must be today or in the future")
        if (starts is None) != (ends is None) or (starts is None and when and not is_dated):
            missing = "starts" if starts is None else "ends"
            if missing not in self.errors:
                self.add_error(missing, f"Enter the time {'from' if missing == 'starts' else 'to'}")
        elif starts and ends <= starts:
            self.add_error("ends", "A shift must end after it starts")
        self.instance.weekday = int(when) if when and not is_dated else None
        cleaned["day"] = day if is_dated else None
        return cleaned


def shifts_to_show(unit: Unit) -> list[RoleShift]:
    """The weekly shifts of the unit's roles, and those of dates to come."""
    to_come = Q(day=None) | Q(day__gte=timezone.localdate())
    return list(unit.role_shifts.filter(to_come, role__in=unit.roles))
