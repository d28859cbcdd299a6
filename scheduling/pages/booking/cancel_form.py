"""The form to cancel or end a course."""

from typing import Any

from crmo_clinic.nhsuk import forms
from scheduling.models import TO_CANCEL, Course
from scheduling.states import CourseStatus


class CancelForm(forms.Form):
    """Why a course is cancelled, and whether it waits again or ends."""

    submit_label = "Continue"
    names_in_errors = {"reason": "why the course is cancelled", "then": "what happens next"}
    BACK, END = "back", "end"

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

    def __init__(self, *args: Any, course: Course, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if course.status != CourseStatus.BOOKED:
            del self.fields["then"]
            self.fields["reason"].label = "Why is it ended?"
            self.names_in_errors = {"reason": "why the course is ended"}

    @property
    def back_to_waiting(self) -> bool:
        return self.cleaned_data.get("then") == self.BACK
