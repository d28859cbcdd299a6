"""Forms for a day that cannot happen: why, what happens instead, and who decided it."""

from collections.abc import Iterator
from typing import Any

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.wording import capitalised, listed
from scheduling.models import LostBecause, Session
from scheduling.states import SessionStatus

Choice = tuple[str, str, str]


class LoseDayForm(forms.Form):
    """Why the day cannot happen, and what happens instead. Each choice says what it will do."""

    submit_label = "Continue"
    names_in_errors = {"because": "why the day cannot happen", "then": "what happens instead"}
    MOVE, AGAIN, ANOTHER_DAY, LEAVE_OUT, LATER = "move", "again", "another_day", "leave_out", "later"

    because = forms.ChoiceField(label="Why can the day not happen?", widget=forms.Radios())
    then = forms.ChoiceField(label="What happens instead?", widget=forms.Radios())

    def __init__(self, *args: Any, session: Session, may_decide: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        because, then = self.fields["because"], self.fields["then"]
        because.initial = session.lost_because
        because.choices = [choice for choice in LostBecause.choices if choice[0] not in _impossible(session)]
        choices = [*(_decisions(session) if may_decide else ()), _later(session)]
        then.choices = [(value, label) for value, label, _ in choices]
        then.widget.hints = {value: hint for value, _, hint in choices}
        if len(choices) == 1:
            self.submit_label = "Report it"
            then.initial = choices[0][0]


class ApprovalForm(forms.Form):
    """Who decided that a course goes on without its days in a row, and why."""

    names_in_errors = {"approved_by": "the clinician who decided", "reason": "why this was decided"}

    approved_by = forms.CharField(
        label="Clinician who decided", max_length=150, widget=forms.TextInput(width=30, spellcheck=False)
    )
    reason = forms.CharField(label="Why was it decided?", max_length=300, widget=forms.Textarea(rows=3))


def _impossible(session: Session) -> set[str]:
    """Reasons that cannot apply: "not brought" has its own form, and a child who arrived could come.

    One that nobody can choose any more stays where it was chosen.
    """
    reasons = {LostBecause.CLOSURE.value} - {session.lost_because}
    if session.status == SessionStatus.NOT_BROUGHT:
        return reasons
    reasons |= {LostBecause.NOT_BROUGHT.value}
    return reasons | {LostBecause.FAMILY.value} if session.arrived_at else reasons


def _decisions(session: Session) -> Iterator[Choice]:
    """The decisions that are possible about a day: value, label, and what it does."""
    others = [other for other in session.course.live_sessions if other.pk != session.pk]
    has_begun = any(other.status != SessionStatus.BOOKED for other in others)
    is_to_come = session.status == SessionStatus.BOOKED
    if is_to_come and not has_begun:
        yield (
            LoseDayForm.MOVE,
            "Move the whole course",
            "You choose new days next, and until then nothing changes. Then the chairs become free, and the "
            "family gets a changed invite for each day.",
        )
    elif not has_begun:
        yield (
            LoseDayForm.AGAIN,
            "Find new days for the whole course",
            "What is still booked is cancelled, the family gets a cancellation for it, and the course goes "
            "back to the waiting list.",
        )
    if others:
        names = capitalised(listed(f"day {other.number}" for other in others))
        stay = f"{names} {'stays' if len(others) == 1 else 'stay'} unchanged. A clinician has to agree."
        yield (
            LoseDayForm.ANOTHER_DAY,
            f"Give day {session.number} at another time",
            f"{stay} The family gets {'a changed' if is_to_come else 'an'} invite for day {session.number}.",
        )
        told = f" The chair becomes free, and the family gets a cancellation for day {session.number}."
        yield (
            LoseDayForm.LEAVE_OUT,
            f"Leave day {session.number} out",
            f"{stay}{told if is_to_come else ''} The course ends as part given.",
        )


def _later(session: Session) -> Choice:
    arrived = session.status == SessionStatus.ARRIVED
    now = "The chair becomes free now" if arrived else "Nothing changes yet"
    return LoseDayForm.LATER, "It is decided later", f"{now}; a task asks for a decision."
