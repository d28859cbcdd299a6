"""Put booked days at other times, in other chairs: what moving, another length and a lost day share.

Called inside the transaction of an act, under the unit's lock; `retime` by previews too, which save nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from scheduling.booking import placing
from scheduling.models import Booking, Message, Session
from scheduling.rules import Visit
from scheduling.telling import queue
from scheduling.telling.revisions import raise_sequence

FIELDS = ("phases", "sequence", "day", "starts_at", "ends_at")


@dataclass(frozen=True)
class Retimed:
    """Days as they are to be, not saved yet. rows: those to save, in an order in which they can be. changed:
    those whose time is another, first day first. withdrawals: for those who may not be told the new time."""

    rows: Sequence[Session]
    changed: list[Session]
    withdrawals: Sequence[queue.Mails]

    @property
    def withdrawn(self) -> list[Message]:
        return [message for mails in self.withdrawals for message in mails.messages]


def put(
    sessions: Sequence[Session],
    visits: Sequence[Visit],
    phases: str,
    now: datetime,
    days: Sequence[Session] | None = None,
) -> tuple[list[Session], list[Message]]:
    """Save `retime`, with the chairs of these visits. Returns those whose time changed, and the cancellations
    that were queued."""
    Booking.objects.filter(session__in=sessions).delete()
    retimed = retime(sessions, visits, phases, now, days)
    for session in retimed.rows:
        session.save(update_fields=FIELDS)
    placing.take_chairs(sessions, visits)
    return retimed.changed, [message for mails in retimed.withdrawals for message in mails.queue()]


def retime(
    sessions: Sequence[Session],
    visits: Sequence[Visit],
    phases: str,
    now: datetime,
    days: Sequence[Session] | None = None,
) -> Retimed:
    """Give sessions these phases and the times of these visits, each as a new revision of its entry if its
    time changes. days: all sessions of the course, if they were read already."""
    places = dict(zip(sessions, visits, strict=True))
    in_order = list(placing.without_clash([(session, visit.day) for session, visit in places.items()]))
    rows: list[Session] = []
    changed: list[Session] = []
    withdrawals: list[queue.Mails] = []
    for session in in_order:
        visit = places[session]
        if (visit.starts_at, visit.ends_at) != (session.starts_at, session.ends_at):
            raise_sequence(session)
            # Before it moves, so that these cancellations do not contain the new time.
            withdrawals.append(queue.withdrawals(session, now=now, days=days))
            session.day, session.starts_at, session.ends_at = visit.day, visit.starts_at, visit.ends_at
            changed.append(session)
        if session in changed or session.phases != phases:
            session.phases = phases
            rows.append(session)
    return Retimed(rows, sorted(changed, key=lambda session: session.number), withdrawals)
