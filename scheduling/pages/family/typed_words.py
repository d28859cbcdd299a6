"""What a family typed into a form that no longer fits, for the course was changed meanwhile: for staff."""

from datetime import datetime

from django.conf import settings
from django.http import QueryDict
from django.utils import timezone, translation

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.wording import clock, long_date
from scheduling.pages.family.family_forms import ANSWERS, FamilyMixin

# As many days as a course may have.
NUMBERS = (1, 2, 3)


def words_typed(form: FamilyMixin) -> str:
    """Each question that has an answer, with it, on a line, in the language of staff; empty if none has."""
    with translation.override(settings.LANGUAGE_CODE):
        lines = [
            f"{field.label}: {_words(field.field, field.data)}"
            for field in form
            if field.data and not field.is_hidden
        ]
    return "\n".join(lines)


def _words(field: forms.forms.Field, data: str | list[str]) -> str:
    """The words of the choices that were made, or what was written."""
    labels = {str(value): str(label) for value, label in getattr(field, "choices", ())}
    values = data if isinstance(data, list) else [data]
    return ", ".join(labels.get(value, value) for value in values)


def answers_typed(data: QueryDict) -> str:
    """Whether they can come on each day, with the time that their page showed."""
    with translation.override(settings.LANGUAGE_CODE):
        labels = {str(value): str(label) for value, label in ANSWERS}
        return "\n".join(
            f"Day {number}{_shown(data.get(f'day_{number}_at', ''))}: {labels[answer]}"
            for number in NUMBERS
            if (answer := data.get(f"day_{number}", "")) in labels
        )


def _shown(text: str) -> str:
    """`, Monday 8 March 2027, 9am`; nothing if the page did not say, or it was spoiled."""
    try:
        start = timezone.localtime(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return ""
    return f", {long_date(start)}, {clock(start.time())}"
