"""A file of results, and why an import of one is undone."""

from django.core.files.uploadedfile import UploadedFile

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.spreadsheets import Unreadable, size, text_of
from scheduling.history.results_file import MOST_BYTES


class ResultsFileForm(forms.Form):
    """A file of results; nothing is kept of it before it has been checked and confirmed."""

    submit_label = "Check the file"

    file = forms.FileField(
        label="CSV file or .xlsx workbook",
        help_text="The first line names the columns: hospital number or NHS number, or both; date, ESR, CRP",
        error_messages={
            "required": "Choose a CSV file or a workbook",
            "empty": "The file is empty. Choose another",
            "missing": "Choose a CSV file or a workbook",
            "invalid": "Choose a CSV file or a workbook",
        },
    )

    def clean_file(self) -> UploadedFile:
        """The file; its text is in `text`."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(f"The file must be {size(MOST_BYTES)} or smaller. Split it")
        try:
            self.text = text_of(file.read())
        except Unreadable as fault:
            raise forms.ValidationError(str(fault)) from fault
        return file


class UndoResultsForm(forms.Form):
    """Why everything that a file brought is taken out again."""

    submit_label = "Undo this import"
    names_in_errors = {"because": "why it is undone"}

    because = forms.CharField(
        label="Why is it undone?",
        max_length=300,
        help_text="For example, the file was that of another month. It stands on each of the reviews",
        widget=forms.TextInput(),
    )
