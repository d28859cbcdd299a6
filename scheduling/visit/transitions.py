"""How the status of a visit changes and what follows: the one way, for a button, a typed time or a decision.

`scheduling/states.py` says which changes are allowed. Here are their consequences: for chairs, tasks, the
course and the later days. All of it runs under the unit's lock, in the transaction of an act that has logged
itself.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils import timezone

from patients import audit
from scheduling.checklist.ticks import Override, answer_for
from scheduling.errors import Refused
from scheduling.models import (
    Booking,
    Course,
    DayDecision,
    Given,
    Instead,
    LostBecause,
    PartBecause,
    Session,
    Task,
    TaskKind,
)
from scheduling.rules import Placement, Rule, Visit, objections
from scheduling.states import NOT_STARTED, UNDO, CourseStatus, SessionStatus
from scheduling.tasks.opening import close_tasks, day_lost_sentence, open_task
from scheduling.unit.course_requests import request_for_day
from scheduling.unit.diary_rows import load_diary
from scheduling.unit.freed_room import note_freed, note_taken
from scheduling.unit.lapse import lapse_holds_of
from scheduling.unit.lock import lock_unit
from scheduling.unit.recheck import recheck_course, recheck_unit
from scheduling.visit import completion, part_days

# The field that says when a visit reached each of these.
MOMENTS = {
    SessionStatus.ARRIVED: "arrived_at",
    SessionStatus.STARTED: "started_at",
    SessionStatus.FULFILLED: "finished_at",
}
# What is cleared when a finished drip is set back to running.
OF_THE_END: dict[str, Any] = {"given": "", "part_because": "", "left_at": None}
ENDED = (CourseStatus.COMPLETED, CourseStatus.PART_GIVEN)
KNOWN_WHY = {
    LostBecause.NOT_BROUGHT: "Nobody has been reached yet: reach the family today, and ask how the child is.",
    LostBecause.UNWELL: "The family says the child is unwell: agree with them what comes next.",
    LostBecause.FAMILY: "The family could not come: agree with them what comes next.",
}
# The rules that still apply to a child who comes after all: there must be a free chair.
ROOM = frozenset({Rule.CHAIR_EXISTS, Rule.CHAIR_FREE})
WAS_GIVEN = "The day was given."
WAS_RECORDED = "The visit was recorded."
# What a decision answers, of that which is asked about a day.
ANSWERS = {
    Instead.AS_PLANNED: (TaskKind.PART_GIVEN,),
    Instead.LEAVE_OUT: (TaskKind.DAY_LOST, TaskKind.PART_GIVEN, TaskKind.DECLINED, TaskKind.UNRECORDED),
    Instead.ANOTHER_DAY: (TaskKind.DAY_LOST, TaskKind.PART_GIVEN, TaskKind.DECLINED, TaskKind.UNRECORDED),
}


def locked(session: Session) -> Session:
    """The visit, read again under the unit's lock, as every act on a course's days does first.

    If two colleagues act on the two days of one course, the second sees what the first did.
    """
    lock_unit(session.course.unit_id)
    return Session.objects.select_related("course__unit", "course__patient").get(pk=session.pk)


def move_on(
    session: Session,
    to: SessionStatus,
    *,
    at: datetime,
    now: datetime,
    by: audit.Actor,
    override: Override | None = None,
) -> None:
    """The child arrived, the drip started or the drip ended, at the moment `at`.

    Before a drip starts today, two things are checked: whether the day goes ahead, and whether everything
    that must be done is done. A start recorded on a later day has happened already, so nothing is checked.

    Raises Undecided, NotDone and MoveNotAllowed.
    """
    if to == SessionStatus.STARTED and session.day == timezone.localdate(now):
        completion.refuse_undecided(session)
        answer_for(session, override, by=by)
    session.move_to(to, **{MOMENTS[to]: at})
    if to == SessionStatus.STARTED:
        _close(session, TaskKind.PART_GIVEN, note="The drip of this day was started.", by=by)
    elif to == SessionStatus.FULFILLED:
        _close(session, TaskKind.DAY_LOST, note=WAS_GIVEN, by=by)
        _close(session, TaskKind.UNRECORDED, note=WAS_RECORDED, by=by)
        completion.settle(session.course, by=by)


def end_with(
    session: Session, given: Given, because: PartBecause | str, *, now: datetime, by: audit.Actor
) -> None:
    """Record how much was given, and what follows for the course. A drip still running ends now.

    because: why only in part; empty if in full.
    """
    session.given, session.part_because = given, because
    session.save(update_fields=["given", "part_because"])
    if session.status == SessionStatus.STARTED:
        move_on(session, SessionStatus.FULFILLED, at=now, now=now, by=by)
    else:
        _open_again(session.course)
        completion.settle(session.course, by=by)
    if given == Given.IN_PART:
        for later in session.course.live_sessions:
            if later.number > session.number and later.status in NOT_STARTED:
                part_days.ask_whether_it_goes_ahead(later, now=now, by=by)
    else:
        part_days.ask_no_more(session, f"Put right: day {session.number} was given in full.", by=by)


def lose(session: Session, to: SessionStatus, because: LostBecause, **fields: Any) -> list[Visit]:
    """The day will not happen: its chair becomes free. The caller sees to what happens instead.

    Returns the freed place as a list: one visit, or none if it had no chair.
    """
    stood = [session.place] if hasattr(session, "booking") else []
    chair = session.booking.chair if stood else None
    session.move_to(to, lost_because=because, lost_chair=chair, **fields)
    Booking.objects.filter(session=session).delete()
    return stood


def lose_undecided(
    session: Session,
    to: SessionStatus,
    because: LostBecause,
    *,
    now: datetime,
    by: audit.Actor,
    **fields: Any,
) -> None:
    """The day is lost: tasks ask what happens instead and, after a missed visit, to reach the family."""
    stood = lose(session, to, because, **fields)
    _close(session, TaskKind.UNRECORDED, note=WAS_RECORDED, by=by)
    _close(session, TaskKind.PART_GIVEN, note="The day was lost: it is to decide what comes instead.", by=by)
    if to == SessionStatus.NOT_BROUGHT:
        today = timezone.localdate(now)
        open_task(TaskKind.NOT_BROUGHT, KNOWN_WHY[because], about=session, due_on=today, by=by)
    ask_what_instead(session, because, now=now, by=by)
    note_freed(session.course, stood, now=now, by=by)


def ask_what_instead(session: Session, because: LostBecause, *, now: datetime, by: audit.Actor) -> None:
    """A task asks what comes instead of a day that is lost, or will be."""
    says = why_lost(session, because)
    open_task(TaskKind.DAY_LOST, says, about=session, due_on=timezone.localdate(now), by=by)


def why_lost(session: Session, because: LostBecause) -> str:
    return f"{because.label}. {day_lost_sentence(session)}"


def decide(session: Session, decision: DayDecision, *, by: audit.Actor) -> None:
    """Save a clinician's decision about this day, not saved yet, and close the tasks that it answers."""
    decision.save()
    instead = Instead(decision.instead)
    note = f"{instead.label}, decided by {decision.approved_by}."
    _close(session, *ANSWERS[instead], note=note, by=by)


def forgotten(session: Session) -> dict[str, list[Any]]:
    """The fields that are cleared when a visit's end is taken back, for the log: by name, [before, after]."""
    if session.status != SessionStatus.FULFILLED:
        return {}
    fields = {name: [getattr(session, name), value] for name, value in OF_THE_END.items()}
    return {name: [before, after] for name, (before, after) in fields.items() if before != after}


def take_back(session: Session, *, now: datetime, by: audit.Actor) -> None:
    """Undo the visit's last change of status, and what followed from it.

    For a child who was not brought, raises Refused if the chair has been taken since, or if it is decided
    what happens instead.
    """
    status = SessionStatus(session.status)
    if status == SessionStatus.NOT_BROUGHT:
        _bring_back(session, now, by)
        return
    again = OF_THE_END if status == SessionStatus.FULFILLED else {}
    session.move_to(UNDO[status], **{MOMENTS[status]: None}, **again)
    if status == SessionStatus.FULFILLED:
        part_days.ask_no_more(
            session, f"Taken back: the drip of day {session.number} is still running.", by=by
        )
        _ask_again(session, TaskKind.DAY_LOST, WAS_GIVEN, now, by)
        _ask_again(session, TaskKind.UNRECORDED, WAS_RECORDED, now, by)
        if _open_again(session.course):
            recheck_course(session.course, by=by)


def _open_again(course: Course) -> bool:
    """Set a course that has ended back to booked. Returns whether it had ended."""
    has_ended = course.status in ENDED
    if has_ended:
        course.move_to(CourseStatus.BOOKED)
    return has_ended


def _ask_again(session: Session, kind: TaskKind, settled: str, now: datetime, by: audit.Actor) -> None:
    """What was asked of a day before its last move settled it is asked again, in the same words."""
    last = Task.objects.filter(session=session, kind=kind).order_by("pk").last()
    if last and last.done_note == settled:
        open_task(kind, last.says, about=session, due_on=timezone.localdate(now), by=by)


def _bring_back(session: Session, now: datetime, by: audit.Actor) -> None:
    """The child came after all: take the chair again, if it is still free."""
    if _is_decided(session):
        raise Refused("It has been decided already what comes instead of this day, so it stays as it is.")
    lapse_holds_of(session.course.unit_id, now)
    chair, since = session.lost_chair, session.missed_at
    visit = session.visit_in(chair.pk)
    _refuse_no_room(session, visit, now)
    session.move_to(SessionStatus.BOOKED, missed_at=None, lost_because="", lost_chair=None)
    begins, ends = session.in_chair
    Booking.objects.create(session=session, chair=chair, starts_at=begins, ends_at=ends)
    # Only the tasks that the press opened. Those from before it stay open.
    opened = Task.objects.filter(
        session=session, kind__in=[TaskKind.NOT_BROUGHT, TaskKind.DAY_LOST], created_at__gte=since
    )
    close_tasks(opened, "Taken back: the child was brought.", by=by)
    _ask_again(session, TaskKind.UNRECORDED, WAS_RECORDED, now, by)
    if part_days.undecided_days_in_part(session):
        part_days.ask_whether_it_goes_ahead(session, now=now, by=by)
    note_taken(session.course.unit, [session.place], by=by)
    # The child stays, even if there are now too few nurses for this course or another: then tasks say so.
    recheck_unit(session.course.unit_id, by=by)


def _is_decided(session: Session) -> bool:
    """Whether the course went on without this day: the course ended, or another day replaces it."""
    course = session.course
    return (
        course.status != CourseStatus.BOOKED
        or session.is_answered
        or any(session.day == other.day for other in course.live_sessions)
    )


def _refuse_no_room(session: Session, visit: Visit, now: datetime) -> None:
    """Raise Refused if the chair has been taken by somebody else, or is out of use."""
    course = session.course
    diary = load_diary(course.unit, session.day, session.day, now)
    # As it was booked: what the unit has set since then is no reason to send the child away.
    asked = replace(request_for_day(course, session), **session.booked_phases.asked)
    against = objections(Placement(asked, (visit,)), diary)
    found = [str(objection) for objection in against if objection.rule in ROOM]
    if found:
        raise Refused("The place has gone meanwhile. Find the child another one.", *found)


def _close(session: Session, *kinds: TaskKind, note: str, by: audit.Actor) -> None:
    close_tasks(Task.objects.filter(session=session, kind__in=kinds), note, by=by)
