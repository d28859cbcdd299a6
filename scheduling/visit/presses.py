"""The buttons of the day list: a child arrives, the drip starts, the drip ends, a child was not brought."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from crmo_clinic.nhsuk.wording import long_date
from patients import audit
from patients.stale import is_stale
from scheduling.acts import Act, record
from scheduling.checklist.ticks import Override
from scheduling.errors import ChangedMeanwhile, MoveNotAllowed, Refused
from scheduling.models import LostBecause, Session
from scheduling.states import NEXT, UNDO, UNDO_MINUTES, SessionStatus
from scheduling.visit import transitions
from scheduling.visit.transitions import locked

# What each button is called in the log.
PRESSES = {
    SessionStatus.ARRIVED: Act.SESSION_ARRIVED,
    SessionStatus.STARTED: Act.SESSION_STARTED,
    SessionStatus.FULFILLED: Act.SESSION_FINISHED,
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
    """Record that the child arrived, the drip started or it finished. The last day given ends the course.

    seen: the status that `by` was shown. override: who decided that the drip starts although something that
    must be done is missing. Raises ChangedMeanwhile if the status has changed since, MoveNotAllowed if
    another step comes first, Undecided if a clinician has to decide first whether this day goes ahead,
    NotDone if something is missing and there is no override, Refused on any day but the visit's own.
    """
    now = timezone.now()
    session = _as_seen(session, seen)
    _refuse_other_day(session, now)
    # SESSION_MOVES also has the way back, which only `undo` may take.
    if NEXT.get(SessionStatus(session.status)) != status:
        raise MoveNotAllowed(session, status)
    record(PRESSES[status], session, by, {"at": now})
    transitions.move_on(session, status, at=now, now=now, by=by, override=override)
    return session


@transaction.atomic
def not_brought(
    *, session: Session, because: LostBecause, by: audit.Actor, seen: str | None = None
) -> Session:
    """Record that the child was not brought, and what is known about why. Free the chair; open two tasks.

    One task is to reach the family, the other to decide about the course. Raises ChangedMeanwhile,
    MoveNotAllowed and Refused as `press` does.
    """
    now = timezone.now()
    session = _as_seen(session, seen)
    _refuse_other_day(session, now)
    if session.status != SessionStatus.BOOKED:
        raise MoveNotAllowed(session, SessionStatus.NOT_BROUGHT)
    record(Act.SESSION_NOT_BROUGHT, session, by, {"reason": because.label, "chair": session.booking.chair_id})
    transitions.lose_undecided(session, SessionStatus.NOT_BROUGHT, because, now=now, by=by, missed_at=now)
    return session


@transaction.atomic
def undo(*, session: Session, by: audit.Actor, seen: str | None = None) -> Session:
    """Take back the last press. Raises ChangedMeanwhile if the status has changed, Refused after ten minutes.

    For a child who was not brought, Refused also if the chair has been taken since, or if it is decided what
    happens instead.
    """
    now = timezone.now()
    session = _as_seen(session, seen)
    status = SessionStatus(session.status)
    if status not in UNDO:
        raise ChangedMeanwhile(session)
    if not may_undo(session, now):
        raise Refused(f"More than {UNDO_MINUTES} minutes have passed, so this can no longer be taken back.")
    changes = transitions.forgotten(session) | {"status": [status.label, UNDO[status].label]}
    record(Act.SESSION_TAKEN_BACK, session, by, changes)
    transitions.take_back(session, now=now, by=by)
    return session


def may_undo(session: Session, now: datetime) -> bool:
    """Whether the last press is recent enough to be taken back."""
    return session.undo_until is not None and now <= session.undo_until


def _as_seen(session: Session, seen: str | None) -> Session:
    """The visit, locked. Raises ChangedMeanwhile if its status is not `seen`; None accepts any status."""
    session = locked(session)
    if is_stale(seen, session.status):
        raise ChangedMeanwhile(session)
    return session


def _refuse_other_day(session: Session, now: datetime) -> None:
    if session.day != timezone.localdate(now):
        raise Refused(f"This visit is on {long_date(session.day)}, so nothing can be recorded for it today.")
