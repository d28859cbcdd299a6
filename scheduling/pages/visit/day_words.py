"""What the day list says after a press: what was done, or why nothing was."""

from datetime import datetime

from django.utils import timezone

from crmo_clinic.nhsuk.wording import clock, long_date
from patients import audit
from patients.models import User
from scheduling.errors import ChangedMeanwhile, Refused
from scheduling.models import Session
from scheduling.states import CourseStatus, SessionStatus

PRESSED = {
    SessionStatus.ARRIVED: "{child} arrived at {time}.",
    SessionStatus.STARTED: "{child}’s drip started at {time}.",
    SessionStatus.FULFILLED: "{child}’s drip finished at {time}.",
}
TAKEN_BACK = {
    SessionStatus.BOOKED: "Taken back: {child} has not arrived yet.",
    SessionStatus.ARRIVED: "Taken back: {child} is here, and the drip has not started yet.",
    SessionStatus.STARTED: "Taken back: {child}’s drip is still running.",
}


def pressed(session: Session) -> str:
    said = PRESSED[SessionStatus(session.status)].format(
        child=_child(session), time=_clock(session.pressed_at)
    )
    completed = session.course.status == CourseStatus.COMPLETED
    return f"{said} The course is complete." if completed else said


def taken_back(session: Session) -> str:
    return TAKEN_BACK[SessionStatus(session.status)].format(child=_child(session))


def missed(session: Session) -> str:
    return (
        f"Recorded: {_child(session)} was not brought. Two tasks are open: to reach the family today, "
        "and to decide what comes instead of this day."
    )


def why_not_missed(session: Session) -> str:
    """Why this visit cannot be recorded as “was not brought” now; empty if it can."""
    if session.day != timezone.localdate():
        return (
            f"This visit of {_child(session)} is on {long_date(session.day)}. Only on the day itself can be "
            "recorded that a child was not brought."
        )
    if session.status != SessionStatus.BOOKED:
        return refused(session, ChangedMeanwhile(session))
    return ""


def was_done_by(session: Session, user: User) -> bool:
    last = audit.last(session)
    return last is not None and last.actor_id == user.pk


def refused(session: Session, refusal: Refused) -> str:
    """Why nothing was done, with the child's name, because the page lists many children."""
    return f"{_child(session)}: {refusal}"


def _child(session: Session) -> str:
    return session.course.patient.name


def _clock(moment: datetime) -> str:
    return clock(timezone.localtime(moment).time())
