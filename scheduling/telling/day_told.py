"""What a family knows about one day, in the words of the course page, the week board and the day list.

Who knows what is worked out in `knowledge`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from django.utils import timezone

from crmo_clinic.nhsuk.wording import listed, short_date
from patients.models import Contact
from scheduling.models import Message, Reply, Session, Telling
from scheduling.states import SessionStatus


class State(StrEnum):
    """What one contact knows about one session."""

    TOLD = "told"
    ON_ITS_WAY = "on_its_way"
    LATE = "late"  # a mail has waited for over an hour
    EARLIER = "earlier"  # knows only how it was before, or may never have got the last mail
    FAILED = "failed"
    RETURNED = "returned"
    NOT_TOLD = "not_told"


class Family(StrEnum):
    """What a family knows about one session. The values are words that follow "The family is" on a page."""

    TOLD = "told"
    ON_ITS_WAY = "being told"
    PART = "told in part"
    NOT_TOLD = "not told"


# These contacts know the session as it is now, or will within minutes.
KNOW = (State.TOLD, State.ON_ITS_WAY)
# A mail was written, but in these states it has told nobody.
NOT_REACHED = (State.LATE, State.FAILED, State.RETURNED)


class Said(NamedTuple):
    """Words with a day in them. Many are judged by and few are read, so they are put together then."""

    before: str
    at: datetime | None = None
    after: str = ""

    def __str__(self) -> str:
        day = short_date(timezone.localtime(self.at)) if self.at else ""
        return f"{self.before}{day}{self.after}"


@dataclass(frozen=True)
class ContactTold:
    """What one contact knows about one session.

    said: words to follow the name. gets_mail, may_be_told: as things are now. is_to_be_told: whether the
    family is told only once they are (`recipients`). entry: the invite that put the session as it stands into
    the calendar at their address, or is on its way there. told_by_person: the last
    they heard of the course they heard from a person, permission or not. telling: the last of this session by
    a person, whatever became of the session since. knows_from_person: it is what they know now. reply: the
    answer that counts, and answer the same in words. is_stale: it answers a time that is past.
    """

    contact: Contact
    state: State
    said: Said
    gets_mail: bool
    may_be_told: bool
    is_to_be_told: bool
    entry: Message | None = None
    told_by_person: bool = False
    telling: Telling | None = None
    knows_from_person: bool = False
    reply: Reply | None = None
    answer: str = ""
    is_stale: bool = False
    cannot_come: bool = False

    @property
    def words(self) -> str:
        return str(self.said)

    @property
    def knows(self) -> bool:
        """Whether they know the session as it is now, or will within minutes."""
        return self.state in KNOW

    @property
    def has_entry(self) -> bool:
        return self.entry is not None

    @property
    def counts(self) -> bool:
        """Whether what the family knows depends on this contact, who knows it or is to know it."""
        return self.is_to_be_told or self.told_by_person or self.knows

    @property
    def is_to_be_rung(self) -> bool:
        """Whether a person is to tell them of a visit to come: they do not know, and no mail tells them."""
        no_mail = not self.gets_mail or self.state in NOT_REACHED
        return (self.is_to_be_told or self.told_by_person) and no_mail and not self.knows


@dataclass(frozen=True)
class DayTold:
    """What a family knows about a session: one row for each contact, in the order of the child's record."""

    session: Session
    rows: tuple[ContactTold, ...]

    def of(self, contact: Contact) -> ContactTold | None:
        """What this contact knows; None if they are no longer a contact of the child."""
        return next((row for row in self.rows if row.contact == contact), None)

    @property
    def family(self) -> Family:
        states = [row.state for row in self.rows if row.counts]
        know = [state for state in states if state in KNOW]
        if not know:
            return Family.NOT_TOLD
        if len(know) < len(states):
            return Family.PART
        return Family.TOLD if set(know) == {State.TOLD} else Family.ON_ITS_WAY

    @property
    def to_ring(self) -> list[Contact]:
        """Whom a person is to tell of it; nobody once it has begun or is off."""
        is_to_come = self.session.status == SessionStatus.BOOKED and self.session.starts_at > timezone.now()
        return [row.contact for row in self.rows if is_to_come and row.is_to_be_rung]

    @property
    def cannot_come(self) -> list[Contact]:
        return [row.contact for row in self.rows if row.cannot_come]

    @property
    def mark(self) -> str:
        """Which of its four shapes the mark on the page has."""
        if self.cannot_come:
            return "refused"
        return {Family.TOLD: "told", Family.NOT_TOLD: "untold"}.get(self.family, "partly")

    @property
    def in_words(self) -> str:
        """`family told`, `family not told, cannot come`: short, for the board."""
        return f"family {self.family}{', cannot come' if self.cannot_come else ''}"

    def sentences(self) -> Iterator[str]:
        """What somebody has to know or do about it, for the day list; nothing if all is well."""
        by_state = defaultdict(list)
        for row in self.rows:
            if row.counts:
                by_state[row.state].append(row.contact)
        nobody = not any(row.gets_mail for row in self.rows) and self.family == Family.NOT_TOLD
        if nobody:
            yield "Nobody gets messages: tell the family of this day by phone"
        for state, said in (
            (State.LATE, "still waits to be sent to"),
            (State.FAILED, "could not be sent to"),
            (State.RETURNED, "came back from"),
        ):
            if by_state[state]:
                yield f"Mail {said} {_named(by_state[state])}: tell them of this day by phone"
        untold = by_state[State.EARLIER] + by_state[State.NOT_TOLD]
        if untold and not nobody:
            yield f"Not told of this day: {_named(untold)}"
        if self.cannot_come:
            yield f"Answered that they cannot come: {_named(self.cannot_come)}"


def _named(contacts: Iterable[Contact]) -> str:
    return listed(contact.name for contact in contacts)
