"""Forms about a mail that came in: which child it is about, and which answer it contains."""

from typing import Any

from django.utils import timezone

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.wording import long_date
from patients.models import Contact
from scheduling.models import Answer, Course, IncomingMail, Session
from scheduling.states import CourseStatus


class AnswerForm(forms.Form):
    """The answer in the mail: who answers, what, and about which days of the course."""

    submit_label = "Record the answer"
    names_in_errors = {"days": "which days it is about", "contact": "who answers", "answer": "the answer"}

    days = forms.MultipleChoiceField(label="Which days is it about?", widget=forms.Checkboxes())
    contact = forms.ModelChoiceField(
        label="Who answers?", queryset=Contact.objects.none(), empty_label=None, widget=forms.Radios()
    )
    answer = forms.TypedChoiceField(
        label="What is the answer?", choices=Answer.choices, coerce=Answer, widget=forms.Radios()
    )

    def __init__(self, *args: Any, mail: IncomingMail, **kwargs: Any) -> None:
        super().__init__(*args, initial={"contact": mail.contact_id}, **kwargs)
        self._sessions = {str(session.pk): session for session in mail.course.live_sessions}
        self.fields["days"].choices = [(key, _day(session)) for key, session in self._sessions.items()]
        self.fields["contact"].queryset = Contact.objects.filter(patient=mail.course.patient_id)
        self.fields["seen"] = forms.SeenField(required=False, initial=mail.course.version)

    def clean_days(self) -> list[Session]:
        return [self._sessions[key] for key in self.cleaned_data["days"]]


class PlaceForm(forms.Form):
    """Which booked course a mail is about."""

    submit_label = "Save whose mail it is"
    submit_variant = "secondary"
    names_in_errors = {"course": "which child it is about"}

    course = forms.ModelChoiceField(
        label="Which child is it about?",
        queryset=Course.objects.none(),
        empty_label="Choose a child",
        widget=forms.Select(),
        help_text="Children with a booked course whose last day is still to come",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        booked = Course.objects.filter(
            status=CourseStatus.BOOKED, sessions__ends_at__gt=timezone.now()
        ).distinct()
        courses = booked.select_related("patient", "unit").prefetch_related("sessions")
        self.fields["course"].queryset = courses.order_by("patient__name", "pk")
        self.fields["course"].label_from_instance = _child


def _day(session: Session) -> str:
    return f"Day {session.number}, {long_date(session.day)}"


def _child(course: Course) -> str:
    days = ", ".join(long_date(session.day) for session in course.live_sessions)
    return f"{course.patient} ({days})"
