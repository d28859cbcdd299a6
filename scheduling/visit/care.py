"""What is recorded of a visit on its own page: when things happened, the cannula, how much was given.

The day list presses as things happen; here they are written down, put right, or made up for on a later day.
The log keeps the value that was there before.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from crmo_clinic.nhsuk.wording import capitalised, clock, long_date
from patients import audit
from scheduling.acts import Act
from scheduling.checklist.ticks import Override, answer_for
from scheduling.errors import ChangedMeanwhile, Refused
from scheduling.models import (
    AdverseEffect,
    CannulaAttempt,
    DayDecision,
    Given,
    Instead,
    LostBecause,
    PartBecause,
    Session,
    Task,
    TaskKind,
)
from scheduling.states import NOT_STARTED, CourseStatus, SessionStatus
from scheduling.tasks.opening import close_tasks, open_task
from scheduling.unit.lock import lock_unit
from scheduling.visit import completion

# In the order in which they happen, with what each is called.
TIMES = {
    "arrived_at": "arrived",
    "cannulated_at": "cannula in",
    "started_at": "drip started",
    "finished_at": "drip finished",
    "left_at": "left",
}
# The times that move a visit on, in order.
MOVES = {
    "arrived_at": SessionStatus.ARRIVED,
    "started_at": SessionStatus.STARTED,
    "finished_at": SessionStatus.FULFILLED,
}
# Times of a drip, which a visit that was not given did not have.
OF_THE_DRIP = ("started_at", "finished_at")
# A visit in one of these took place, or is about to: its times may be written down.
UNDER_WAY = (
    SessionStatus.BOOKED,
    SessionStatus.ARRIVED,
    SessionStatus.STARTED,
    SessionStatus.FULFILLED,
    SessionStatus.NOT_GIVEN,
)
ENDED = (CourseStatus.COMPLETED, CourseStatus.PART_GIVEN)
# So long after a visit something the child felt may still belong to it.
EFFECT_DAYS = 30


def version(session: Session) -> str:
    """Another text after each change of a visit's times, status or outcome."""
    times = [getattr(session, name) for name in TIMES]
    minutes = [f"{at:%Y%m%d%H%M}" if at else "" for at in times]
    return ".".join([session.status, session.given, session.part_because, *minutes])


@transaction.atomic
def record_times(
    *,
    session: Session,
    times: Mapping[str, datetime | None],
    by: audit.Actor,
    seen: str | None = None,
    override: Override | None = None,
) -> Session:
    """Write down when things happened; the status follows, as if each had been pressed then.

    times: for each name of TIMES a moment of the visit's day, or None. seen: `version` as it was shown.
    override: who answers for a drip that starts today without something that must be done.

    Raises ChangedMeanwhile if it is another now; Refused if a time is in the future, if one comes before
    what it follows, if one that moved the visit on would go, or if the child was not brought. Raises
    Undecided and NotDone if a drip would start today, as pressing it does.
    """
    now = timezone.now()
    session = _locked(session, seen)
    if session.status not in UNDER_WAY:
        raise Refused(
            f"{session} is recorded as “{session.get_status_display().lower()}”, so it has no times."
        )
    if session.status == SessionStatus.NOT_GIVEN and any(times[name] for name in OF_THE_DRIP):
        raise Refused(f"{session} is recorded as not given, so no drip started.")
    _refuse_times(session, times, now)
    before = {name: getattr(session, name) for name in TIMES}
    changed = {name: [before[name], times[name]] for name in TIMES if before[name] != times[name]}
    if not changed:
        return session
    was = session.status
    for name, status in MOVES.items():
        if times[name] and before[name] is None:
            if status == SessionStatus.STARTED and session.day == timezone.localdate(now):
                completion.refuse_undecided(session)
                answer_for(session, override, by=by)
            session.move_to(status, **{name: times[name]})
    for name in TIMES:
        setattr(session, name, times[name])
    session.save(update_fields=list(TIMES))
    if session.status != was:
        changed["status"] = [SessionStatus(was).label, session.get_status_display()]
    _record(Act.SESSION_TIMES_RECORDED, session, by, changed)
    if session.status == SessionStatus.FULFILLED != was:
        asked = Task.objects.filter(session=session, kind=TaskKind.DAY_LOST)
        close_tasks(asked, "The day was given.", by=by)
        completion.settle(session.course)
    return session


@transaction.atomic
def record_outcome(
    *,
    session: Session,
    given: Given,
    because: PartBecause | str = "",
    by: audit.Actor,
    seen: str | None = None,
) -> Session:
    """Record how much was given. A drip still running ends now.

    Given in part, every later day needs a decision: a task asks for it. Raises ChangedMeanwhile as
    `record_times` does, Refused if no drip was started.
    """
    now = timezone.now()
    session = _locked(session, seen)
    if session.status not in (SessionStatus.STARTED, SessionStatus.FULFILLED):
        raise Refused("No drip has been started on this visit, so nothing was given. Record the start first.")
    before = [session.given, session.part_because]
    because = because if given == Given.IN_PART else ""
    if session.status == SessionStatus.STARTED:
        session.move_to(SessionStatus.FULFILLED, finished_at=now)
    elif before == [given, because]:
        return session
    session.given, session.part_because = given, because
    session.save(update_fields=["given", "part_because"])
    changes = {"given": [before[0], given], "part_because": [before[1], because]}
    _record(Act.SESSION_OUTCOME_RECORDED, session, by, changes)
    course = session.course
    if course.status in ENDED:
        course.move_to(CourseStatus.BOOKED)
    completion.settle(course)
    _ask_about_later_days(session, by, now)
    return session


@transaction.atomic
def go_on(*, session: Session, approved_by: str, reason: str, by: audit.Actor) -> Session:
    """Decide that a day is given as planned, though one before it was not given in full.

    What comes instead of a day that was lost stays to be decided. Raises ChangedMeanwhile if nobody asks that
    any more.
    """
    session = _locked(session, None)
    before = completion.day_that_asks(session)
    if before is None:
        raise ChangedMeanwhile(session)
    DayDecision.objects.create(
        session=session,
        instead=Instead.AS_PLANNED,
        because=_lost_because(before),
        reason=reason,
        approved_by=approved_by,
    )
    _record(Act.SESSION_GOES_ON, session, by, {"decided": f"{approved_by}: {reason}"})
    asked = Task.objects.filter(session=session, kind=TaskKind.PART_GIVEN)
    close_tasks(asked, f"{Instead.AS_PLANNED.label}, decided by {approved_by}.", by=by)
    return session


@transaction.atomic
def save_row(*, row: CannulaAttempt | AdverseEffect, by: audit.Actor) -> bool:
    """Save a try at the cannula or an effect, new or put right; the log keeps what it said before.

    Raises Refused if it lies in the future, or on a day that is not the visit's (an effect: up to 30 days
    after).
    """
    session, now = row.session, timezone.now()
    if row.at > now + timedelta(minutes=1):
        raise Refused("This is in the future: check the time.")
    last = session.day + timedelta(days=EFFECT_DAYS if isinstance(row, AdverseEffect) else 0)
    if not session.day <= timezone.localdate(row.at) <= last:
        raise Refused(f"This visit was on {long_date(session.day)}: check the day.")
    return audit.save(row, by=by, patient=session.course.patient_id)


@transaction.atomic
def remove_row(*, row: CannulaAttempt | AdverseEffect, by: audit.Actor) -> None:
    """Take out what was recorded by mistake; the log keeps what it said."""
    audit.delete(row, by=by, patient=row.session.course.patient_id)


@transaction.atomic
def write_note(*, session: Session, note: str, by: audit.Actor, seen: str | None = None) -> Session:
    """Save the free note of a visit. Raises ChangedMeanwhile if it says something else than `seen` now."""
    session = _locked(session, None)
    # Browsers send a line's end in one way from a form, and in another from a script.
    note, before = _lines(note), _lines(session.note)
    if note == before:
        return session
    if seen is not None and _lines(seen) != before:
        raise ChangedMeanwhile(session)
    changes = {"note": [session.note, note]}
    session.note = note
    session.save(update_fields=["note"])
    _record(Act.SESSION_NOTE_WRITTEN, session, by, changes)
    return session


def _lines(text: str) -> str:
    return "\n".join(text.splitlines())


def _refuse_times(session: Session, times: Mapping[str, datetime | None], now: datetime) -> None:
    """Raise Refused with a sentence for each time that cannot be."""
    wrong, last = [], ("", None)
    for name, words in TIMES.items():
        at, box = times[name], capitalised(words)
        if at is None:
            if name in MOVES and getattr(session, name):
                wrong.append(f"“{box}” moved this visit on, so it needs a time: put another one.")
            continue
        if at > now + timedelta(minutes=1):
            wrong.append(f"“{box}” is in the future: {_clock(at)}.")
        if last[1] and at < last[1]:
            wrong.append(f"“{box}” ({_clock(at)}) comes before “{last[0]}” ({_clock(last[1])}).")
        last = (box, at)
    missing = _gap(times)
    if missing:
        wrong.append(f"Enter “{capitalised(TIMES[missing])}” too: what comes after it has a time.")
    if wrong:
        raise Refused(*wrong)


def _gap(times: Mapping[str, datetime | None]) -> str:
    """The first of the moves that has no time though a later one has."""
    names = list(MOVES)
    for index, name in enumerate(names):
        if times[name] is None and any(times[later] for later in names[index + 1 :]):
            return name
    return ""


def _clock(moment: datetime) -> str:
    return clock(timezone.localtime(moment).time())


def _ask_about_later_days(session: Session, by: audit.Actor, now: datetime) -> None:
    later = [
        other
        for other in session.course.live_sessions
        if other.number > session.number and other.status in NOT_STARTED
    ]
    for other in later:
        if session.given == Given.IN_PART:
            says = (
                f"Day {session.number} was given only in part: {session.get_part_because_display().lower()}. "
                f"Decide about day {other.number} ({long_date(other.day)})."
            )
            open_task(TaskKind.PART_GIVEN, says, about=other, due_on=timezone.localdate(now), by=by)
        else:
            asked = Task.objects.open().filter(session=other, kind=TaskKind.PART_GIVEN)
            close_tasks(asked, f"Put right: day {session.number} was given in full.", by=by)


def _lost_because(session: Session) -> str:
    """Why a day was not given in full, in the words of lost days, which know fewer."""
    if session.given != Given.IN_PART:
        return session.lost_because
    return {
        PartBecause.CANNULA: LostBecause.CANNULA,
        PartBecause.EFFECT: LostBecause.UNWELL,
        PartBecause.FAMILY: LostBecause.FAMILY,
        PartBecause.TIME: LostBecause.CLOSURE,
    }.get(PartBecause(session.part_because), LostBecause.CLINICAL)


def _locked(session: Session, seen: str | None) -> Session:
    lock_unit(session.course.unit_id)
    session = Session.objects.select_related("course__unit", "course__patient").get(pk=session.pk)
    if seen is not None and seen != version(session):
        raise ChangedMeanwhile(session)
    return session


def _record(action: Act, session: Session, by: audit.Actor, changes: Mapping[str, object]) -> None:
    audit.record(action, by=by, on=session, patient=session.course.patient_id, changes=changes)
