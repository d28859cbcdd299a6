"""The form about a contact: how to reach them, and who allowed that."""

from copy import copy
from datetime import date
from typing import Any

from django.conf import settings
from django.utils import timezone

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.languages import offered
from crmo_clinic.nhsuk.phone import is_uk_mobile
from crmo_clinic.nhsuk.wording import plain_date
from patients.forms import ModelForm, mailable
from patients.models import Contact, Relationship


class ContactForm(ModelForm):
    """Somebody around the child who can be reached. From the age of 16 the young person has to agree."""

    submit_label = "Save contact"
    names_in_errors = {
        "parental_responsibility": "whether this person has parental responsibility",
        "agreed_on": "the date on which the young person agreed",
    }

    name = forms.CharField(
        label="Contact’s full name",
        max_length=200,
        widget=forms.TextInput(spellcheck=False, autocomplete="off"),
    )
    relationship = forms.ChoiceField(
        label="Relationship to the child",
        choices=Contact._meta.get_field("relationship").choices,
        widget=forms.Radios(),
    )
    parental_responsibility = forms.ChoiceField(
        label="Does this person have parental responsibility?",
        choices=Contact._meta.get_field("parental_responsibility").choices,
        widget=forms.Radios(),
    )
    email = forms.EmailField(
        label="Email address",
        required=False,
        help_text="Invites go to this address",
        widget=forms.TextInput(autocomplete="off", spellcheck=False, inputmode="email"),
    )
    try_again = forms.BooleanField(
        label="The address is right: write to it again",
        required=False,
        help_text="A mail to it came back, so nothing is sent there. Tick this if you checked it with them",
        widget=forms.Checkbox(),
    )
    phone = forms.PhoneField(label="Phone number", required=False)
    may_receive_texts = forms.BooleanField(
        label="May receive text messages",
        required=False,
        help_text="Only to a UK mobile number",
        widget=forms.Checkbox(),
    )
    may_receive_invites = forms.BooleanField(
        label="May receive invites",
        required=False,
        help_text="Tick only if this person agreed to get appointment mails about the child",
        widget=forms.Checkbox(),
    )
    agreed_on = forms.DateField(
        label="When did the young person agree that this contact is told?",
        required=False,
        help_text="The child is 16 or older, so only they can say who is told. "
        "Leave this empty for the young person themself",
    )
    language = forms.ChoiceField(label="Language of messages", widget=forms.Radios())
    large_print = forms.BooleanField(label="Messages in large print", required=False, widget=forms.Checkbox())
    brings_child = forms.BooleanField(
        label="Usually brings the child",
        required=False,
        help_text="Shown on the list of the day, with the phone number",
        widget=forms.Checkbox(),
    )

    class Meta:
        model = Contact
        fields = (
            "name",
            "relationship",
            "parental_responsibility",
            "email",
            "phone",
            "may_receive_texts",
            "may_receive_invites",
            "language",
            "large_print",
            "brings_child",
        )

    field_order = (
        *("name", "relationship", "parental_responsibility", "email", "try_again", "phone"),
        *("may_receive_texts", "may_receive_invites", "agreed_on", "language", "large_print", "brings_child"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.before = copy(self.instance)
        self.decides_from = self.instance.patient.decides_from
        languages = offered()
        self.fields["language"].choices = languages
        asked_on = self.before.permission_on
        if asked_on and asked_on >= self.decides_from:
            self.initial["agreed_on"] = asked_on
        for name, is_asked in {
            "try_again": self.before.returned_at is not None,
            "may_receive_texts": bool(getattr(settings, "NOTIFY_API_KEY", "")),
            "agreed_on": timezone.localdate() >= self.decides_from,
            "language": len(languages) > 1,
        }.items():
            if not is_asked:
                del self.fields[name]

    def clean_email(self) -> str:
        return mailable(self.cleaned_data["email"])

    def clean_agreed_on(self) -> date | None:
        agreed_on = self.cleaned_data["agreed_on"]
        if agreed_on and agreed_on > timezone.localdate():
            raise forms.ValidationError(
                "The date on which the young person agreed must be today or in the past"
            )
        if agreed_on and agreed_on < self.decides_from:
            day = plain_date(self.decides_from)
            raise forms.ValidationError(
                f"The young person must have agreed on or after {day}, when they were 16"
            )
        return agreed_on

    def _get_validation_exclusions(self) -> set[str]:
        # Django skips constraints over fields that are not in the form; `patient` has to be checked all the
        # same.
        return super()._get_validation_exclusions() - {"patient"}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        reachable = cleaned.get("email") or cleaned.get("phone") or {"email", "phone"} & self.errors.keys()
        if not reachable:
            self.add_error("email", "Enter an email address or a phone number")
        if cleaned.get("may_receive_invites") and not cleaned.get("email") and "email" not in self.errors:
            self.add_error("email", "Enter the email address that invites go to")
        if (
            cleaned.get("may_receive_texts")
            and "phone" not in self.errors
            and not is_uk_mobile(cleaned["phone"])
        ):
            self.add_error("phone", "Enter the UK mobile number that text messages go to, like 07700 900 000")
        if self._young_person_has_to_be_asked(cleaned):
            self.add_error("agreed_on", "Enter the date on which the young person agreed")
        return cleaned

    def _young_person_has_to_be_asked(self, cleaned: dict[str, Any]) -> bool:
        """Whether the form gives a permission without the young person, from the age of 16, having agreed.

        A permission that has lapsed may stay: nothing is sent by it, and the phone number can still be saved.
        """
        if "agreed_on" not in self.fields or "agreed_on" in self.errors or cleaned.get("agreed_on"):
            return False
        is_theirs = cleaned.get("relationship") == Relationship.YOUNG_PERSON
        return self._is_allowed_now(cleaned) and not is_theirs

    def _is_allowed_now(self, cleaned: dict[str, Any]) -> bool:
        return bool(cleaned.get("may_receive_invites")) and not self.before.may_receive_invites

    def _post_clean(self) -> None:
        super()._post_clean()
        cleaned, contact = self.cleaned_data, self.instance
        if not contact.may_receive_invites:
            contact.permission_on = None
        elif cleaned.get("agreed_on"):
            contact.permission_on = cleaned["agreed_on"]
        elif self._is_allowed_now(cleaned):
            contact.permission_on = timezone.localdate()
        if contact.email.casefold() != self.before.email.casefold() or cleaned.get("try_again"):
            contact.returned_at = None
