"""The base of every form in the service, and everything a form needs, from one import.

    from crmo_clinic.nhsuk import forms

    class ContactForm(forms.Form):
        submit_label = "Save contact"
        name = forms.CharField(label="Full name", widget=forms.TextInput(spellcheck=False))
        kind = forms.ChoiceField(label="Relationship to the child", choices=…, widget=forms.Radios())
        born = forms.DateField(label="Date of birth", help_text="For example, 31 3 2016")

The page: `{% crispy form %}`, with the form in the context as `form` so that `base.html` can put the
error summary above the heading and "Error: " before the title.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import BaseInput, Layout
from django import forms
from django.forms import (
    BooleanField,
    CharField,
    ChoiceField,
    DecimalField,
    EmailField,
    FileField,
    HiddenInput,
    IntegerField,
    ModelChoiceField,
    MultipleChoiceField,
    PasswordInput,
    TypedChoiceField,
    TypedMultipleChoiceField,
    ValidationError,
)
from django.forms.utils import pretty_name

from crmo_clinic.nhsuk import review
from crmo_clinic.nhsuk.error_words import name_from_label, word_errors
from crmo_clinic.nhsuk.fields import (
    DateField,
    ModelMultipleChoiceField,
    NhsNumberField,
    PhoneField,
    TimeField,
)
from crmo_clinic.nhsuk.fingerprint import fingerprint
from crmo_clinic.nhsuk.typed import tidy
from crmo_clinic.nhsuk.widgets import Checkbox, Checkboxes, DateInput, Radios, Select, Textarea, TextInput

__all__ = [
    "BooleanField", "Button", "CharField", "Checkbox", "Checkboxes", "ChoiceField", "DateField", "DateInput",
    "DecimalField", "EmailField", "FileField", "Form", "HiddenInput", "IntegerField", "Layout",
    "ModelChoiceField", "ModelForm", "ModelMultipleChoiceField", "MultipleChoiceField", "NhsNumberField",
    "PasswordInput", "PhoneField", "Radios", "SeenField", "Select", "TextInput", "Textarea", "TimeField",
    "TypedChoiceField", "TypedMultipleChoiceField", "ValidationError", "WatchedForm",
]  # fmt: skip


class Button(BaseInput):
    """A submit button. `variant` is empty for the one main action, else `secondary` or `warning`."""

    input_type = "submit"

    def __init__(self, label: str, *, name: str = "", value: str = "", variant: str = "") -> None:
        super().__init__(name, value)
        self.label = label
        self.field_classes = f"nhsuk-button nhsuk-button--{variant}" if variant else "nhsuk-button"


class BoundField(forms.BoundField):
    """A field with data in which invisible characters and space around the text do not count."""

    @property
    def data(self) -> Any:
        typed = super().data
        if isinstance(self.field.widget, forms.PasswordInput):
            return typed
        if isinstance(typed, list | tuple):
            return type(typed)(_tidied(part) for part in typed)
        return _tidied(typed)


class NhsForm:
    """What `Form` and `ModelForm` share; a form class may set any of these.

    submit_label     words on the button
    submit_variant   how the button looks (see `Button`)
    method           `post`, or `get` for a search or filter form
    page_heading     name of the field whose label or legend is the page's only heading
    mark_optional    append "(optional)" to the labels of fields that may stay empty
    names_in_errors  field name to what messages call it; the label in small letters if not given
    """

    submit_label = "Continue"
    submit_variant = ""
    method = "post"
    page_heading = ""
    mark_optional = True
    names_in_errors: Mapping[str, str] = {}

    bound_field_class = BoundField
    use_required_attribute = False
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if field.label is None:
                field.label = pretty_name(name)
            if type(field.widget) is forms.NumberInput:
                # Number boxes change under the mouse wheel and drop what they cannot read (GOV.UK).
                field.widget = TextInput(width=5, inputmode="numeric")
            for limit in ("maxlength", "minlength"):
                # The browser would cut a pasted value short without a word.
                field.widget.attrs.pop(limit, None)
            what = self.names_in_errors.get(name) or name_from_label(str(field.label))
            field.what = what
            word_errors(field, what)

    def full_clean(self) -> None:
        """Check what was typed; a form under review is never valid."""
        super().full_clean()  # type: ignore[misc]
        if (why := review.reason()) and self.is_bound and self.method == "post":  # type: ignore[attr-defined]
            self.add_error(None, ValidationError(why, code="review"))  # type: ignore[attr-defined]

    @cached_property
    def helper(self) -> FormHelper:
        """How crispy draws this form. A view may change it before the page is drawn."""
        helper = FormHelper()
        helper.attrs = {"novalidate": True}
        helper.form_method = self.method
        helper.layout = self.layout()
        helper.render_hidden_fields = True
        helper.add_input(Button(self.submit_label, variant=self.submit_variant))
        return helper

    def layout(self) -> Layout | None:
        """Order and groups of the fields; None draws them as declared.

        crispy reads the legend of a Fieldset as a template: never make one from what people typed.
        """
        return None


class Form(NhsForm, forms.Form):
    """A form in the NHS look, checked by the server only, with messages that name the field."""


class SeenField(forms.CharField):
    """A hidden text that says which values a page was drawn from. Drawn again, it says the present ones."""

    widget = HiddenInput

    def bound_data(self, data: Any, initial: Any) -> Any:
        return initial

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False


class WatchedForm(NhsForm):
    """A form that changes what is there already, and refuses to save over what somebody else saved meanwhile.

    The page sends back a fingerprint of the values it was drawn from. A POST without one came from no page of
    ours, and is not compared. The form has to be made from rows that were just read from the database.
    """

    changed_meanwhile = (
        "Somebody else changed this since you opened the page. Check what it says now and save again."
    )

    def watch(self) -> None:
        """Add the fingerprint to the page. Called once all fields are there."""
        self.fields["seen"] = SeenField(required=False, initial=self._seen)

    def log_mark(self) -> str:
        """The number of the latest log entry about the row, for `who_changed_it`; empty if there is none."""
        return ""

    def who_changed_it(self, log_mark: str) -> str:
        """What to say to somebody whose page is out of date. log_mark: the one that the page was drawn at."""
        return self.changed_meanwhile

    def fingerprint(self) -> str:
        """64 hexadecimal digits that change when a value the page is drawn from changes."""
        return fingerprint(
            (name, self.saved_value(field, name))
            for name, field in self.fields.items()
            if not isinstance(field, SeenField)
        )

    def saved_value(self, field: forms.Field, name: str) -> Any:
        """What a field has in the database, whatever the page shows."""
        return super().get_initial_for_field(field, name)  # type: ignore[misc]

    def clean_seen(self) -> str:
        seen, _, log_mark = self.cleaned_data["seen"].partition(" ")  # type: ignore[attr-defined]
        if seen and seen != self.fingerprint():
            refusal = ValidationError(self.who_changed_it(log_mark), code="changed_meanwhile")
            self.add_error(None, refusal)  # type: ignore[attr-defined]
        return seen

    def _seen(self) -> str:
        return f"{self.fingerprint()} {self.log_mark()}".strip()


class ModelForm(WatchedForm, forms.ModelForm):
    """The same for a form made from a model: watched if it changes a row, not if it adds one.

    suggested: values that the page shows when opened, instead of the saved ones, for the person to save.
    """

    def __init__(self, *args: Any, suggested: Mapping[str, Any] = {}, **kwargs: Any) -> None:
        self.suggested = suggested
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.watch()

    def get_initial_for_field(self, field: forms.Field, field_name: str) -> Any:
        if not self.is_bound and field_name in self.suggested:
            return self.suggested[field_name]
        return super().get_initial_for_field(field, field_name)


def _tidied(value: Any) -> Any:
    return tidy(value) if isinstance(value, str) else value
