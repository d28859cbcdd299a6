"""Forms about children and users; the form about contacts is in `contact_form`."""

from collections.abc import Sequence
from datetime import date, time
from typing import Any

from django.db.models import QuerySet
from django.forms import Field
from django.utils import timezone

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.email_address import is_mailable
from crmo_clinic.nhsuk.wording import clock, listed, long_date
from patients import audit, stale
from patients.access import Role
from patients.models import Patient, Sex, User, plain_hospital_number

ROLE_HINTS = {
    Role.COORDINATOR: "Adds children, agrees, books, moves and cancels courses, records the day",
    Role.NURSE: "Adds children, agrees courses, records the day and reviews",
    Role.LEAD: "Everything, with the unit and the users",
    Role.READ_ONLY: "Looks, changes nothing",
}


class ModelForm(forms.ModelForm):
    """A form that changes a row and says who else changed it while its page was open.

    acts: clauses for acts on such a row that are not done by a form (see `patients.stale`).
    """

    acts: stale.Acts = {}

    def log_mark(self) -> str:
        return stale.mark_of(audit.last(self.instance))

    def who_changed_it(self, log_mark: str) -> str:
        labels = {
            name: f"“{field.label}”{_now(field, self.saved_value(field, name))}"
            for name, field in self.fields.items()
        }
        done = stale.changes_since(self.instance, stale.read_mark(log_mark), labels, self.acts)
        return stale.typed_is_kept(done) or self.changed_meanwhile


def _now(field: Field, value: Any) -> str:
    """` (now Urgent)`: what a field says in the database, where that is short enough for a sentence."""
    choices = dict(getattr(field, "choices", ()))
    if isinstance(value, list):
        words = [str(choices.get(each, "")) for each in value]
        text = listed(words) if all(words) else ""
    elif isinstance(value, bool):
        text = "yes" if value else "no"
    elif isinstance(value, date):
        text = long_date(value)
    elif isinstance(value, time):
        text = clock(value)
    elif value is None or value == "":
        text = "empty"
    else:
        text = str(choices.get(value, field.prepare_value(value)))
    return f" (now {text})" if text and len(text) <= 60 else ""


class FindPatientsForm(forms.Form):
    """One box for a name, an NHS number or a hospital number."""

    submit_label = "Find"
    text = forms.CharField(
        label="Name, NHS number or hospital number",
        max_length=200,
        widget=forms.TextInput(width=20, spellcheck=False, autocomplete="off"),
        error_messages={"required": "Enter a name, an NHS number or a hospital number"},
    )


class PatientForm(ModelForm):
    """A child. Likely duplicates have to be looked at before a new child is added."""

    submit_label = "Save child"
    names_in_errors = {"is_another_child": "whether this is another child"}

    name = forms.CharField(
        label="Child’s full name",
        max_length=200,
        widget=forms.TextInput(spellcheck=False, autocomplete="off"),
    )
    known_as = forms.CharField(
        label="Known as",
        max_length=100,
        required=False,
        help_text="If the child uses another first name",
        widget=forms.TextInput(width=20, spellcheck=False, autocomplete="off"),
    )
    birth_date = forms.DateField(label="Date of birth", help_text="For example, 31 3 2016")
    nhs_number = forms.NhsNumberField(
        label="NHS number", required=False, empty_value=None, help_text="10 digits, for example 999 123 4567"
    )
    hospital_number = forms.CharField(
        label="Hospital number",
        max_length=30,
        widget=forms.TextInput(width=10, spellcheck=False, autocomplete="off"),
    )
    sex = forms.ChoiceField(
        label="Sex at registration",
        choices=Sex.choices,
        required=False,
        help_text="Decides which checks are asked for. If it is left open, all of them are",
        widget=forms.Radios(inline=True),
    )
    language = forms.CharField(
        label="Language the family speaks", max_length=60, required=False, widget=forms.TextInput(width=20)
    )
    interpreter_needed = forms.BooleanField(
        label="The family needs an interpreter", required=False, widget=forms.Checkbox()
    )
    address = forms.CharField(
        label="Home address",
        max_length=300,
        required=False,
        help_text="As the hospital’s records have it. For staff only",
        widget=forms.TextInput(autocomplete="off"),
    )
    needs = forms.CharField(
        label="What the child needs on the day",
        max_length=500,
        required=False,
        help_text="For example play specialist, hoist, cubicle, difficult veins",
        widget=forms.Textarea(rows=3),
    )
    allergies = forms.CharField(
        label="Allergies",
        max_length=300,
        required=False,
        help_text="In words, for example plasters, or “none known”. Empty means that nobody has asked",
        widget=forms.TextInput(),
    )
    restricted = forms.BooleanField(
        label="Restricted: send nothing to the family",
        required=False,
        widget=forms.Checkbox(),
        help_text="No invite, change or cancellation leaves while this is ticked",
    )
    restricted_because = forms.CharField(
        label="Why messages are restricted",
        max_length=300,
        required=False,
        help_text="Staff only. Needed if you ticked Restricted",
        widget=forms.TextInput(),
    )
    sensitive = forms.BooleanField(
        label="Sensitive: ask for a reason before the record opens",
        required=False,
        widget=forms.Checkbox(),
        help_text="For example a colleague’s child. The lead sees who opened it and why",
    )
    is_another_child = forms.BooleanField(
        label="I have checked: this is another child", required=False, widget=forms.Checkbox()
    )

    class Meta:
        model = Patient
        fields = (
            "name",
            "known_as",
            "birth_date",
            "nhs_number",
            "hospital_number",
            "sex",
            "language",
            "interpreter_needed",
            "address",
            "needs",
            "allergies",
            "restricted",
            "restricted_because",
            "sensitive",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.doubles: Sequence[Patient] = []
        if not (self.is_bound and self._find_doubles()):
            del self.fields["is_another_child"]
        if not self.instance.address:
            # Nobody types it: it comes from the hospital’s records, where these are read.
            del self.fields["address"]

    def clean_birth_date(self) -> date:
        born = self.cleaned_data["birth_date"]
        today = timezone.localdate()
        if born > today:
            raise forms.ValidationError("Date of birth must be in the past")
        if today.year - born.year > 25:
            raise forms.ValidationError("Date of birth must be within the last 25 years")
        return born

    def clean_nhs_number(self) -> str | None:
        number = self.cleaned_data["nhs_number"]
        if number and self._others().filter(nhs_number=number).exists():
            raise forms.ValidationError("Another child already has this NHS number.")
        return number

    def clean_hospital_number(self) -> str:
        number = plain_hospital_number(self.cleaned_data["hospital_number"])
        if not number:
            raise forms.ValidationError(self.fields["hospital_number"].error_messages["required"])
        if self._others().filter(hospital_number__iexact=number).exists():
            raise forms.ValidationError("Another child already has this hospital number.")
        return number

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("restricted") and not cleaned.get("restricted_because"):
            self.add_error("restricted_because", "Enter why messages are restricted")
        if not cleaned.get("restricted"):
            cleaned["restricted_because"] = ""
        number_is_known = {"nhs_number", "hospital_number"} & self.errors.keys()
        if self.doubles and not number_is_known and not cleaned.get("is_another_child"):
            self.add_error("is_another_child", "Check whether the child is already here")
        return cleaned

    def _others(self) -> QuerySet[Patient]:
        return Patient.objects.exclude(pk=self.instance.pk)

    def _find_doubles(self) -> bool:
        """Whether a new child looks like one already here. Called first, because a field depends on it."""
        if self.instance.pk:
            return False
        self.doubles = list(
            Patient.objects.likely_the_same_as(
                name=self._typed("name") or "",
                birth_date=self._typed("birth_date"),
                nhs_number=self._typed("nhs_number"),
                hospital_number=plain_hospital_number(self._typed("hospital_number") or ""),
            )[:5]
        )
        return bool(self.doubles)

    def _typed(self, name: str) -> Any:
        """The cleaned value of one field, by itself; None if it is wrong."""
        try:
            return self.fields[name].clean(self[name].data)
        except forms.ValidationError:
            return None


class UserForm(ModelForm):
    """A member of staff. The password is theirs to choose, by the link in a mail."""

    submit_label = "Save user"
    name = forms.CharField(
        label="Full name", max_length=150, widget=forms.TextInput(spellcheck=False, autocomplete="off")
    )
    email = forms.EmailField(
        label="Email address",
        help_text="They sign in with it",
        widget=forms.TextInput(spellcheck=False, autocomplete="off", inputmode="email"),
    )
    roles = forms.TypedMultipleChoiceField(
        label="Roles",
        choices=[(role.value, role.value.capitalize()) for role in Role],
        coerce=Role,
        widget=forms.Checkboxes(hints=ROLE_HINTS),
        error_messages={"required": "Select at least one role"},
    )
    is_active = forms.BooleanField(label="May sign in", required=False, widget=forms.Checkbox())

    class Meta:
        model = User
        fields = ("name", "email", "is_active")

    field_order = ("name", "email", "roles", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["roles"].initial = self.instance.roles
        else:
            del self.fields["is_active"]

    def clean_email(self) -> str:
        email = mailable(self.cleaned_data["email"].lower())
        if User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("Another user has this email address")
        return email


def mailable(address: str) -> str:
    """The address. Raises ValidationError if our mails cannot go to it, by the rule that they follow too."""
    if address and not is_mailable(address):
        raise forms.ValidationError(
            "Email address must be an address that mail can reach, like name@example.com"
        )
    return address
