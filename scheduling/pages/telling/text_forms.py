"""Writing a text for families, and approving it."""

from datetime import date
from typing import Any

from django.utils import timezone

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.wording import plain_date
from patients.stale import KEPT
from scheduling.models import AdviceText
from scheduling.telling.texts.approval import latest_review_date, written_meanwhile

# Show the preview while the text is typed. Without JavaScript the button does the same.
AS_ONE_TYPES = {
    "hx-post": "",
    "hx-trigger": "input changed delay:600ms",
    "hx-vals": '{"preview": "yes"}',
    "hx-include": "closest form",
    "hx-target": "#preview",
    "hx-select": "#preview",
    "hx-swap": "outerHTML",
}


class AdviceForm(forms.WatchedForm, forms.Form):
    """A new version of a text. start: what it begins with. latest: the version before it, if any."""

    submit_label = "Save as a draft"

    body = forms.CharField(
        label="Text",
        max_length=4000,
        help_text="Short words and short sentences. Write to the parent: “your child”, “ring us”",
        widget=forms.Textarea(rows=22, attrs=AS_ONE_TYPES),
    )

    def __init__(
        self, *args: Any, latest: AdviceText | None, start: str, language: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, initial={"body": start}, **kwargs)
        self.latest = latest
        self.fields["body"].widget.attrs |= {"lang": language, "dir": "auto"}
        self.helper.add_input(forms.Button("Preview", name="preview", value="yes", variant="secondary"))
        self.watch()

    def fingerprint(self) -> str:
        return str(self.latest.version if self.latest else 0)

    def who_changed_it(self, log_mark: str) -> str:
        if self.latest is None:
            return self.changed_meanwhile
        return f"{written_meanwhile(self.latest)} {KEPT}"

    def clean_body(self) -> str:
        return "\n".join(self.cleaned_data["body"].splitlines()) + "\n"


class ApproveForm(forms.Form):
    """Who has approved a version, and until when the approval holds."""

    submit_label = "Approve and use from now on"
    names_in_errors = {
        "approved_by": "name of the person who approved it",
        "review_on": "date by which it is to be reviewed",
    }

    approved_by = forms.CharField(
        label="Who has approved it?",
        max_length=150,
        help_text="The name and role of the person who has read it and answers for it",
        widget=forms.TextInput(width=30, spellcheck=False, autocomplete="off"),
    )
    review_on = forms.DateField(label="To be reviewed by")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        until = latest_review_date()
        self.fields[
            "review_on"
        ].help_text = (
            f"After this day it is not sent any more. At most 3 years ahead, for example {until:%-d %-m %Y}"
        )

    def clean_review_on(self) -> date:
        day, latest = self.cleaned_data["review_on"], latest_review_date()
        if day <= timezone.localdate():
            raise forms.ValidationError("The review date must be after today")
        if day > latest:
            raise forms.ValidationError(f"The review date must be {plain_date(latest)} or before it")
        return day
