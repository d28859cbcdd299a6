"""Addresses for tests of the UI kit alone: a form in every state, every component, error and sign-in pages.

No page here touches the database. `/kit/form/` answers a POST with the form and its errors.
"""

from types import SimpleNamespace
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import include, path
from django.utils.safestring import mark_safe

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.pages import page_of


class KitForm(forms.Form):
    """One of each kind of field."""

    submit_label = "Save and continue"
    names_in_errors = {"needs": "what the child needs", "days": "how many days this course is"}

    name = forms.CharField(
        label="Child’s full name",
        max_length=100,
        widget=forms.TextInput(spellcheck=False, autocomplete="off"),
    )
    nhs_number = forms.NhsNumberField(label="NHS number", help_text="10 digits, like 999 123 4567")
    born = forms.DateField(label="Date of birth", help_text="For example, 31 3 2016")
    start = forms.TimeField(label="Start time", help_text="For example, 9am or 2:15pm")
    weeks = forms.IntegerField(
        label="Weeks until the next review",
        widget=forms.TextInput(width=3, inputmode="numeric", suffix="weeks"),
    )
    email = forms.EmailField(label="Email address", required=False, widget=forms.TextInput(type="email"))
    unit = forms.ChoiceField(
        label="Unit", choices=[("", "---------"), ("d", "Day case")], widget=forms.Select()
    )
    days = forms.ChoiceField(
        label="How many days is this course?",
        choices=[("1", "1 day"), ("2", "2 days"), ("3", "3 days")],
        widget=forms.Radios(hints={"2": "The usual course"}),
    )
    interpreter = forms.ChoiceField(
        label="Interpreter needed", choices=[("yes", "Yes"), ("no", "No")], widget=forms.Radios(inline=True)
    )
    needs = forms.MultipleChoiceField(
        label="What does the child need on the day?",
        help_text="Select all that apply",
        choices=[("play", "Play specialist"), ("hoist", "Hoist")],
        widget=forms.Checkboxes(hints={"hoist": "Tell the ward a day before"}),
    )
    notes = forms.CharField(label="Notes for the nurse", required=False, widget=forms.Textarea())
    agreed = forms.BooleanField(label="The family has agreed", help_text="In writing or on the phone")
    password = forms.CharField(label="Password", widget=forms.PasswordInput())

    def clean(self) -> dict[str, Any]:
        if self.data.get("name") == "Refused":
            raise forms.ValidationError("Chair 3 is taken from 9am to 1pm. Choose another chair or time.")
        return self.cleaned_data


USER = SimpleNamespace(is_authenticated=True, name="Sam Taylor", roles=["coordinator"])
NAVIGATION = [
    SimpleNamespace(label=label, url="/kit/", active=label == "Children", count=count)
    for label, count in (
        ("Week board", None), ("Find a slot", None), ("Waiting list", 12), ("Children", None),
        ("Day list", None), ("Unit", None),
    )
]  # fmt: skip
FRAME = {"user": USER, "navigation": NAVIGATION}
BANNER = {
    "label": "Child",
    "name": "Amira Khan",
    "pairs": [
        ("Born", "15 March 2016 (10 years)"),
        ("NHS number", mark_safe('<span class="app-nowrap">999 000 0379</span>')),
        ("Hospital number", "K104482"),
        ("Needs", "Hoist, interpreter (Polish)"),
    ],
    "tags": [{"text": "Restricted", "colour": "red"}],
}


@login_not_required
def form(request: HttpRequest) -> HttpResponse:
    kit_form = KitForm(request.POST or None)
    if request.method == "POST" and kit_form.is_valid():
        messages.success(request, "The form was saved.")
        return redirect("kit_components")
    return render(request, "kit_form.html", {**FRAME, "form": kit_form})


@login_not_required
def components(request: HttpRequest) -> HttpResponse:
    if "saved" in request.GET:
        messages.success(request, "The child was added to the waiting list.")
    add = {"href": "#add", "text": "Add", "hidden": "a note"}
    change = {"href": "#change", "text": "Change", "hidden": "notes"}
    rows = [
        {"key": "Name", "value": "Amira Khan", "actions": [{"href": "#name", "hidden": "name"}]},
        {"key": "Hospital number", "value": "K104482"},
        {"key": "Notes", "value": "", "actions": [add, change]},
    ]
    head = ["Child", "Decided", {"text": "Days waiting", "numeric": True}]
    table = [["Amira Khan", "Tue 4 Aug 2026", 12], ["Bo Li", "Wed 5 Aug 2026", 11]]
    page = page_of(request, range(400), per_page=10)
    context = {**FRAME, "banner": BANNER, "rows": rows, "head": head, "table": table, "page": page}
    return render(request, "kit_components.html", context)


@login_not_required
def signed_out(request: HttpRequest) -> HttpResponse:
    return render(request, "404.html", status=404)


@login_not_required
def forbidden(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied("Your role does not let you set up the unit.")


@login_not_required
def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("broken on purpose")


urlpatterns = [
    path("kit/", components, name="kit_components"),
    path("kit/form/", form, name="kit_form"),
    path("kit/signed-out/", signed_out),
    # Named at the foot of each page, and on the sign-in page.
    path("sign-ins/", signed_out, name="account_sessions"),
    path("passkey/", signed_out, name="mfa_login_webauthn"),
    path("kit/forbidden/", forbidden),
    path("kit/broken/", broken),
    path("accounts/", include("allauth.account.urls")),
    path("", include("crmo_clinic.public_urls")),
]
