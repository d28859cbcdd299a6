"""The forms to set up a unit: what the Trust decides about it, its chairs, and its week."""

from typing import Any

from crispy_forms.layout import HTML, Column, Fieldset, Row
from django.forms import URLField

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.email_address import is_mailable
from patients import stale
from patients.forms import ModelForm
from patients.models import AuditEvent
from scheduling.models import Chair, EntryDetail, OpeningHours, Unit, Weekday
from scheduling.unit.setup import Hours

HOURS = OpeningHours._meta.model_name

NEEDED = HTML("<p>You can add these later, but no invite is sent to a family while one of them is empty.</p>")


class UnitForm(ModelForm):
    """What the Trust decides about a unit, except what has a page of its own."""

    submit_label = "Save unit"
    names_in_errors = {
        "closed_on_bank_holidays": "whether the unit is closed on bank holidays",
        "entry_detail": "what a calendar entry says",
        "cannulation_minutes": "number of minutes to start a drip",
        "children_per_nurse": "number of children for one nurse",
    }

    name = forms.CharField(
        label="Name of the unit",
        max_length=100,
        help_text="Staff and families see this name",
        widget=forms.TextInput(width=30, spellcheck=False),
        error_messages={"unique": "Another unit has this name"},
    )
    place = forms.CharField(
        label="Where families come to",
        max_length=255,
        help_text="The way to the unit in one line. It is the place in each invite",
    )
    phone = forms.PhoneField(
        label="Phone number for families", required=False, help_text="Stands in every mail and calendar entry"
    )
    phone_hours = forms.CharField(
        label="When the phone is answered",
        max_length=100,
        required=False,
        help_text="For example, Monday to Friday, 8am to 5pm",
        widget=forms.TextInput(width=30),
    )
    out_of_hours = forms.CharField(
        label="Whom to ring at other times",
        max_length=400,
        required=False,
        help_text="What a worried parent does at night or at the weekend",
        widget=forms.Textarea(rows=3),
    )
    mailbox = forms.EmailField(
        label="Mailbox that invites come from",
        required=False,
        help_text="Families see it as the sender and answer to it. No invite is sent while this is empty",
        widget=forms.TextInput(autocomplete="off", spellcheck=False, inputmode="email"),
    )
    entry_detail = forms.ChoiceField(
        label="What does a calendar entry say?",
        choices=EntryDetail.choices,
        help_text="People share calendars. No entry names the child, the drug or the disease",
        widget=forms.Radios(),
    )
    advice_page = URLField(
        label="Address of the advice page",
        max_length=300,
        required=False,
        assume_scheme="https",
        help_text="Needed if entries give only the address of the advice page",
        widget=forms.TextInput(inputmode="url", spellcheck=False),
        error_messages={
            "invalid": "Address of the advice page must be a web address, like https://www.example.nhs.uk/advice"
        },
    )
    cannulation_minutes = forms.IntegerField(
        label="Minutes one nurse needs to start a drip",
        min_value=0,
        max_value=120,
        help_text="Meanwhile that nurse looks after nobody else. For example, 30",
        widget=forms.TextInput(width=3, inputmode="numeric", suffix="minutes"),
    )
    children_per_nurse = forms.IntegerField(
        label="Children one nurse can look after once the drip is running",
        min_value=1,
        max_value=10,
        help_text="Decides how many children can be in the unit at a time. For example, 3",
        widget=forms.TextInput(width=3, inputmode="numeric", suffix="children"),
    )
    closed_on_bank_holidays = forms.TypedChoiceField(
        label="Is the unit closed on bank holidays?",
        choices=[("True", "Yes"), ("False", "No")],
        coerce=lambda answer: answer == "True",
        help_text="Those of England. They do not have to be entered as closures",
        widget=forms.Radios(inline=True),
    )

    class Meta:
        model = Unit
        fields = (
            *("name", "place", "phone", "phone_hours", "out_of_hours"),
            *("mailbox", "entry_detail", "advice_page"),
            *("cannulation_minutes", "children_per_nurse", "closed_on_bank_holidays"),
        )

    def layout(self) -> forms.Layout:
        return forms.Layout(
            Fieldset("Where", "name", "place"),
            Fieldset("Contact for families", NEEDED, "phone", "phone_hours", "out_of_hours"),
            Fieldset("Invites", "mailbox", "entry_detail", "advice_page"),
            Fieldset("Nurses", "cannulation_minutes", "children_per_nurse"),
            Fieldset("Bank holidays", "closed_on_bank_holidays"),
        )

    def clean_mailbox(self) -> str:
        mailbox = self.cleaned_data["mailbox"]
        if mailbox and not is_mailable(mailbox):
            raise forms.ValidationError(
                "Mailbox that invites come from must be an address that mail can reach, like name@example.com"
            )
        return mailbox

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("entry_detail") == EntryDetail.LINK and cleaned.get("advice_page") == "":
            self.add_error("advice_page", "Enter the address of the advice page")
        return cleaned


MOST_LETTERS = 40


class WordsField(forms.CharField):
    """A list of words with commas between, each once, in small letters."""

    def to_python(self, value: Any) -> Any:
        words = (" ".join(word.split()).lower() for word in (super().to_python(value) or "").split(","))
        return list(dict.fromkeys(filter(None, words)))

    def validate(self, value: Any) -> None:
        if any(len(word) > MOST_LETTERS for word in value):
            raise forms.ValidationError(
                f"Each word must have {MOST_LETTERS} characters or fewer. Put a comma between them"
            )

    def run_validators(self, value: Any) -> None:
        """Each word was looked at already."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.to_python(data) != (initial or [])


class ChairForm(ModelForm):
    """A chair or bed. A new one is in use."""

    submit_label = "Save chair"

    name = forms.CharField(
        label="Name of the chair or bed",
        max_length=40,
        help_text="As staff call it, for example Chair 3",
        widget=forms.TextInput(width=20, spellcheck=False),
    )
    kinds = WordsField(
        label="What it is besides",
        required=False,
        help_text="With commas between, for example bed, cubicle. A child may need one of these",
        widget=forms.TextInput(width=20),
    )
    in_use = forms.BooleanField(
        label="In use",
        required=False,
        help_text="Nobody is booked into a chair that is not in use",
        widget=forms.Checkbox(),
    )

    class Meta:
        model = Chair
        fields = ("name", "kinds", "in_use")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            del self.fields["in_use"]

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        others = self.instance.unit.chairs.exclude(pk=self.instance.pk)
        if others.filter(name__iexact=name).exists():
            raise forms.ValidationError("Another chair of this unit has this name")
        return name


def _names(weekday: int) -> tuple[str, str, str, str]:
    """The names of a weekday's fields: open, opens, closes, nurses."""
    return f"open_{weekday}", f"opens_{weekday}", f"closes_{weekday}", f"nurses_{weekday}"


class OpeningHoursForm(forms.WatchedForm, forms.Form):
    """The whole week on one page. What is typed for a day that is not open is ignored."""

    submit_label = "Save opening hours"
    mark_optional = False
    names_in_errors = {
        name: f"{what} on {weekday.label}"
        for weekday in Weekday
        for name, what in zip(
            _names(weekday), ("", "opening time", "closing time", "number of nurses"), strict=True
        )
    }

    def __init__(self, *args: Any, unit: Unit, **kwargs: Any) -> None:
        self.base_fields = {
            name: field
            for weekday in Weekday
            for name, field in zip(_names(weekday), _weekday_fields(weekday), strict=True)
        }
        initial: dict[str, Any] = {}
        for row in unit.opening_hours.all():
            initial |= zip(_names(row.weekday), (True, row.opens, row.closes, row.nurses), strict=True)
        super().__init__(*args, initial=initial, **kwargs)
        self.unit = unit
        self.watch()

    def log_mark(self) -> str:
        return stale.mark_of(AuditEvent.objects.filter(record=HOURS).first())

    def who_changed_it(self, log_mark: str) -> str:
        rows = {row.pk for row in self.unit.opening_hours.all()}
        for event in AuditEvent.objects.filter(record=HOURS, pk__gt=stale.read_mark(log_mark)):
            # A weekday that is closed by now has no row. The log entry of its removal names the unit.
            if event.record_id in rows or self.unit.pk in event.changes.get("unit", []):
                who = f"{event.actor_name} changed the opening hours {stale.moment_of(event)}"
                return stale.typed_is_kept([who])
        return self.changed_meanwhile

    def layout(self) -> forms.Layout:
        return forms.Layout(*map(_weekday_fieldset, Weekday))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for weekday in Weekday:
            is_open, *boxes = _names(weekday)
            if not cleaned.get(is_open):
                for name in boxes:
                    self.errors.pop(name, None)
                continue
            for name in boxes:
                if name in cleaned and cleaned[name] is None:
                    self.add_error(name, self.fields[name].error_messages["required"])
            opens, closes, _ = (cleaned.get(name) for name in boxes)
            if opens and closes and closes <= opens:
                self.add_error(boxes[1], f"On {weekday.label} the unit must close after it opens")
        return cleaned

    def hours(self) -> Hours:
        """What was typed, for the weekdays that are open."""
        cleaned = self.cleaned_data
        week = {weekday: _names(weekday) for weekday in Weekday}
        return {
            weekday: tuple(cleaned[name] for name in boxes)
            for weekday, (is_open, *boxes) in week.items()
            if cleaned[is_open]
        }


def _weekday_fields(weekday: Weekday) -> tuple[forms.BooleanField, ...]:
    return (
        forms.BooleanField(label=f"Open on {weekday.label}s", required=False, widget=forms.Checkbox()),
        forms.TimeField(label="Opens", required=False),
        forms.TimeField(label="Closes", required=False),
        forms.IntegerField(
            label="Nurses",
            min_value=1,
            max_value=50,
            required=False,
            widget=forms.TextInput(width=3, inputmode="numeric"),
        ),
    )


def _weekday_fieldset(weekday: Weekday) -> Fieldset:
    is_open, *boxes = _names(weekday)
    columns = [Column(name, css_class="nhsuk-grid-column-one-third") for name in boxes]
    return Fieldset(weekday.label, is_open, Row(*columns), css_class="nhsuk-u-margin-bottom-3")
