"""What is asked about a child who was not brought."""

from crmo_clinic.nhsuk import forms
from scheduling.models import LostBecause
from scheduling.visit.transitions import KNOWN_WHY

# The answers, for each reason that can be known on the day.
ANSWERS = {
    LostBecause.NOT_BROUGHT: "No, nobody has been reached yet",
    LostBecause.UNWELL: "Yes, the child is unwell",
    LostBecause.FAMILY: "Yes, the family could not come",
}


class MissVisitForm(forms.Form):
    """The one question: does anybody know why?"""

    submit_label = "Record as not brought"
    page_heading = "because"
    names_in_errors = {"because": "whether anybody knows why"}

    because = forms.TypedChoiceField(
        label="Does anybody know why?",
        choices=[(because.value, ANSWERS[because]) for because in KNOWN_WHY],
        coerce=LostBecause,
        widget=forms.Radios(),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput())
