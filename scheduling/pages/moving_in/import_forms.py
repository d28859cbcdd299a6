"""A spreadsheet to move in with, what its columns are, and why it is taken back."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.spreadsheets import Unreadable, size, text_of
from crmo_clinic.nhsuk.wording import duration
from scheduling.models import Priority, Reason, SpreadsheetImport, Unit
from scheduling.moving_in.asking import MOST_BYTES
from scheduling.moving_in.columns import COLUMNS, wrong_columns
from scheduling.moving_in.settings import Settings
from scheduling.rules.course import LENGTH_STEP, LONGEST, SHORTEST

LENGTHS = [("", "The file says it"), *((n, duration(n)) for n in range(SHORTEST, LONGEST + 1, LENGTH_STEP))]
SAMPLE_LETTERS = 40


class SettingsForm(forms.Form):
    """What the file does not say, for all its lines."""

    decided_by = forms.CharField(
        label="Clinician who decided, where the file does not say it",
        max_length=150,
        required=False,
        help_text="Only courses need one",
        widget=forms.TextInput(spellcheck=False, autocomplete="off"),
    )
    minutes = forms.TypedChoiceField(
        label="Hours on each day, where the file does not say them",
        choices=LENGTHS,
        coerce=int,
        empty_value=0,
        required=False,
        widget=forms.Select(),
    )
    reason = forms.ChoiceField(
        label="Reason for a course, where the file does not say it",
        choices=Reason.choices,
        initial=Reason.PLANNED,
        widget=forms.Select(),
    )
    priority = forms.TypedChoiceField(
        label="Priority, where the file does not say it",
        choices=Priority.choices,
        coerce=int,
        initial=Priority.ROUTINE,
        widget=forms.Select(),
    )
    may_be_mailed = forms.BooleanField(
        label="Whoever has an email address in the file agreed to get appointment mails",
        required=False,
        help_text="Not for children of 16 and older, who say it themselves. A column that says it of each "
        "contact counts more",
        widget=forms.Checkbox(),
    )

    @property
    def settings(self) -> Settings:
        return Settings.of(self.cleaned_data)


class SpreadsheetForm(SettingsForm):
    """A spreadsheet; nothing of it is in the records before it has been looked at and confirmed."""

    submit_label = "Look at the file"

    unit = forms.ModelChoiceField(label="Unit", queryset=Unit.objects.all(), widget=forms.Select())
    file = forms.FileField(
        label="CSV file or .xlsx workbook",
        help_text="The first line names the columns",
        error_messages={
            "required": "Choose a CSV file or a workbook",
            "empty": "The file is empty. Choose another",
            "missing": "Choose a CSV file or a workbook",
            "invalid": "Choose a CSV file or a workbook",
        },
    )
    sheet = forms.CharField(
        label="Name of the sheet",
        max_length=100,
        required=False,
        help_text="Of a workbook with several. Left empty, the first is read",
        widget=forms.TextInput(width=20, spellcheck=False, autocomplete="off"),
    )

    field_order = ("unit", "file", "sheet", "decided_by", "minutes", "reason", "priority", "may_be_mailed")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = list(self.fields["unit"].queryset[:2])
        if len(units) == 1:
            self.fields["unit"].initial = units[0]

    def clean_file(self) -> UploadedFile:
        """The file; its text is read once the name of the sheet is known."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(f"The file must be {size(MOST_BYTES)} or smaller. Split it")
        return file

    def clean(self) -> dict[str, Any]:
        """With the text of the file in `text`."""
        cleaned = super().clean()
        if file := cleaned.get("file"):
            try:
                self.text = text_of(file.read(), cleaned.get("sheet", ""))
            except Unreadable as fault:
                self.add_error("sheet" if "no sheet called" in str(fault) else "file", str(fault))
        return cleaned


class ColumnsForm(SettingsForm):
    """What each column of a file is, and what the file does not say."""

    submit_label = "Look at the lines again"
    mark_optional = False
    submit_variant = "secondary"

    def __init__(self, *args: Any, source: SpreadsheetImport, **kwargs: Any) -> None:
        kept = Settings.of(source.settings).kept()
        super().__init__(*args, initial={**kept, "minutes": kept["minutes"] or ""}, **kwargs)
        self.source = source
        samples = source.lines.order_by("number").values_list("cells", flat=True)[:50]
        self.names = [f"column_{place}" for place in range(len(source.heads))]
        for place, (name, head) in enumerate(zip(self.names, source.heads, strict=True)):
            seen = next((row[place] for row in samples if place < len(row) and row[place]), "")
            self.fields[name] = forms.ChoiceField(
                label=head or f"Column {place + 1}, without a name",
                choices=[("", "Not read"), *COLUMNS.items()],
                required=False,
                initial=source.columns[place],
                help_text=f"For example {seen[:SAMPLE_LETTERS]}" if seen else "Empty in the first lines",
                widget=forms.Select(),
            )
            self.fields[name].what = "what this column is"
        self.order_fields(self.names)

    @property
    def columns(self) -> list[str]:
        return [self.cleaned_data[name] for name in self.names]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for wrong in wrong_columns([cleaned.get(name, "") for name in self.names]):
            self.add_error(None, wrong)
        return cleaned


class TakeBackForm(forms.Form):
    """Why everything that a file brought leaves the records again."""

    submit_label = "Take this file back"
    submit_variant = "warning"
    names_in_errors = {"because": "why it is taken back"}

    because = forms.CharField(
        label="Why is it taken back?",
        max_length=300,
        help_text="For example, the file was that of another year",
        widget=forms.TextInput(),
    )
