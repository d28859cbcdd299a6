"""How a visit passes in a unit, around the agreed time."""

from typing import Any

from crispy_forms.layout import Fieldset

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.wording import capitalised, quantity
from patients.forms import ModelForm
from scheduling.models import Unit
from scheduling.models.unit import CARE, MOST_OF_A_PHASE
from scheduling.rules.capacity import PHASE_STEP


class QuartersField(forms.IntegerField):
    """Minutes in whole quarter hours. what: how sentences call it; the form sets it, as for every field."""

    what = "minutes"

    def __init__(self, *, label: str, help_text: str = "", required: bool = False) -> None:
        super().__init__(
            label=label,
            min_value=0,
            max_value=MOST_OF_A_PHASE,
            required=required,
            help_text=help_text,
            widget=forms.TextInput(width=3, inputmode="numeric", suffix="minutes"),
        )

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is not None and value % PHASE_STEP:
            raise forms.ValidationError(
                f"{capitalised(self.what)} must be a whole number of quarter hours, like 15 or 30"
            )


def _care(label: str) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=CARE, widget=forms.Radios())


def _in_chair(label: str) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        choices=[("True", "Yes"), ("False", "No")],
        coerce=lambda answer: answer == "True",
        widget=forms.Radios(inline=True),
    )


MORE = [(minutes, quantity(minutes, "minute")) for minutes in range(0, 121, PHASE_STEP)]
ONLY_IF = "Leave empty if it is the same"


class PhasesForm(ModelForm):
    """What comes before the cannulation and after the drip. With 0 minutes there is no such phase."""

    submit_label = "Save phases"
    names_in_errors = {
        "first_before_minutes": "minutes before the cannulation of a first course",
        "first_after_minutes": "minutes after the drip of a first course",
        "before_care": "what the nurses do before the cannulation",
        "before_in_chair": "whether the time before takes the chair",
        "after_care": "what the nurses do after the drip",
        "after_in_chair": "whether the time after takes the chair",
    }

    before_minutes = QuartersField(
        label="Minutes from arrival to the cannulation",
        help_text="Admission, numbing cream. 0 if there is nothing before",
        required=True,
    )
    first_before_minutes = QuartersField(label="On a first course", help_text=ONLY_IF)
    before_in_chair = _in_chair("Is the child in the chair meanwhile?")
    before_care = _care("A nurse’s care meanwhile")
    first_more_cannulation = forms.TypedChoiceField(
        label="Longer cannulation on a first course",
        choices=MORE,
        coerce=int,
        widget=forms.Select(),
        help_text="The visit gets that much longer, so that the drip lasts as agreed",
    )
    after_minutes = QuartersField(
        label="Minutes after the drip",
        help_text="Flush, observation. 0 if there is nothing after",
        required=True,
    )
    first_after_minutes = QuartersField(label="On a first course", help_text=ONLY_IF)
    after_in_chair = _in_chair("Does the child stay in the chair?")
    after_care = _care("A nurse’s care after the drip")

    class Meta:
        model = Unit
        fields = (
            *("before_minutes", "first_before_minutes", "before_in_chair", "before_care"),
            "first_more_cannulation",
            *("after_minutes", "first_after_minutes", "after_in_chair", "after_care"),
        )

    def layout(self) -> forms.Layout:
        names = self.Meta.fields
        return forms.Layout(
            Fieldset("Before", *names[:4]),
            Fieldset("Cannulation", names[4]),
            Fieldset("After", *names[5:]),
        )


def phases_in_words(unit: Unit) -> list[tuple[str, str]]:
    """Each phase that the unit has set up, and how long it lasts."""
    care = {value: label.lower() for value, label in CARE}
    found = []
    for name, minutes, first, of_care, in_chair in (
        (
            "Before",
            unit.before_minutes,
            unit.first_before_minutes,
            unit.before_care,
            unit.before_in_chair,
        ),
        ("After", unit.after_minutes, unit.first_after_minutes, unit.after_care, unit.after_in_chair),
    ):
        if minutes or first:
            words = [quantity(minutes, "minute")]
            if first is not None and first != minutes:
                words.append(f"{first} on a first course")
            words.append("in the chair" if in_chair else "not in the chair")
            words.append(f"nurse’s care: {care[of_care]}")
            found.append((name, ", ".join(words)))
    if found or unit.first_more_cannulation:
        words = quantity(unit.cannulation_minutes, "minute")
        if unit.first_more_cannulation:
            words += f", {unit.cannulation_minutes + unit.first_more_cannulation} on a first course"
        found.insert(1 if found and found[0][0] == "Before" else 0, ("Cannulation", words))
    return found
