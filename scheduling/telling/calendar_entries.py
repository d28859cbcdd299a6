"""Which calendar has which entry: asked of the mails alone, by address. `knowledge` answers with it.

An address may have been another contact's, or be one that nobody has any more.
"""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from django.utils import timezone

from scheduling.ical import times_in
from scheduling.models import Message, MessageKind, Session
from scheduling.models.message import WAITS
from scheduling.states import UNREACHED, MessageStatus
from scheduling.telling.revisions import is_current, is_overtaken

# What its reader has, or will have.
_SURE = (MessageStatus.SENT, *WAITS)


@dataclass(frozen=True)
class CalendarOf:
    """What the calendar at one address was sent about a session: the mails that change it, oldest first.

    others: those about the session to other addresses.
    """

    session: Session
    mails: tuple[Message, ...] = ()
    others: tuple[Message, ...] = ()

    @property
    def entry(self) -> Message | None:
        """The invite whose entry stands in it, or may: where a cancellation goes. None if none does."""
        arrived = [mail for mail in self.mails if mail.status not in UNREACHED and not _may_be_lost(mail)]
        return arrived[-1] if arrived and arrived[-1].kind == MessageKind.INVITE else None

    @property
    def has_entry(self) -> bool:
        """Whether it has the session as it stands, or a mail with it is on its way: no invite is to go."""
        last = self.mails[-1] if self.mails else None
        counted_on = last is not None and last is self.entry and last.status != MessageStatus.WITHHELD
        return counted_on and is_current(self.session, last.sequence)

    @property
    def is_overtaken(self) -> bool:
        """Whether its entry would be lost in a calendar that gets the mails to the other addresses too."""
        entry, others = self.entry, [mail for mail in self.others if mail.status not in UNREACHED]
        return self.session.is_live and entry is not None and is_overtaken(entry, others)

    @property
    def received(self) -> Message | None:
        """The last mail that its reader has."""
        sent = [mail for mail in self.mails if mail.status == MessageStatus.SENT]
        return sent[-1] if sent else None

    @property
    def expected(self) -> Message | None:
        """The last mail that its reader has, once all that waits has left."""
        coming = [mail for mail in self.mails if mail.status in _SURE]
        return coming[-1] if coming else None

    def as_told(self, revision: Session | None = None) -> Session | None:
        """The session at the time that its reader knows; None if they know nothing of it as it stands.

        revision: the session in the revision of a mail, and then never None.
        """
        entry = self.entry
        if revision is None and (entry is None or (self.session.is_live and not self.has_entry)):
            return None
        told = copy(revision or self.session)
        invites = [mail for mail in self.mails if mail.kind == MessageKind.INVITE]
        known = [mail for mail in invites if mail.status in _SURE]
        if times := times_told(known[-1] if known else entry):
            told.starts_at, told.ends_at = times
            told.day = timezone.localdate(told.starts_at)
        return told

    def before(self, message: Message) -> "CalendarOf":
        """What it was sent before this mail."""
        mails = tuple(mail for mail in self.mails if mail.pk < message.pk)
        return CalendarOf(self.session, mails, self.others)

    def after(self, message: Message) -> tuple[Message, ...]:
        """What it was sent, or is to be, after this mail."""
        return tuple(mail for mail in self.mails if mail.pk > message.pk)


def times_told(mail: Message | None) -> tuple[datetime, datetime] | None:
    """When the visit starts and ends for whoever has this mail about it last; None if it calls it off there.
    At most one query: the times that were told stand nowhere but in the bytes."""
    return times_in(bytes(mail.mime)) if mail and mail.kind == MessageKind.INVITE else None


def _may_be_lost(mail: Message) -> bool:
    """Whether it is a cancellation that was tried and then withheld: the entry may stand."""
    return mail.kind == MessageKind.CANCELLATION and mail.status == MessageStatus.WITHHELD


class Calendars:
    """The calendars that were sent entries of some sessions. mails: all that change one, the oldest first."""

    def __init__(self, sessions: Iterable[Session], mails: Iterable[Message]) -> None:
        sessions = list(sessions)
        told: dict[int, dict[str, list[Message]]] = {session.pk: {} for session in sessions}
        for mail in mails:
            told[mail.session_id].setdefault(mail.to_address.casefold(), []).append(mail)
        self._of = {
            s.pk: {address: _calendar(s, address, told[s.pk]) for address in told[s.pk]} for s in sessions
        }
        self.sessions = sessions
        self._all = {s.pk: tuple(chain.from_iterable(told[s.pk].values())) for s in sessions}

    def at(self, session: Session, address: str) -> CalendarOf:
        found = self._of[session.pk].get(address.casefold())
        return found or CalendarOf(session, others=self._all[session.pk])

    def mails(self, session: Session) -> tuple[Message, ...]:
        """All calendar mails about a session, to whatever address."""
        return self._all[session.pk]

    def entries(self, session: Session) -> dict[str, Message]:
        """The invite that stands in each calendar, or may, by address in small letters."""
        found = {address: calendar.entry for address, calendar in self._of[session.pk].items()}
        return {address: entry for address, entry in found.items() if entry}


def _calendar(session: Session, address: str, told: Mapping[str, list[Message]]) -> CalendarOf:
    others = chain.from_iterable(mails for other, mails in told.items() if other != address)
    return CalendarOf(session, tuple(told[address]), tuple(others))


def calendars_by(sessions: Iterable[Session], mails: Iterable[Message]) -> Calendars:
    """The same as `load_calendars`, by all mails about a course, which were read already. No query."""
    sessions = list(sessions)
    keys = {session.pk for session in sessions}
    told = (mail for mail in mails if mail.session_id in keys and mail.told_calendar)
    return Calendars(sessions, sorted(told, key=lambda mail: mail.pk))


def load_calendars(
    sessions: Iterable[Session], *, before_act_of: Message | None = None, after: Sequence[Message] = ()
) -> Calendars:
    """Which calendars have the entries of these sessions. One query.

    before_act_of: or had them, before the act that queued this mail, as far as that was sent. after: or will
    have them, with these mails, which are not saved yet.
    """
    sessions = list(sessions)
    told = Message.objects.that_told(sessions, before_act_of=before_act_of)
    return Calendars(sessions, [*told, *after])


def may_have_entry(session: Session, address: str, *, before: Message | None = None) -> bool:
    """Whether an invite to a session was ever tried to an address. before: earlier than this mail."""
    invites = Message.objects.filter(session=session, kind=MessageKind.INVITE, attempts__gt=0)
    invites = invites.filter(pk__lt=before.pk) if before else invites
    return invites.filter(to_address__iexact=address).exists()
