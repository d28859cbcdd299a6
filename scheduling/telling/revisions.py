"""SEQUENCE (RFC 5545 section 3.8.7.4): the revisions of a visit's calendar entry, computed only here.

SEQUENCE counts the revisions of a session. A mail to one address alone may run ahead of it: the cancellation
of an entry that stands for others (RFC 5546 section 3.2.5), and every invite after that, to whatever address,
for one calendar may be fed by several: that of a couple, or of somebody who forwards. The session's next
revision goes beyond all that was ever sent. So a calendar that gets the mails to one address ends with what
the last of them says, and one that gets the mails to all addresses has the visit as long as anybody has it.
"""

from collections.abc import Sequence
from copy import copy
from datetime import datetime
from math import inf

from django.db.models import Max

from patients.models import Contact
from scheduling.models import CALENDAR_KINDS, Message, MessageKind, Session, Telling
from scheduling.states import MessageStatus


def raise_sequence(session: Session) -> None:
    """Give the entry a new revision, above every one that was sent (RFC 5546 section 2.1.4). Not saved here.

    One query. The session was read under the lock of its unit, if this is part of an act.
    """
    sent = session.messages.filter(kind__in=CALENDAR_KINDS).aggregate(last=Max("sequence"))["last"]
    session.sequence = max(session.sequence, sent or 0) + 1


def invited(session: Session, mails: Sequence[Message]) -> Session:
    """The session in the revision of an invite: a later one than every cancellation of its entry.

    mails: the calendar mails about the session, to whatever address.
    """
    called_off = [mail.sequence for mail in mails if mail.kind == MessageKind.CANCELLATION]
    return _at(session, max(session.sequence, max(called_off) + 1)) if called_off else session


def cancelled(session: Session, entry: Message) -> Session:
    """A copy of the session with the revision for cancelling one entry, above what its address was told."""
    return _at(session, max(session.sequence, entry.sequence + 1))


def of(message: Message) -> Session:
    """The session of a calendar mail in the revision that the mail is about."""
    return _at(message.session, message.sequence)


def is_overtaken(entry: Message, others: Sequence[Message]) -> bool:
    """Whether a calendar with this entry loses it if it gets the mails to other addresses too: the last
    revision of all is a cancellation.

    others: the calendar mails about its session to other addresses. The session stands.
    """
    last = max(others, key=lambda mail: (mail.sequence, mail.pk or inf), default=None)
    return last is not None and last.kind == MessageKind.CANCELLATION and last.sequence >= entry.sequence


def told_by(session: Session, contact: Contact, moment: datetime) -> int:
    """The revision of a session that a contact had been told by this moment, in a mail or by a person.

    If nobody had told this contact, it is the last one that others in the family were told; if there is none,
    0. Two queries.
    """
    by_mail = Message.objects.filter(session=session, kind=MessageKind.INVITE, status=MessageStatus.SENT)
    known = [
        *by_mail.filter(sent_at__lte=moment).values_list("contact", "sequence"),
        *Telling.objects.filter(session=session, at__lte=moment).values_list("contact", "sequence"),
    ]
    own = [sequence for pk, sequence in known if pk == contact.pk]
    return max(own or (sequence for _, sequence in known), default=0)


def answered(session: Session, named: int) -> int:
    """The revision that an answer counts for. named: the one in it, which may be ahead of the session's."""
    return min(named, session.sequence)


def was_ever_told(session: Session, named: int, invite: Message) -> bool:
    """Whether the revision named in an answer was ever sent. invite: the last one to its address."""
    return named <= max(session.sequence, invite.sequence)


def is_current(session: Session, sequence: int) -> bool:
    """Whether somebody who was told this revision, or answered it, was told how the session is now."""
    return sequence >= session.sequence


def _at(session: Session, sequence: int) -> Session:
    session = copy(session)
    session.sequence = sequence
    return session
