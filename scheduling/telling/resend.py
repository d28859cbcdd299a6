"""Sending a mail again: one that was not sent as it is, one that was sent as a new mail with the same words.

Only the address of the family's page is brought up to date, because it may have been renewed.
"""

import re
from collections.abc import Iterable
from email.utils import format_datetime
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from patients import audit
from patients.stale import is_stale
from scheduling.acts import Act
from scheduling.errors import Refused
from scheduling.models import CALENDAR_KINDS, Message, MessageKind
from scheduling.models.message import MessageQuerySet
from scheduling.states import MessageStatus
from scheduling.telling.family_links import link_for, readdressed
from scheduling.telling.knowledge import load_calendars, tells_how_it_stands
from scheduling.telling.recipients import why_not
from scheduling.telling.revisions import is_overtaken
from scheduling.telling.texts import is_in_force
from scheduling.unit.lock import lock_course

# These were sent. Mailboxes silently drop a second mail with the same Message-ID, so a new mail is made.
LEFT = (MessageStatus.SENT,)
DATE = re.compile(rb"^Date:[^\r\n]*", re.MULTILINE)
DID_NOT_LEAVE = (MessageStatus.FAILED, MessageStatus.WITHHELD)


@transaction.atomic
def send_again(*, message: Message, by: audit.Actor, seen: str | None = None) -> Message:
    """Queue a mail again, to its address, with its words and its calendar entry as they were.

    A mail that was not sent is queued itself. For one that was, a copy with its own Message-ID is queued. The
    entry keeps its SEQUENCE and DTSTAMP, so a calendar that has it changes nothing (RFC 5546 section 2.1.5).
    An address of the family's page in it becomes the one that opens now.

    seen: the status that `by` was shown. Raises Refused, with the reason, if the status is another now (as
    after a second press of the button), if the mail says what is no longer so, if its text is not in force,
    or if it may no longer be sent there.
    """
    now = timezone.now()
    course = lock_course(message.course, now, None)
    message = Message.objects.select_related("session", "contact").get(pk=message.pk)
    message.course = course
    if is_stale(seen, message.status):
        raise Refused("This mail has been sent again already, or its state has changed. See below.")
    if why := why_not_again(message):
        raise Refused(why)
    before = message.status
    message.mime = readdressed(bytes(message.mime), link_for(course, message.contact))
    if before in LEFT:
        again = _copy(message)
    else:
        attempts = min(message.attempts, 1)
        anew = {"next_attempt_at": now, "problem": "", "attempts": attempts}
        anew |= {"mime": message.mime, "is_packed": True}
        message.move_to(MessageStatus.QUEUED, **anew)
        again = message
    changes = {"status": [before, MessageStatus.QUEUED], "as": again.pk}
    audit.record(Act.MESSAGE_SENT_AGAIN, by=by, on=message, patient=course.patient_id, changes=changes)
    return again


def send_all_again(
    messages: Iterable[Message], *, by: audit.Actor
) -> tuple[list[Message], list[tuple[Message, str]]]:
    """Each as `send_again` does: those that are queued, and those that cannot be, each with the reason."""
    queued, refused = [], []
    for message in messages:
        try:
            queued.append(send_again(message=message, by=by, seen=message.status))
        except Refused as refusal:
            refused.append((message, str(refusal)))
    return queued, refused


def failed_to_come() -> MessageQuerySet:
    """The calendar mails about visits to come that could not be sent, and that no later mail has replaced."""
    return Message.objects.to_ring_about(timezone.now()).filter(status=MessageStatus.FAILED)


def why_not_again(message: Message) -> str:
    """Why a mail cannot be sent again, as a sentence; empty if it can. At most five queries."""
    patient, session = message.course.patient, message.session
    if message.kind not in CALENDAR_KINDS:
        return "Only invites and cancellations can be sent again."
    if message.status not in LEFT + DID_NOT_LEAVE:
        return {
            MessageStatus.RETURNED: "This mail came back. Correct the address of the contact instead.",
        }.get(message.status, "This mail is on its way already.")
    if session.ends_at <= timezone.now():
        return "The visit is over."
    if message.replaced_by():
        return "A later mail to this address has replaced this one."
    if message.kind == MessageKind.INVITE:
        if not tells_how_it_stands(message, session):
            return "The visit is no longer at the time that this mail tells."
        if message.contact.email.casefold() != message.to_address.casefold():
            return "The contact has another address now. Send the invites from the course page instead."
        if why := why_not(message.contact, patient):
            return f"Nothing is sent there now: {why}."
        named, today = message.advice_version, timezone.localdate()
        if named and not is_in_force(message.course.unit, named, today=today):
            return "The text in it is past its review date, or is not the unit’s any more: ring the family."
        calendar = load_calendars([session]).at(session, message.to_address)
        if message.status in DID_NOT_LEAVE and is_overtaken(message, calendar.others):
            return "A later mail has overtaken it. Send the invites from the course page instead."
    if patient.restricted:
        return "Messages about this child are restricted."
    stands = message.kind == MessageKind.CANCELLATION and session.is_live
    if stands and load_calendars([session]).at(session, message.to_address).has_entry:
        return "The visit stands, and this address is told of it."
    return ""


def _copy(message: Message) -> Message:
    """A new message with the same words and the same entry, but another Message-ID and date."""
    message_id = f"<{uuid4()}@{settings.MAIL_DOMAIN}>"
    mime = message.mime.replace(message.message_id.encode(), message_id.encode(), 1)
    # Mail programs sort by date: with the old one nobody would find the new mail.
    mime = DATE.sub(b"Date: " + format_datetime(timezone.localtime()).encode(), mime, count=1)
    kept = ("course", "session", "contact", "kind", "sequence", "from_address", "to_address", "subject")
    same = {name: getattr(message, name) for name in (*kept, "advice_version")}
    return Message.objects.create(**same, message_id=message_id, mime=mime)
