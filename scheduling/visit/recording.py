"""What is recorded on a visit's own page: when things happened, the cannula, how much was given.

The buttons of the day list record things as they happen. Here they are written down, corrected, or added on a
later day. The log keeps the value that was there before.
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

# In the order in which they happen, each with its name on the page.
TIMES = {
    "arrived_at": "arrived",
    "cannulated_at": "cannula in",
    "started_at": "drip started",
    "finished_at": "drip finished",
    "left_at": "left",
}
# The times that change a visit's status, in order.
MOVES = {name: status for status, name in transitions.MOMENTS.items()}
# The times of a drip. A visit that was not given has none.
OF_THE_DRIP = ("started_at", "finished_at")
# A visit in one of these took place, or may still: its times may be recorded.
UNDER_WAY = (
    SessionStatus.BOOKED,
    SessionStatus.ARRIVED,
    SessionStatus.STARTED,
    SessionStatus.FULFILLED,
    SessionStatus.NOT_GIVEN,
)
# For how many days after a visit an effect may be recorded as belonging to it.
EFFECT_DAYS = 30
# How far a clock on the ward may be ahead of ours before a time counts as in the future.
IN_STEP = timedelta(minutes=1)


def version(session: Session) -> str:
    """A text that changes with a visit's times, status and outcome: a page sends back the one it showed."""
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
    """Record when things happened. The status follows, as if each button had been pressed at that time.

    times: for each name in TIMES, a moment on the visit's day, or None. seen: the `version` that the page
    showed. override: who decided that a drip starts today although something that must be done is missing.

    Raises ChangedMeanwhile if the visit has changed since. Raises Refused if a time is in the future, on
    another day or in the wrong order, if a time that changed the status would be removed, or if a visit with
    this status has no times. Raises Undecided and NotDone if a drip would start today, as pressing the button
    does.
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
    """Record how much was given. A drip that is still running ends now.

    If it was given in part, a task asks for a decision about each later day. Raises ChangedMeanwhile as
    `record_times` does, Refused if no drip was started, or if a drip of an earlier day has no end yet.
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
    if session.status == SessionStatus.STARTED:
        changes["status"] = [session.get_status_display(), SessionStatus.FULFILLED.label]
    record(Act.SESSION_OUTCOME_RECORDED, session, by, changes)
    transitions.end_with(session, given, because, now=now, by=by)
    return session


@transaction.atomic
def go_on(*, session: Session, approved_by: str, reason: str, by: audit.Actor) -> Session:
    """Record the decision that a day is given as planned although an earlier one was not given in full.

    It does not decide what happens instead of a day that was lost. Raises ChangedMeanwhile if no such
    decision is needed any more.
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
    """Save a cannula attempt or an adverse effect, new or corrected. Returns whether anything changed.

    The log keeps what it said before. Raises Refused if it is in the future, or on a day that is not the
    visit's (an effect: up to 30 days after).
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
    """Remove what was recorded by mistake; the log keeps what it said."""
    audit.delete(row, by=by, patient=row.session.course.patient_id)


@transaction.atomic
def write_note(*, session: Session, note: str, by: audit.Actor, seen: str | None = None) -> Session:
    """Save the free note of a visit. Raises ChangedMeanwhile if the saved note is no longer `seen`."""
    session = locked(session)
    # Browsers send line breaks in one way from a form, and in another from a script.
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
    """Raise Refused with a sentence for each time that cannot be right."""
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
    """The first of the MOVES without a time although a later one has one; empty if there is none."""
    names = list(MOVES)
    for index, name in enumerate(names):
        if times[name] is None and any(times[later] for later in names[index + 1 :]):
            return name
    return ""


def _clock(moment: datetime) -> str:
    return clock(timezone.localtime(moment).time())


def _lost_because(session: Session) -> str:
    """Why a day was not given in full, as a LostBecause: the nearest one if it was given in part."""
    if session.given != Given.IN_PART:
        return session.lost_because
    return {
        PartBecause.CANNULA: LostBecause.CANNULA,
        PartBecause.EFFECT: LostBecause.UNWELL,
        PartBecause.FAMILY: LostBecause.FAMILY,
        PartBecause.TIME: LostBecause.CLOSED,
    }.get(PartBecause(session.part_because), LostBecause.CLINICAL)


def _as_shown(session: Session, seen: str | None) -> Session:
    """The visit, locked. Raises ChangedMeanwhile if its `version` is not `seen`; None accepts any version."""
    session = locked(session)
    if is_stale(seen, version(session)):
        raise ChangedMeanwhile(session)
    return session
