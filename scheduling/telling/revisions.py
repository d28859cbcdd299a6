"""SEQUENCE (RFC 5545 section 3.8.7.4): the revisions of a visit's calendar entry, computed only here.

SEQUENCE counts the revisions of a session. A mail to one address alone may be ahead of it: the cancellation
of an entry that stays valid for others (RFC 5546 section 3.2.5), and the invite that brings it back. The
session's next revision is above everything that was ever sent, so no calendar gets a lower number than it
has.
"""

from collections.abc import Sequence
from copy import copy
from datetime import datetime

from django.db.models import Max

from patients.models import Contact
from scheduling.models import CALENDAR_KINDS, Message, MessageKind, Session, Telling
from scheduling.states import MessageStatus


def raise_sequence(session: Session) -> None:
    """Give the entry a new revision, above every one that was sent (RFC 5546 section 2.1.4), and save it."""
    sent = session.messages.filter(kind__in=CALENDAR_KINDS).aggregate(last=Max("sequence"))["last"]
    session.refresh_from_db(fields=["sequence"])
    session.sequence = max(session.sequence, sent or 0) + 1
    session.save(update_fields=["sequence"])


def invited(session: Session, mails: Sequence[Message]) -> Session:
    """A copy of the session with the revision for an invite to one address: higher if it was cancelled there.

    mails: the calendar mails about the session to that address, in order.
    """
    called_off = [mail.sequence for mail in mails if mail.kind == MessageKind.CANCELLATION]
    return _at(session, max(session.sequence, called_off[-1] + 1)) if called_off else session


def cancelled(session: Session, entry: Message) -> Session:
    """A copy of the session with the revision for cancelling one entry, above what its address was told."""
    return _at(session, max(session.sequence, entry.sequence + 1))


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
