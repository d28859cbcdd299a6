"""What happens on the day: a child arrives, the drip starts and ends, or nobody came. One press each.

Each locks the unit like every act on a course's days: a child cannot arrive in the midst of a move, and of
two colleagues at the two days of one course the second sees what the first did.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from crmo_clinic.nhsuk.wording import long_date
from patients import audit
from scheduling.acts import Act
from scheduling.checklist.ticks import Override, answer_for
from scheduling.errors import ChangedMeanwhile, MoveNotAllowed, Refused
from scheduling.models import Booking, Chair, Course, LostBecause, Session, Task, TaskKind
from scheduling.rules import Placement, Rule, Visit, objections
from scheduling.states import NEXT, UNDO, UNDO_MINUTES, CourseStatus, SessionStatus
from scheduling.tasks.opening import close_tasks, day_lost_sentence, open_task
from scheduling.unit.diary_rows import load_diary, request_for_day
from scheduling.unit.lapse import lapse_holds_of
from scheduling.unit.lock import lock_unit
from scheduling.unit.recheck import recheck_course
from scheduling.visit import completion

# Where each press leads, the field that says when, and the name it has in the log.
PRESSES = {
    SessionStatus.ARRIVED: ("arrived_at", Act.SESSION_ARRIVED),
    SessionStatus.STARTED: ("started_at", Act.SESSION_STARTED),
    SessionStatus.FULFILLED: ("finished_at", Act.SESSION_FINISHED),
}
# What a child who comes after all cannot do without.
ROOM = frozenset({Rule.CHAIR_EXISTS, Rule.CHAIR_FREE})
KNOWN_WHY = {
    LostBecause.NOT_BROUGHT: "Nobody has been reached yet: reach the family today, and ask how the child is.",
    LostBecause.UNWELL: "The family says the child is unwell: agree with them what comes next.",
    LostBecause.FAMILY: "The family could not come: agree with them what comes next.",
}


@transaction.atomic
def press(
    *,
    session: Session,
    status: SessionStatus,
    by: audit.Actor,
    seen: str | None = None,
    override: Override | None = None,
) -> Session:
    """Record that the child arrived, the drip started or it is finished; the last day given ends the course.

    seen: the status that `by` was shown. override: who answers for a drip that starts without something that
    must be done. Raises ChangedMeanwhile if it is another status now, MoveNotAllowed if something else comes
    first, Undecided if a clinician has to say first whether this day goes ahead, NotDone if nobody answers
    for what is missing, Refused on any day but the visit's own.
    """
    now = timezone.now()
    session = _locked(session, seen)
    _refuse_other_day(session, now)
    # The table of moves has the way back too, which is `undo`'s alone.
    if NEXT.get(SessionStatus(session.status)) != status:
        raise MoveNotAllowed(session, status)
    if status == SessionStatus.STARTED:
        completion.refuse_undecided(session)
        answer_for(session, override, by=by)
    field, action = PRESSES[status]
    session.move_to(status, **{field: now})
    _record(action, session, by, {"at": now})
    if status == SessionStatus.FULFILLED:
        asked = Task.objects.filter(session=session, kind=TaskKind.DAY_LOST)
        close_tasks(asked, "The day was given.", by=by)
        completion.settle(session.course)
    return session


@transaction.atomic
def not_brought(
    *, session: Session, because: LostBecause, by: audit.Actor, seen: str | None = None
) -> Session:
    """Record that the child was not brought, with what is known about why; free the chair, and open tasks.

    One task is to reach the family, the other to decide about the course. Raises as `press` does.
    """
    now = timezone.now()
    session = _locked(session, seen)
    _refuse_other_day(session, now)
    session.move_to(SessionStatus.NOT_BROUGHT, missed_at=now, lost_because=because)
    chair = session.booking.chair_id
    Booking.objects.filter(session=session).delete()
    _record(Act.SESSION_NOT_BROUGHT, session, by, {"reason": because.label, "chair": chair})
    today = timezone.localdate(now)
    open_task(TaskKind.NOT_BROUGHT, KNOWN_WHY[because], about=session, due_on=today, by=by)
    open_task(TaskKind.DAY_LOST, day_lost_sentence(session), about=session, due_on=today, by=by)
    return session


@transaction.atomic
def undo(*, session: Session, by: audit.Actor, seen: str | None = None) -> Session:
    """Take back the last press. Raises ChangedMeanwhile as `press` does, and Refused after ten minutes.

    Of a child who was not brought also if the chair is taken by now, or it is decided what comes instead.
    """
    now = timezone.now()
    session = _locked(session, seen)
    status = SessionStatus(session.status)
    if status not in UNDO:
        raise ChangedMeanwhile(session)
    if not may_undo(session, now):
        raise Refused(f"More than {UNDO_MINUTES} minutes have passed, so this can no longer be taken back.")
    changes: dict[str, Any] = {}
    if status == SessionStatus.NOT_BROUGHT:
        _bring_back(session, now, by)
    else:
        field, _ = PRESSES[status]
        course = session.course
        if course.status in (CourseStatus.COMPLETED, CourseStatus.PART_GIVEN):
            course.move_to(CourseStatus.BOOKED)
        if status == SessionStatus.FULFILLED:
            changes |= _forget_the_end(session, by)
        session.move_to(UNDO[status], **{field: None})
    changes["status"] = [status.label, session.get_status_display()]
    _record(Act.SESSION_TAKEN_BACK, session, by, changes)
    return session


def _forget_the_end(session: Session, by: audit.Actor) -> dict[str, Any]:
    """A drip that runs again has no outcome yet, and the child has not left; what was there, for the log."""
    fields = {"given": "", "part_because": "", "left_at": None}
    before = {name: getattr(session, name) for name in fields}
    for name, value in fields.items():
        setattr(session, name, value)
    session.save(update_fields=list(fields))
    asked = Task.objects.filter(kind=TaskKind.PART_GIVEN, session__course=session.course_id)
    later = asked.filter(session__number__gt=session.number)
    close_tasks(later, f"Taken back: the drip of day {session.number} is still running.", by=by)
    return {name: [before[name], value] for name, value in fields.items() if before[name] != value}


def may_undo(session: Session, now: datetime) -> bool:
    """Whether the last press is a few minutes old at most."""
    return session.undo_until is not None and now <= session.undo_until


def _bring_back(session: Session, now: datetime, by: audit.Actor) -> None:
    """The child came after all: the chair is taken again, if it is still free."""
    if _is_decided(session):
        raise Refused("It has been decided already what comes instead of this day, so it stays as it is.")
    lapse_holds_of(session.course.unit_id, now)
    chair = _chair_it_had(session)
    _refuse_no_room(session, chair, now)
    session.move_to(SessionStatus.BOOKED, missed_at=None, lost_because="")
    Booking.objects.create(session=session, chair=chair, starts_at=session.starts_at, ends_at=session.ends_at)
    tasks = Task.objects.filter(session=session, kind__in=[TaskKind.NOT_BROUGHT, TaskKind.DAY_LOST])
    close_tasks(tasks, "Taken back: the child was brought.", by=by)
    # The child is here: if nurses have become too few, somebody has to know.
    recheck_course(Course.objects.select_related("unit").get(pk=session.course_id), by=by)


def _refuse_no_room(session: Session, chair: Chair, now: datetime) -> None:
    """Raise Refused if the chair has gone to somebody else meanwhile."""
    course, start = session.course, timezone.localtime(session.starts_at)
    visit = Visit(session.day, chair.pk, start.hour * 60 + start.minute, session.minutes)
    diary = load_diary(course.unit, session.day, session.day, now)
    against = objections(Placement(request_for_day(course, session), (visit,)), diary)
    found = [str(objection) for objection in against if objection.rule in ROOM]
    if found:
        raise Refused("The place has gone meanwhile. Find the child another one.", *found)


def _is_decided(session: Session) -> bool:
    """Whether the course went on without this day: it ended, or another day stands in its place."""
    course = session.course
    return (
        course.status != CourseStatus.BOOKED
        or session.is_answered
        or any(session.day == other.day for other in course.live_sessions)
    )


def _chair_it_had(session: Session) -> Chair:
    """The log knows: the booking's row is gone."""
    event = audit.last(session, Act.SESSION_NOT_BROUGHT)
    return Chair.objects.get(pk=event.changes["chair"])


def _locked(session: Session, seen: str | None) -> Session:
    lock_unit(session.course.unit_id)
    session = Session.objects.select_related("course__unit", "course__patient").get(pk=session.pk)
    if seen is not None and seen != session.status:
        raise ChangedMeanwhile(session)
    return session


def _refuse_other_day(session: Session, now: datetime) -> None:
    if session.day != timezone.localdate(now):
        raise Refused(f"This visit is on {long_date(session.day)}, so nothing can be recorded for it today.")


def _record(action: Act, session: Session, by: audit.Actor, changes: dict) -> None:
    audit.record(action, by=by, on=session, patient=session.course.patient_id, changes=changes)
