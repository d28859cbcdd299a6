"""Forms for infusions that are not courses: their kinds, where one is placed, and where it is moved."""

from datetime import date
from typing import Any

from django.utils import timezone

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.wording import duration
from scheduling.models import InfusionKind, Unit, Weekday
from scheduling.models.other_infusion import LONGEST_OTHER, SHORTEST_OTHER
from scheduling.unit.other_infusions import Repeat

SHARED_HELP = "Once its drip is running, if it has one"


class InfusionKindForm(forms.ModelForm):
    """What one kind of other infusion is called, how long it lasts and what it asks of chairs and nurses."""

    submit_label = "Save"
    names_in_errors = {
        "minutes": "number of minutes",
        "cannulates": "whether a nurse starts a drip",
        "care": "what it asks of the nurses",
        "in_use": "whether it can be placed",
    }

    name = forms.CharField(
        label="Name",
        max_length=40,
        help_text="Staff see it on the board and on Today, for example iron infusion",
        widget=forms.TextInput(width=20),
    )
    minutes = forms.IntegerField(
        label="How long is the child in the chair?",
        min_value=SHORTEST_OTHER,
        max_value=LONGEST_OTHER,
        help_text="In quarter hours. For example, 90",
        widget=forms.TextInput(width=3, inputmode="numeric", suffix="minutes"),
    )
    cannulates = forms.TypedChoiceField(
        label="Does a nurse start a drip?",
        choices=[("True", "Yes"), ("False", "No")],
        coerce=lambda answer: answer == "True",
        help_text="Then a nurse is busy with this child for the unit’s time to start a drip",
        widget=forms.Radios(inline=True),
    )
    care = forms.ChoiceField(
        label="What does it ask of the nurses for the rest of the time?",
        choices=InfusionKind._meta.get_field("care").choices,
        widget=forms.Radios(),
    )
    chair_kind = forms.CharField(
        label="Kind of chair",
        max_length=40,
        required=False,
        help_text="As the chairs of the unit are described, for example bed. Leave empty for any chair",
        widget=forms.TextInput(width=20),
    )
    in_use = forms.TypedChoiceField(
        label="Can it be placed?",
        choices=[("True", "Yes"), ("False", "No, not any more")],
        coerce=lambda answer: answer == "True",
        widget=forms.Radios(inline=True),
    )

    class Meta:
        model = InfusionKind
        fields = ("name", "minutes", "cannulates", "care", "chair_kind", "in_use")

    def clean_minutes(self) -> int:
        minutes = self.cleaned_data["minutes"]
        if minutes % 15:
            raise forms.ValidationError("Number of minutes must be in quarter hours, like 45, 60 or 90")
        return minutes


class _PlaceForm(forms.Form):
    """A start and a chair."""

    start = forms.TimeField(label="Start time", help_text="For example, 9am or 9:30am")
    chair = forms.TypedChoiceField(
        label="Chair", required=False, coerce=int, empty_value=None, widget=forms.Select()
    )

    any_chair = "Any free chair"

    def __init__(self, *args: Any, unit: Unit, **kwargs: Any) -> None:
        self.unit = unit
        super().__init__(*args, **kwargs)
        chairs = unit.chairs.in_use().values_list("pk", "name")
        self.fields["chair"].choices = [("", self.any_chair), *chairs]

    @property
    def starts_at(self) -> int:
        """Minutes after midnight."""
        start = self.cleaned_data["start"]
        return start.hour * 60 + start.minute


class InfusionForm(_PlaceForm):
    """Which kind, when and where, and whether it is repeated."""

    submit_label = "Check this"
    names_in_errors = {
        "kind": "which infusion it is",
        "every_weeks": "how often it is repeated",
        "until": "until when it is repeated",
    }

    kind = forms.ModelChoiceField(
        label="Which infusion?", queryset=InfusionKind.objects.none(), empty_label=None, widget=forms.Radios()
    )
    label = forms.CharField(
        label="Label",
        max_length=40,
        required=False,
        help_text="Shown in place of its name, for example iron 3 of 5. Do not name a child",
        widget=forms.TextInput(width=20),
    )
    day = forms.DateField(label="Date", help_text="For example, 27 3 2027")
    every_weeks = forms.IntegerField(
        label="Repeat it every so many weeks",
        min_value=1,
        max_value=52,
        required=False,
        help_text="Leave empty if it is one infusion",
        widget=forms.TextInput(width=2, inputmode="numeric", suffix="weeks"),
    )
    weekdays = forms.TypedMultipleChoiceField(
        label="On which weekdays?",
        choices=Weekday.choices,
        coerce=int,
        required=False,
        help_text="None chosen means the weekday of the first",
        widget=forms.Checkboxes(),
    )
    until = forms.DateField(label="Until", required=False, help_text="The last date that counts")

    field_order = ("kind", "label", "day", "start", "chair", "every_weeks", "weekdays", "until")

    def __init__(self, *args: Any, unit: Unit, **kwargs: Any) -> None:
        super().__init__(*args, unit=unit, **kwargs)
        kinds = unit.infusion_kinds.filter(in_use=True)
        self.fields["kind"].queryset = kinds
        self.fields["kind"].label_from_instance = lambda kind: f"{kind}, {duration(kind.minutes)}"

    def clean_day(self) -> date:
        day = self.cleaned_data["day"]
        if day < timezone.localdate():
            raise forms.ValidationError("Date must be today or in the future")
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        day, weeks, until = (cleaned.get(name) for name in ("day", "every_weeks", "until"))
        if weeks and "until" in cleaned and until is None:
            self.add_error("until", "Enter until when it is repeated")
        elif (until or cleaned.get("weekdays")) and "every_weeks" in cleaned and weeks is None:
            self.add_error("every_weeks", "Enter how often it is repeated")
        elif day and until and until < day:
            self.add_error("until", "Until must be the date of the first or after it")
        return cleaned

    def days(self) -> list[date]:
        """All dates, the first one first."""
        cleaned = self.cleaned_data
        if not cleaned["every_weeks"]:
            return [cleaned["day"]]
        repeat = Repeat(cleaned["every_weeks"], cleaned["until"], frozenset(cleaned["weekdays"]))
        return repeat.dates(cleaned["day"])


class MoveInfusionForm(_PlaceForm):
    """Another date, start or chair, for one infusion or for it and the later ones of its series."""

    submit_label = "Move"
    names_in_errors = {"which": "which of them are moved"}
    any_chair = "The same, or any that is free"

    day = forms.DateField(label="New date")
    which = forms.ChoiceField(
        label="Which of them?",
        choices=[("this", "This one"), ("later", "This one and the later ones of the series")],
        initial="this",
        widget=forms.Radios(),
    )

    field_order = ("day", "start", "chair", "which")

    def __init__(self, *args: Any, is_series: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_series:
            del self.fields["which"]

    def clean_day(self) -> date:
        day = self.cleaned_data["day"]
        if day < timezone.localdate():
            raise forms.ValidationError("New date must be today or in the future")
        return day
