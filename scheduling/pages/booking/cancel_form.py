"""The form to cancel or end a course."""

from collections.abc import Sequence
from typing import Any

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.wording import listed
from scheduling.models import TO_CANCEL, Course
from scheduling.states import CourseStatus


class CancelForm(forms.Form):
    """Why a course is cancelled, whether it waits again or ends, and whether the children with whom this one
    shares the days are meant too."""

    submit_label = "Continue"
    names_in_errors = {
        "reason": "why the course is cancelled",
        "then": "what happens next",
        "whose": "which courses are meant",
    }
    BACK, END = "back", "end"
    ALL, ALONE = "all", "alone"

    whose = forms.ChoiceField(label="Which courses are meant?", widget=forms.Radios())
    reason = forms.ChoiceField(
        label="Why is it cancelled?",
        choices=[(reason.value, reason.label) for reason in TO_CANCEL],
        widget=forms.Radios(),
    )
    then = forms.ChoiceField(
        label="What happens next?",
        choices=[(BACK, "Back to the waiting list"), (END, "End this course")],
        widget=forms.Radios(
            hints={
                BACK: "The course is still wanted: new days will be found",
                END: "No new days will be found",
            }
        ),
    )

    def __init__(self, *args: Any, course: Course, others: Sequence[Course] = (), **kwargs: Any) -> None:
        """others: the open courses that share the days with it."""
        super().__init__(*args, **kwargs)
        named = [(self.ALL, _named([course, *others])), (self.ALONE, f"Only {_named([course])}")]
        self.fields["whose"].choices = named
        if not others:
            del self.fields["whose"]
        if course.status != CourseStatus.BOOKED:
            del self.fields["then"]
            self.fields["reason"].label = "Why is it ended?"
            self.names_in_errors = self.names_in_errors | {"reason": "why the course is ended"}

    @property
    def back_to_waiting(self) -> bool:
        return self.cleaned_data.get("then") == self.BACK

    @property
    def of_all(self) -> bool:
        return self.cleaned_data.get("whose") == self.ALL


def _named(courses: Sequence[Course]) -> str:
    return listed(each.patient.short_name for each in courses)
