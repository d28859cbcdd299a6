"""The forms to set up a unit: what the Trust decides about it, and its chairs."""

from typing import Any

from crispy_forms.layout import HTML, Fieldset
from django.forms import URLField

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.email_address import is_mailable
from patients.forms import ModelForm
from scheduling.models import MOST_UNDO_MINUTES, Chair, EntryDetail, Unit

NEEDED = HTML("<p>You can add these later, but no invite is sent to a family while one of them is empty.</p>")


class UnitForm(ModelForm):
    """What the Trust decides about a unit, except what has a page of its own."""

    submit_label = "Save unit"
    names_in_errors = {
        "closed_on_bank_holidays": "whether the unit is closed on bank holidays",
        "entry_detail": "what a calendar entry says",
        "cannulation_minutes": "number of minutes to start a drip",
        "notice_days": "number of working days’ notice",
        "overrun_minutes": "number of minutes after closing",
        "children_per_nurse": "number of children for one nurse",
        "undo_minutes": "number of minutes to undo a change, or 0",
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
    leaflet_page = URLField(
        label="Address of the Trust’s leaflet “Bisphosphonate treatment for children”",
        max_length=300,
        required=False,
        assume_scheme="https",
        help_text="Pages of our leaflet link to it. No mail does, for its address may name the drug",
        widget=forms.TextInput(inputmode="url", spellcheck=False),
        error_messages={
            "invalid": "Address of the Trust’s leaflet must be a web address, like https://www.example.nhs.uk/leaflet"
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
    notice_days = forms.IntegerField(
        label="Working days’ notice for a family",
        min_value=0,
        max_value=20,
        help_text="Sooner days are offered apart and booked only with a reason, unless a family can come at "
        "short notice. 0 if any day will do",
        widget=forms.TextInput(width=3, inputmode="numeric", suffix="working days"),
    )
    overrun_minutes = forms.IntegerField(
        label="Minutes after closing until which a visit may be allowed to last",
        min_value=0,
        max_value=120,
        help_text="Only with a name and a reason. 0 if never",
        widget=forms.TextInput(width=3, inputmode="numeric", suffix="minutes"),
    )
    undo_minutes = forms.IntegerField(
        label="Minutes to undo a change",
        min_value=0,
        max_value=MOST_UNDO_MINUTES,
        initial=Unit._meta.get_field("undo_minutes").default,
        help_text="Of a booking, move, cancellation or hold. Its mails wait meanwhile. 0 switches it off",
        widget=forms.TextInput(width=3, inputmode="numeric", suffix="minutes"),
    )
    closed_on_bank_holidays = forms.TypedChoiceField(
        label="Is the unit closed on bank holidays?",
        choices=[("True", "Yes"), ("False", "No")],
        coerce=lambda answer: answer == "True",
        help_text="Those of England. They do not have to be entered as closures",
        widget=forms.Radios(inline=True),
    )
    coordinators_change_days = forms.BooleanField(
        label="Coordinators close days, change their nurses and block chairs",
        required=False,
        help_text="If not, only the unit lead does",
        widget=forms.Checkbox(),
    )

    class Meta:
        model = Unit
        fields = (
            *("name", "place", "phone", "phone_hours", "out_of_hours"),
            *("mailbox", "entry_detail", "advice_page", "leaflet_page", "undo_minutes"),
            *("cannulation_minutes", "children_per_nurse", "notice_days", "overrun_minutes"),
            "closed_on_bank_holidays",
            "coordinators_change_days",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            del self.fields["coordinators_change_days"]

    def layout(self) -> forms.Layout:
        return forms.Layout(
            Fieldset("Where", "name", "place"),
            Fieldset("Contact for families", NEEDED, "phone", "phone_hours", "out_of_hours"),
            Fieldset("Invites", "mailbox", "entry_detail", "advice_page", "leaflet_page", "undo_minutes"),
            Fieldset("Nurses", "cannulation_minutes", "children_per_nurse"),
            Fieldset("Booking", "notice_days", "overrun_minutes"),
            Fieldset("Bank holidays", "closed_on_bank_holidays"),
            *([Fieldset("Who may", "coordinators_change_days")] if self.instance.pk else []),
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
