"""What is looked for in the logs, as typed and as an address says it."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from crmo_clinic.nhsuk import forms
from patients.acts import known_acts
from patients.log_words import title
from patients.logs import LOOKS, WRITES, Asked
from patients.models import AuditEvent, Patient, User
from patients.page_names import PAGES

KINDS = [(LOOKS, "Who looked"), (WRITES, "Who wrote, signed in or was refused")]


class FindInLogForm(forms.Form):
    """A child, a person, a page or act, days: each may be left open."""

    submit_label = "Search"
    mark_optional = False
    names_in_errors = {"first": "the first day", "last": "the last day"}

    what = forms.ChoiceField(
        label="Which log", choices=KINDS, initial=LOOKS, widget=forms.Radios(inline=True)
    )
    child = forms.CharField(
        label="Child",
        required=False,
        max_length=60,
        help_text="The whole hospital or NHS number",
        widget=forms.TextInput(width=20, spellcheck=False, autocomplete="off"),
    )
    user = forms.ModelChoiceField(
        label="Person",
        queryset=User.objects.none(),
        required=False,
        empty_label="Anybody",
        widget=forms.Select(),
    )
    page = forms.ChoiceField(label="Page or act", required=False, widget=forms.Select())
    first = forms.DateField(label="From", required=False)
    last = forms.DateField(label="To", required=False)
    not_treating = forms.BooleanField(
        label="Only people who did nothing for this child",
        required=False,
        widget=forms.Checkbox(),
        help_text="They looked, and recorded, booked or changed nothing about the child. Needs a child",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = User.objects.all()
        pages = sorted(PAGES.items(), key=lambda pair: pair[1])
        self.fields["page"].choices = [("", "Any"), ("Pages", pages), ("Acts", _acts())]

    def clean_child(self) -> Patient | None:
        text = self.cleaned_data["child"]
        child = Patient.objects.with_number(text) if text else None
        if text and child is None:
            raise forms.ValidationError("No child has this number. Enter the whole hospital or NHS number")
        return child

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", "The last day must not be before the first")
        if cleaned.get("not_treating") and not cleaned.get("child") and "child" not in self.errors:
            self.add_error("child", "Enter a child, to see who did nothing for it")
        return cleaned

    def query(self) -> str:
        """What was asked, for an address: keys and dates, nothing that names a child."""
        asked = self.cleaned_data
        pairs = {
            "what": asked["what"],
            "child": asked["child"] and asked["child"].pk,
            "user": asked["user"] and asked["user"].pk,
            "page": asked["page"],
            "first": asked["first"],
            "last": asked["last"],
            "not_treating": "yes" if asked["not_treating"] else "",
        }
        return urlencode({name: value for name, value in pairs.items() if value})

    @staticmethod
    def initial_of(asked: Asked, what: str) -> dict[str, Any]:
        return {
            "what": what,
            "child": asked.child and asked.child.hospital_number,
            "user": asked.user,
            "page": asked.page,
            "first": asked.first,
            "last": asked.last,
            "not_treating": asked.not_treating,
        }


def asked_in(query: QueryDict) -> tuple[Asked, str]:
    """What an address asks for, and in which log. What is not understood is not asked."""
    what = WRITES if query.get("what") == WRITES else LOOKS
    child, user = _row(Patient, query.get("child", "")), _row(User, query.get("user", ""))
    page = query.get("page", "")
    asked = Asked(
        child=child,
        user=user,
        page=page if page in PAGES or page in known_acts() else "",
        first=_day(query.get("first", "")),
        last=_day(query.get("last", "")),
        not_treating=bool(child) and query.get("not_treating") == "yes",
    )
    return asked, what


def _acts() -> list[tuple[str, str]]:
    named = [
        (str(act), title(AuditEvent(action=act, record=act.partition(".")[0])))
        for act in known_acts().values()
    ]
    return sorted(named, key=lambda pair: pair[1])


def _row(model: type[Patient] | type[User], key: str) -> Any:
    return (
        model._default_manager.filter(pk=key).first()
        if key.isascii() and key.isdigit() and len(key) < 10
        else None
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
