"""The interval in the last course's plan: a course before it is over needs a reason.

The earliest first day is the clinician's decision. The form only shows when the interval ends, and asks why.
"""

from django.utils import timezone

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.wording import plain_date
from scheduling.history.last_course import LastCourse


class EarlyBecauseField(forms.CharField):
    """Why a course may come before the interval of the plan is over."""

    widget = forms.Textarea(rows=2)

    def __init__(self) -> None:
        label = "Why may it come before the interval of the plan is over?"
        super().__init__(label=label, required=False, max_length=300)


def ask_why_early(form: forms.ModelForm, last: LastCourse | None) -> None:
    """Show on the form when the interval ends. If the plan has no interval, remove the question."""
    if last and last.interval_ends:
        hint = f"Only if day 1 may be before {plain_date(last.interval_ends)}, when its weeks are over"
        form.fields["early_because"].help_text = hint
    else:
        del form.fields["early_because"]


def refuse_early_without_reason(form: forms.ModelForm, last: LastCourse | None) -> None:
    """Add an error if day 1 may be before the end of the interval and there is no reason.

    A course that is agreed already is checked only if its earliest day or the reason changes. Without an
    earliest day, day 1 may be today.
    """
    if "early_because" not in form.fields or "earliest" in form.errors:
        return
    is_asked = not form.instance.pk or {"earliest", "early_because"} & set(form.changed_data)
    first = form.cleaned_data.get("earliest") or timezone.localdate()
    if is_asked and first < last.interval_ends and not form.cleaned_data.get("early_because"):
        ends = plain_date(last.interval_ends)
        form.add_error(
            "early_because",
            f"Say why day 1 may be before {ends}, or give an earliest first day from then on",
        )
