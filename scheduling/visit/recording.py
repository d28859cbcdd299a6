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
from patients.stale import fingerprint, is_stale
from scheduling.acts import Act, record
from scheduling.checklist.ticks import Override
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
)
from scheduling.states import SessionStatus
from scheduling.visit import completion, transitions
from scheduling.visit.transitions import locked

# In the order in which they happen, with what each is called.
TIMES = {
    "arrived_at": "arrived",
    "cannulated_at": "cannula in",
    "started_at": "drip started",
    "finished_at": "drip finished",
    "left_at": "left",
}
# The times that move a visit on, in order.
MOVES = {name: status for status, name in transitions.MOMENTS.items()}
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
# So long after a visit something the child felt may still belong to it.
EFFECT_DAYS = 30
# So far a clock on the ward may be ahead of ours before a time is in the future.
IN_STEP = timedelta(minutes=1)


def version(session: Session) -> str:
    """Another text after each change of a visit's times, status or outcome."""
    times = [getattr(session, name) for name in TIMES]
    minutes = [f"{at:%Y%m%d%H%M}" if at else "" for at in times]
    return fingerprint([session.status, session.given, session.part_because, *minutes])


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

    Raises ChangedMeanwhile if it is another now; Refused if a time is in the future or on another day than
    the visit's, if one comes before what it follows, if one that moved the visit on would go, or if the child
    was not brought. Raises Undecided and NotDone if a drip would start today, as pressing it does.
    """
    now = timezone.now()
    session = _as_shown(session, seen)
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
    reached = [status for name, status in MOVES.items() if times[name] and before[name] is None]
    if reached:
        changed["status"] = [session.get_status_display(), reached[-1].label]
    record(Act.SESSION_TIMES_RECORDED, session, by, changed)
    for status in reached:
        at = times[transitions.MOMENTS[status]]
        transitions.move_on(session, status, at=at, now=now, by=by, override=override)
    for name in TIMES:
        setattr(session, name, times[name])
    session.save(update_fields=list(TIMES))
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
    `record_times` does, Refused if no drip was started, or one that was is said to end on another day.
    """
    now = timezone.now()
    session = _as_shown(session, seen)
    if session.status not in (SessionStatus.STARTED, SessionStatus.FULFILLED):
        raise Refused("No drip has been started on this visit, so nothing was given. Record the start first.")
    if session.status == SessionStatus.STARTED and session.day != timezone.localdate(now):
        raise Refused(
            f"The drip of {long_date(session.day)} has not been recorded as finished. Enter when it finished "
            "first."
        )
    before = [session.given, session.part_because]
    because = because if given == Given.IN_PART else ""
    if session.status == SessionStatus.FULFILLED and before == [given, because]:
        return session
    changes = {"given": [before[0], given], "part_because": [before[1], because]}
    record(Act.SESSION_OUTCOME_RECORDED, session, by, changes)
    transitions.end_with(session, given, because, now=now, by=by)
    return session


@transaction.atomic
def go_on(*, session: Session, approved_by: str, reason: str, by: audit.Actor) -> Session:
    """Decide that a day is given as planned, though one before it was not given in full.

    What comes instead of a day that was lost stays to be decided. Raises ChangedMeanwhile if nobody asks that
    any more.
    """
    session = locked(session)
    before = completion.day_that_asks(session)
    if before is None:
        raise ChangedMeanwhile(session)
    record(Act.SESSION_GOES_ON, session, by, {"decided": f"{approved_by}: {reason}"})
    decision = DayDecision(
        session=session,
        instead=Instead.AS_PLANNED,
        because=_lost_because(before),
        reason=reason,
        approved_by=approved_by,
    )
    transitions.decide(session, decision, by=by)
    return session


@transaction.atomic
def save_row(*, row: CannulaAttempt | AdverseEffect, by: audit.Actor) -> bool:
    """Save a try at the cannula or an effect, new or put right; the log keeps what it said before.

    Raises Refused if it lies in the future, or on a day that is not the visit's (an effect: up to 30 days
    after).
    """
    session, now = row.session, timezone.now()
    if row.at > now + IN_STEP:
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
    session = locked(session)
    # Browsers send a line's end in one way from a form, and in another from a script.
    note, before = _lines(note), _lines(session.note)
    if note == before:
        return session
    if is_stale(None if seen is None else _lines(seen), before):
        raise ChangedMeanwhile(session)
    changes = {"note": [session.note, note]}
    session.note = note
    session.save(update_fields=["note"])
    record(Act.SESSION_NOTE_WRITTEN, session, by, changes)
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
        if timezone.localdate(at) != session.day:
            wrong.append(f"“{box}” is not on the day of this visit: {long_date(session.day)}.")
        elif at > now + IN_STEP:
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


def _as_shown(session: Session, seen: str | None) -> Session:
    """The visit locked. Raises ChangedMeanwhile if `version` is not what was `seen`; None stands for any."""
    session = locked(session)
    if is_stale(seen, version(session)):
        raise ChangedMeanwhile(session)
    return session
