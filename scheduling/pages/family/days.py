"""What a family's page says about the days of its course."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext, gettext_lazy

from patients.models import Contact
from scheduling.models import Course, Moment, Reply, Session
from scheduling.pages.family.family_forms import ANSWERS
from scheduling.states import CourseStatus, SessionStatus
from scheduling.telling.knowledge import load_told

# The statuses in which the family sees its days. A held day is told to nobody.
TOLD = (CourseStatus.BOOKED, CourseStatus.COMPLETED, CourseStatus.PART_GIVEN)
STATES = {
    SessionStatus.BOOKED: (gettext_lazy("Booked"), "green"),
    SessionStatus.ARRIVED: (gettext_lazy("You are here"), "blue"),
    SessionStatus.STARTED: (gettext_lazy("You are here"), "blue"),
    SessionStatus.FULFILLED: (gettext_lazy("Done"), "grey"),
    SessionStatus.NOT_GIVEN: (gettext_lazy("Did not go ahead"), "grey"),
    SessionStatus.NOT_BROUGHT: (gettext_lazy("Did not go ahead"), "grey"),
    SessionStatus.CANCELLED: (gettext_lazy("Cancelled"), "red"),
}


@dataclass(frozen=True)
class Day:
    """One day as the page shows it. answer: what this contact said about the day as it is now, in words."""

    session: Session
    heading: str
    state: str
    colour: str
    moved: bool
    answer: str


def days_of(course: Course, contact: Contact, now: datetime) -> tuple[list[Day], list[Day]]:
    """The days of the course, and the cancelled days still to come, each in order."""
    sessions = [s for s in course.sessions.all() if s.status != SessionStatus.HELD]
    answers = last_answers(sessions, contact)
    shown = [s for s in sessions if s.status != SessionStatus.CANCELLED] if course.status in TOLD else []
    cancelled = [s for s in sessions if s.status == SessionStatus.CANCELLED and s.ends_at > now]
    return _days(shown, course, answers), _days(cancelled, course, answers)


def to_answer(course: Course, now: datetime) -> list[Session]:
    """The booked days to come: the family can say whether it comes."""
    if course.status != CourseStatus.BOOKED:
        return []
    return [s for s in course.sessions.all() if s.status == SessionStatus.BOOKED and s.ends_at > now]


def has_begun(course: Course, now: datetime) -> bool:
    """Whether the child has come to a visit of this course: only then can the family say how it went."""
    over = (SessionStatus.ARRIVED, SessionStatus.STARTED, SessionStatus.FULFILLED)
    return any(session.status in over for session in course.sessions.all())


def moments_of(course: Course, now: datetime) -> list[tuple[Moment, str]]:
    """Which advice is still useful, each with its heading. Advice for what is over is left out."""
    days = course.live_sessions if course.status in TOLD else []
    found = []
    if days and now < days[0].ends_at:
        heading = gettext("Before day 1") if len(days) > 1 else gettext("Before you come")
        found.append((Moment.BEFORE_DAY_1, heading))
    if len(days) > 1 and now < days[-1].ends_at:
        if now >= days[0].starts_at:
            found.append((Moment.BETWEEN, gettext("Between the days")))
        found.append((Moment.BEFORE_DAY_2, gettext("Before day 2")))
    if days:
        found.append((Moment.AFTER, gettext("Afterwards")))
    return found


def last_answers(sessions: Sequence[Session], contact: Contact) -> dict[int, Reply]:
    """This contact's last answer to each session at its present time, by session key."""
    rows = {pk: day.of(contact) for pk, day in load_told(sessions).items()}
    return {pk: row.reply for pk, row in rows.items() if row and row.reply and not row.is_stale}


def _days(sessions: Iterable[Session], course: Course, answers: dict[int, Reply]) -> list[Day]:
    return [_day(session, course, answers.get(session.pk)) for session in sessions]


def _day(session: Session, course: Course, answer: Reply | None) -> Day:
    state, colour = STATES[SessionStatus(session.status)]
    moved = session.status == SessionStatus.BOOKED and session.sequence > 0
    words = dict(ANSWERS)
    return Day(
        session=session,
        heading=day_heading(session, course),
        state=str(state),
        colour=colour,
        moved=moved,
        answer=str(words[answer.answer]) if answer and session.status == SessionStatus.BOOKED else "",
    )


def day_heading(session: Session, course: Course) -> str:
    """`Day 1 of 2`, or `Your visit` if there is only one."""
    if course.days == 1:
        return gettext("Your visit")
    return gettext("Day %(number)d of %(days)d") % {"number": session.number, "days": course.days}
