"""The form for whom families may ask beside the unit: the same few boxes for each."""

from typing import Any

from crispy_forms.layout import HTML, Fieldset

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.email_address import is_mailable
from crmo_clinic.nhsuk.wording import listed
from patients.forms import ModelForm
from scheduling.models import MOST_CONTACTS, Unit, WhomToAsk
from scheduling.telling.texts.markdown import NEVER_SAID

NTH = ("First", "Second", "Third")
PARTS = ("name", "phone", "hours", "takes_messages", "email", "answered")


def _fields(number: int) -> dict[str, Any]:
    return {
        f"name_{number}": forms.CharField(
            label="Who",
            required=False,
            max_length=60,
            help_text="For example, Nurse specialists",
            widget=forms.TextInput(width=20),
        ),
        f"phone_{number}": forms.PhoneField(label="Phone number", required=False),
        f"hours_{number}": forms.CharField(
            label="When it is answered",
            required=False,
            max_length=100,
            help_text="For example, Monday to Friday, 8am to 5pm",
            widget=forms.TextInput(width=30),
        ),
        f"takes_messages_{number}": forms.BooleanField(
            label="You can leave a message", required=False, widget=forms.Checkbox()
        ),
        f"email_{number}": forms.EmailField(
            label="Email address",
            required=False,
            widget=forms.TextInput(autocomplete="off", spellcheck=False, inputmode="email"),
        ),
        f"answered_{number}": forms.CharField(
            label="When emails are answered",
            required=False,
            max_length=100,
            help_text="For example, within two working days",
            widget=forms.TextInput(width=30),
        ),
    }


class ContactsForm(ModelForm):
    """Up to three, each a set of boxes; a set without a name is none."""

    submit_label = "Save whom families may ask"
    mark_optional = False
    names_in_errors = {
        f"{part}_{number}": f"{words} of the {NTH[number].lower()} contact"
        for number in range(MOST_CONTACTS)
        for part, words in (("phone", "phone number"), ("email", "email address"))
    }

    class Meta:
        model = Unit
        fields = ()

    def __init__(self, *args: Any, instance: Unit, **kwargs: Any) -> None:
        self.base_fields = {
            name: field for number in range(MOST_CONTACTS) for name, field in _fields(number).items()
        }
        kept = {
            f"{part}_{number}": getattr(contact, part)
            for number, contact in enumerate(instance.whom_to_ask)
            for part in PARTS
        }
        super().__init__(*args, instance=instance, initial=kept, **kwargs)

    def layout(self) -> forms.Layout:
        return forms.Layout(
            *(
                Fieldset(f"{NTH[number]} contact", *(f"{part}_{number}" for part in PARTS))
                for number in range(MOST_CONTACTS)
            ),
            HTML("<p>Leave a contact without a name to take it off the list.</p>"),
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        found = []
        for number in range(MOST_CONTACTS):
            values = {part: cleaned.get(f"{part}_{number}") for part in PARTS}
            self._clean_contact(number, values)
            if values["name"]:
                found.append(WhomToAsk(**values))
        if not self.errors:
            self.instance.contacts = [contact.as_kept() for contact in found]
        return cleaned

    def _clean_contact(self, number: int, values: dict[str, Any]) -> None:
        ways = values["phone"] or values["email"]
        has_wrong_way = {f"phone_{number}", f"email_{number}"} & self.errors.keys()
        if values["name"] and not ways and not has_wrong_way:
            self.add_error(f"phone_{number}", "Enter a phone number or an email address")
        if ways and not values["name"] and f"name_{number}" not in self.errors:
            self.add_error(f"name_{number}", "Enter who answers")
        if values["email"] and not is_mailable(values["email"]):
            self.add_error(f"email_{number}", "Enter an email address that mail can reach")
        said = " ".join(str(values[part] or "") for part in ("name", "hours")).casefold()
        if named := [word for word in NEVER_SAID if word in said]:
            self.add_error(
                f"name_{number}",
                f"Calendar entries carry this, and people share calendars. Leave out: {listed(named)}",
            )
