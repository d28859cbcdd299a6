"""Put booked days at other times, in other chairs: what moving, another length and a lost day share.

Called inside the transaction of an act, under the unit's lock.
"""

from collections.abc import Sequence
from datetime import datetime

from scheduling.booking import placing
from scheduling.models import Booking, Message, Session
from scheduling.rules import Visit
from scheduling.telling import queue
from scheduling.telling.revisions import raise_sequence


def put(
    sessions: Sequence[Session], visits: Sequence[Visit], phases: str, now: datetime
) -> tuple[list[Session], list[Message]]:
    """Put booked sessions at the times and in the chairs of these visits, with these phases.

    Returns those whose time changed, first day first, and the cancellations as `retime` does.
    """
    Booking.objects.filter(session__in=sessions).delete()
    changed: list[Session] = []
    withdrawn: list[Message] = []
    places = dict(zip(sessions, visits, strict=True))
    for session in placing.without_clash([(session, visit.day) for session, visit in places.items()]):
        visit = places[session]
        if session.phases != phases:
            session.phases = phases
            session.save(update_fields=["phases"])
        if (visit.starts_at, visit.ends_at) != (session.starts_at, session.ends_at):
            withdrawn += retime(session, visit, now)
            changed.append(session)
    placing.take_chairs(sessions, visits)
    changed.sort(key=lambda session: session.number)
    return changed, withdrawn


def retime(session: Session, visit: Visit, now: datetime) -> list[Message]:
    """Give a session the times of a visit, as a new revision of its entry. The caller takes the chair.

    Returns the cancellations for those who may not be told the new time.
    """
    raise_sequence(session)
    # Before it moves, so that these cancellations do not contain the new time.
    withdrawn = queue.withdraw(session, now=now)
    session.day, session.starts_at, session.ends_at = visit.day, visit.starts_at, visit.ends_at
    session.save(update_fields=["day", "starts_at", "ends_at"])
    return withdrawn
