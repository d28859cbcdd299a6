"""What a family knows about one day, in the words of the course page, the week board and the day list.

Who knows what is worked out in `knowledge`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from crmo_clinic.nhsuk.wording import listed
from patients.models import Contact
from scheduling.models import Message, Reply, Session, Telling


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


@dataclass(frozen=True)
class ContactTold:
    """What one contact knows about one session.

    words: follow the contact's name. gets_mail, may_be_told: whether mail reaches them, and whether they may
    be told in any way, as things are now. entry: the invite that put the session as it is now into the
    calendar at their address, or is on its way there. told_by_person: their last news of the course came from
    a person; False for a restricted child and once their permission has lapsed. telling: the last time a
    person told them about this session, even if it has changed since. knows_from_person: a person told them
    the session as it is now. reply: their answer that counts; answer: the same in words; is_stale: it answers
    an earlier time.
    """

    contact: Contact
    state: State
    words: str
    gets_mail: bool
    may_be_told: bool
    entry: Message | None = None
    told_by_person: bool = False
    telling: Telling | None = None
    knows_from_person: bool = False
    reply: Reply | None = None
    answer: str = ""
    is_stale: bool = False
    cannot_come: bool = False

    @property
    def knows(self) -> bool:
        """Whether they know the session as it is now, or will within minutes."""
        return self.state in KNOW

    @property
    def has_entry(self) -> bool:
        return self.entry is not None

    @property
    def counts(self) -> bool:
        """Whether the family's state depends on this contact: may be told, was told by a person, or knows."""
        return self.may_be_told or self.told_by_person or self.knows


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
