"""How a contact wants the child called in its own mails, entries and page; no name unless it chooses one."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, gettext_lazy

from crmo_clinic.nhsuk import forms
from patients.models import LONGEST_CALL, Contact, Patient
from scheduling.answers import family_tells
from scheduling.answers.family_limits import on_their_page
from scheduling.models import FamilyLink
from scheduling.pages.family.family_forms import TOO_LONG, FamilyForm
from scheduling.pages.family.opening import family_page
from scheduling.pages.family.tell_unit import NAME, form_page, sent, write
from scheduling.telling.texts.markdown import NEVER_SAID


class NameForm(FamilyForm):
    """A first name, a nickname or an initial; empty for none."""

    submit_label = gettext_lazy("Save")

    calls_child = forms.CharField(
        label=gettext_lazy("How shall we call your child here?"),
        help_text=gettext_lazy("A first name, a nickname or one letter. Leave it empty to use no name"),
        required=False,
        max_length=LONGEST_CALL,
        widget=forms.TextInput(width=10, spellcheck=False, autocomplete="off"),
        error_messages={"max_length": TOO_LONG},
    )

    def __init__(self, *args: Any, contact: Contact, patient: Patient, **kwargs: Any) -> None:
        super().__init__(*args, initial={"calls_child": contact.calls_child}, **kwargs)
        self.patient = patient

    def clean_calls_child(self) -> str:
        name = self.cleaned_data["calls_child"]
        words = name.casefold().split()
        _first, *others = self.patient.name.casefold().split() or [""]
        if any(char.isdigit() for char in name) or set(words) & set(others):
            raise forms.ValidationError(
                gettext("Leave out the surname and any number: others may see your calendar")
            )
        if any(word in name.casefold() for word in NEVER_SAID):
            raise forms.ValidationError(gettext("Enter a name, and nothing about the illness"))
        return name


@family_page
def name_child(request: HttpRequest, link: FamilyLink) -> HttpResponse:
    """Choose a name, another one, or none any more."""
    contact = link.contact
    form = NameForm(
        request.POST if request.method == "POST" else None, contact=contact, patient=link.course.patient
    )
    if request.method == "POST" and form.is_valid():
        write(
            link,
            lambda: family_tells.name_child(
                contact=contact, name=form.cleaned_data["calls_child"], by=on_their_page(contact)
            ),
        )
        return sent(link, NAME)
    return form_page(request, link, "name_child", form)
