"""One day of a booked course cannot happen, and a clinician decides to go on without consecutive days.

Moving or cancelling the whole course are acts of their own (`bookings`). A decision made here leaves an
incomplete course, so it needs a name and a reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from crmo_clinic.nhsuk.wording import long_date
from patients import audit
from scheduling.acts import Act, record
from scheduling.booking import overrides, placing, sharing
from scheduling.booking.family_dates import note_cannot_come
from scheduling.booking.placing import Done
from scheduling.booking.retiming import put
from scheduling.errors import ChangedMeanwhile, Refused
from scheduling.models import (
    Course,
    DayDecision,
    Instead,
    LostBecause,
    Message,
    Session,
    Task,
    TaskKind,
)
from scheduling.rules import Visit
from scheduling.states import CourseStatus, SessionStatus
from scheduling.tasks.opening import reword_task
from scheduling.telling import queue
from scheduling.telling.revisions import raise_sequence
from scheduling.telling.unreached import see_that_told
from scheduling.unit.allowances import Allowance
from scheduling.unit.asks import phases_to_book
from scheduling.unit.course_requests import request_for_day
from scheduling.unit.freed_room import note_freed, note_taken
from scheduling.unit.lapse import drop_places, in_words
from scheduling.unit.lock import lock_course
from scheduling.unit.recheck import recheck_course
from scheduling.visit import completion, transitions

# In these a day may be decided about: it is to come, or it was lost already.
DECIDABLE = (
    SessionStatus.BOOKED,
    SessionStatus.ARRIVED,
    SessionStatus.NOT_BROUGHT,
    SessionStatus.NOT_GIVEN,
)


@dataclass(frozen=True)
class Approval:
    """Why a day was lost, who decided what happens instead, and why."""

    because: LostBecause
    reason: str
    approved_by: str


@transaction.atomic
def report(*, session: Session, because: LostBecause, by: audit.Actor, seen: str | None = None) -> Session:
    """Report that a day cannot happen. What happens instead is decided later: a task asks for it.

    If the child has arrived, the chair becomes free; a day to come stays booked until the decision. Raises
    ChangedMeanwhile as `leave_out` does.
    """
    now = timezone.now()
    course, session = _locked(session, now, seen)
    record(Act.COURSE_DAY_LOST, course, by, {"day": session.number, "reason": because.label})
    if because == LostBecause.FAMILY:
        note_cannot_come(course, [session.day], by=by)
    if session.status == SessionStatus.ARRIVED:
        transitions.lose_undecided(session, SessionStatus.NOT_GIVEN, because, now=now, by=by)
    else:
        transitions.ask_what_instead(session, because, now=now, by=by)
    # Reported before, for another reason: the last one counts.
    for task in Task.objects.open().filter(session=session, kind=TaskKind.DAY_LOST):
        reword_task(task, transitions.why_lost(session, because), by=by)
    return session


@transaction.atomic
def leave_out(*, session: Session, approval: Approval, by: audit.Actor, seen: str | None = None) -> Done:
    """Leave a day out: free its chair and tell the family. After the others the course ends as part given.

    seen: the course's `version` that `by` was shown. Raises ChangedMeanwhile if it has changed since, or if
    the day can no longer be decided about; Refused if no other day of the course is left.
    """
    now = timezone.now()
    course, session = _locked(session, now, seen)
    refuse_last_day(session)
    day, stood = in_words([session]), _stood(session)
    if approval.because == LostBecause.FAMILY:
        note_cannot_come(course, [session.day], by=by)
    messages = _lose(session, approval.because, now)
    overrides.keep_of_days(course, [session.day], (), None, by=by)
    if session.status == SessionStatus.CANCELLED and stood:
        see_that_told("a day that is left out", [session], messages, by=by)
    _decide(course, session, Instead.LEAVE_OUT, approval, by, {"days": [day, None]})
    completion.settle(course, by=by)
    note_freed(course, stood, now=now, by=by)
    return Done(course, True, messages, freed=tuple(stood))


@transaction.atomic
def another_day(
    *,
    session: Session,
    visit: Visit,
    approval: Approval,
    by: audit.Actor,
    seen: str | None = None,
    allowance: Allowance | None = None,
) -> Done:
    """Give a day at another time, although the days are then no longer in a row.

    A session to come keeps its UID and moves; one that was lost is replaced by a new one. allowance: the
    rules that `by` lets the visit break. Raises as `leave_out` does, Refused also if the days would be in the
    wrong order, and SlotGone with every objection to the visit.
    """
    now = timezone.now()
    course, session = _locked(session, now, seen)
    refuse_place(session, visit)
    request = request_for_day(course, session)
    phases = phases_to_book(course, request)
    broken = placing.refuse_objections(course, request, [visit], now, allowance)
    of_days = [session.day, visit.day]
    before, stood = in_words([session]), _stood(session)
    if approval.because == LostBecause.FAMILY and visit.day != session.day:
        note_cannot_come(course, [session.day], by=by)
    if session.status == SessionStatus.BOOKED:
        changed, withdrawn = put([session], [visit], phases, now)
        given, retimed = session, bool(changed)
    else:
        withdrawn, retimed = _lose(session, approval.because, now), True
        given = given_instead(session, visit, phases)
        given.save()
        placing.take_chairs([given], [visit])
    given.refresh_from_db()
    given.course = course
    overrides.keep_of_days(course, of_days, broken, allowance, by=by)
    days = {"days": [before, in_words([given])]}
    _decide(course, given, Instead.ANOTHER_DAY, approval, by, days, lost=session)
    note_taken(course.unit, [given.place], by=by)
    note_freed(course, stood, now=now, by=by)
    messages = withdrawn + queue.invite([given], now=now)
    if retimed:
        see_that_told("the new time", [given], messages, by=by)
    return Done(course, retimed, messages, freed=tuple(stood))


def given_instead(lost: Session, visit: Visit, phases: str) -> Session:
    """The session, not saved, that takes the place of one that will not happen."""
    return Session(
        course=lost.course,
        number=lost.number,
        day=visit.day,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        phases=phases,
        # The same as the others have: mails name sessions with one `created_at` together.
        created_at=lost.created_at,
    )


def refuse_last_day(session: Session) -> None:
    """Raise Refused if no other day of the course is left."""
    if not [other for other in session.course.live_sessions if other.pk != session.pk]:
        raise Refused("No other day of this course is left. Cancel the course as a whole instead.")


def refuse_place(session: Session, visit: Visit) -> None:
    """Raise Refused if day 1 would not come before day 2: families and nurses count the days. And if the day
    is there already."""
    for other in session.course.live_sessions:
        if other.number < session.number and visit.day <= other.day:
            raise Refused(
                f"Day {session.number} has to come after day {other.number} ({long_date(other.day)})."
            )
        if other.number > session.number and visit.day >= other.day:
            raise Refused(
                f"Day {session.number} has to come before day {other.number} ({long_date(other.day)}). "
                "Find new days for the whole course instead."
            )
    if session.status == SessionStatus.BOOKED and session.visit == visit:
        raise Refused("The day is at this time and in this chair already.")


def _locked(session: Session, now: datetime, seen: str | None) -> tuple[Course, Session]:
    course = lock_course(session.course, now, seen)
    session = Session.objects.select_related("booking__chair").get(pk=session.pk)
    session.course = course
    if course.status != CourseStatus.BOOKED:
        raise ChangedMeanwhile(course)
    if session.status not in DECIDABLE or (not session.is_live and session.is_answered):
        raise ChangedMeanwhile(session)
    return course, session


def _stood(session: Session) -> list[Visit]:
    return [session.place] if session.is_live and hasattr(session, "booking") else []


def _lose(session: Session, because: LostBecause, now: datetime) -> list[Message]:
    """End a session that will not happen. Returns the cancellations for those who have it in a calendar."""
    if session.status == SessionStatus.ARRIVED:
        transitions.lose(session, SessionStatus.NOT_GIVEN, because)
    if session.status != SessionStatus.BOOKED:
        return []
    transitions.lose(session, SessionStatus.CANCELLED, because)
    raise_sequence(session)
    session.save(update_fields=["sequence"])
    return queue.cancel([session], now=now)


def _decide(
    course: Course,
    session: Session,
    instead: Instead,
    approval: Approval,
    by: audit.Actor,
    changes: dict[str, Sequence[object]],
    lost: Session | None = None,
) -> None:
    action = {Instead.LEAVE_OUT: Act.COURSE_DAY_LEFT_OUT, Instead.ANOTHER_DAY: Act.COURSE_DAY_MOVED}[instead]
    facts = {"reason": approval.because.label, "decided": f"{approval.approved_by}: {approval.reason}"}
    record(action, course, by, changes | facts)
    if course.held_until:
        # Held to move all days there, which are others now.
        places = in_words(course.places_to_move_to)
        drop_places(course)
        record(Act.COURSE_HOLD_RELEASED, course, by, {"days": places})
    row = DayDecision(
        session=session,
        instead=instead,
        because=approval.because,
        reason=approval.reason,
        approved_by=approval.approved_by,
    )
    transitions.decide(lost or session, row, by=by)
    sharing.settle(course, facts["decided"], by=by)
    recheck_course(Course.objects.select_related("unit").get(pk=course.pk), by=by)
