"""What a calendar mail says depends on what its address has received by the time it leaves.

It was queued with words that take as read what still waited before it. What became of that is known right
before it is sent for the first time: then it is written anew, if it has to be. So a course that is booked and
moved before the worker comes round is one first invite, and a cancellation names only days its reader had.
What was tried keeps its bytes, for it may have arrived.
"""

from datetime import datetime
from functools import partial

from django.utils import timezone

from scheduling.ical import follows
from scheduling.models import Message, MessageKind
from scheduling.telling import revisions
from scheduling.telling.family_links import address_to_tell, link_for, readdressed
from scheduling.telling.knowledge import CalendarOf, load_calendars, times_told
from scheduling.telling.letters import write_letter
from scheduling.telling.queue import write_cancellation, write_invite


def load_calendar(message: Message) -> CalendarOf:
    """What the calendar at the address of a mail that changes one was sent about its session. One query."""
    return load_calendars([message.session]).at(message.session, message.to_address)


def has_nothing_new(message: Message, calendar: CalendarOf) -> bool:
    """Whether the reader of an invite never tried has it already, with the page that opens: it went away and
    came back before anything left. calendar: as `load_calendar` gives it."""
    if message.attempts:
        return False
    calendar = calendar.before(message)
    last, session = calendar.received, message.session
    if last is None or last is not calendar.mails[-1] or calendar.is_overtaken or _is_repeated(message, last):
        return False
    if times_told(last) != (session.starts_at, session.ends_at):
        return False
    mime = bytes(last.mime)
    is_current = revisions.is_current(session, last.sequence)
    return is_current and readdressed(mime, link_for(message.course, message.contact)) == mime


def reworded(message: Message, now: datetime, calendar: CalendarOf | None = None) -> Message | None:
    """A calendar mail never tried, unsaved and with other words; None if its own are right.

    message: with its session, contact, and course with child and unit; one that may leave. calendar: as
    `load_calendar` gives it, if it was read already.
    """
    after = None if message.attempts or message.is_notice else follows(bytes(message.mime))
    if after is None:
        return None
    last = (calendar or load_calendar(message)).before(message).received
    if last and _is_repeated(message, last):
        return None
    stamp, session = {"now": message.created_at, "message_id": message.message_id}, message.session
    session.course = message.course
    revision = revisions.of(message)
    if message.kind == MessageKind.CANCELLATION:
        days = session.course.sessions.order_by("number")
        calendars = load_calendars(days, before_act_of=message)
        to = message.contact, message.to_address
        return write_cancellation(revision, *to, calendars, last, withdrawn=message.is_withdrawal, **stamp)
    if after == (last.message_id if last else ""):
        return None
    letter = partial(write_letter, today=timezone.localdate(now))
    page = address_to_tell(link_for(message.course, message.contact))
    return write_invite(revision, message.contact, last, letter=letter, page=page, **stamp)


def _is_repeated(message: Message, last: Message) -> bool:
    """Whether somebody sends again what the reader was told last."""
    return (last.kind, last.sequence) == (message.kind, message.sequence)
