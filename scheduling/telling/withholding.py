"""What must not be sent after all, although it was queued: checked right before each sending."""

from collections.abc import Callable
from datetime import datetime

from django.utils import timezone

from scheduling.models import Answer, Channel, FamilyOffer, Message, MessageKind, Reply
from scheduling.states import CourseStatus, OfferStatus, SessionStatus
from scheduling.telling.family_links import is_alive, link_for
from scheduling.telling.knowledge import CalendarOf, may_have_entry, tells_how_it_stands
from scheduling.telling.notices import new_address_key, offer_in
from scheduling.telling.recipients import why_not
from scheduling.telling.reminder_table import TOO_LATE, reminder_of
from scheduling.telling.rewording import has_nothing_new, load_calendar
from scheduling.telling.text_messages import texts_are_on

NOT_IN_TIME = f"Not sent: {TOO_LATE}."
OVERTAKEN = "Not sent: the visit was over before it could be."


def why_withheld(message: Message, now: datetime, calendar: Callable[[], CalendarOf] | None = None) -> str:
    """Why this message must not be sent as things are now, as a sentence; empty if it may.

    message: with its session, its contact, and its course with child and unit. calendar: reads what its
    calendar was sent, if whoever asks needs that too.
    """
    if message.is_notice:
        stale = _stale_notice(message, now)
    else:
        stale = _stale_entry(message, calendar() if calendar else load_calendar(message))
    if stale:
        return stale
    patient = message.course.patient
    if message.kind == MessageKind.CANCELLATION and not patient.restricted:
        # It needs no permission, because its address has the visit in a calendar. But if no invite was ever
        # tried there, the cancellation would be the first to tell of the visit.
        why = (
            ""
            if may_have_entry(message.session, message.to_address, before=message)
            else "this address was never told of the visit"
        )
    else:
        why = why_not(message.contact, patient, timezone.localdate(now)) or _why_not_here(message)
    if why:
        return f"Not sent: {why}."
    # Checked last: if nothing else speaks against it, the mail was simply too late.
    return OVERTAKEN if not message.is_notice and message.session.ends_at <= now else ""


def _stale_entry(message: Message, calendar: CalendarOf) -> str:
    """A calendar mail is out of date once a later one has another word on its entry."""
    is_invite = message.kind == MessageKind.INVITE
    if is_invite and not tells_how_it_stands(message, message.session):
        return "Not sent: the visit is no longer at the time that it tells."
    if calendar.after(message):
        return "Not sent: a later mail to this address has replaced it."
    if is_invite and has_nothing_new(message, calendar):
        return "Not sent: this address has been told just that."
    return ""


def _stale_notice(message: Message, now: datetime) -> str:
    """Why a notice is out of date: it says how things were when it was written, and would now mislead."""
    session = message.session
    if message.tells_new_address:
        link = link_for(message.course, message.contact)
        opens = message.only_once == new_address_key(link) and is_alive(link, now)
        return "" if opens else "Not sent: the address in it opens no page by now."
    if message.kind == MessageKind.OFFER:
        asked = FamilyOffer.objects.filter(pk=offer_in(message), status=OfferStatus.ASKED, until__gt=now)
        return "" if asked.exists() else "Not sent: the days are no longer offered to this family."
    if session is None:
        waits = message.course.status in (CourseStatus.WAITING, CourseStatus.HELD)
        return "" if waits else "Not sent: the course no longer waits."
    reminder = reminder_of(message)
    if reminder is None:
        return "Not sent: nothing like it is sent any more."
    session.course = message.course
    if now >= reminder.last_time(session, message.created_at):
        return NOT_IN_TIME
    if session.status != reminder.stands:
        return "Not sent: the visit no longer stands as it did when it was written."
    if message.sequence != session.sequence:
        return "Not sent: the visit has been moved since it was written."
    if not _names_what_stands(message):
        return "Not sent: a day that it names is another by now."
    if not reminder.looks_back and _said_no_since(message):
        return "Not sent: the contact has answered since that they cannot come."
    return ""


def _said_no_since(message: Message) -> bool:
    """Whether it would remind somebody as if they came who has said meanwhile that they cannot. One query."""
    days = [message.session_id, *(pk for pk, _ in message.also_names)]
    said = Reply.objects.filter(contact=message.contact_id, session__in=days, answer=Answer.DECLINED)
    return said.filter(received_at__gt=message.created_at).exists()


def _names_what_stands(message: Message) -> bool:
    """Whether the other days that a notice names are booked as it says. One query if it names any."""
    said = [tuple(pair) for pair in message.also_names]
    rows = message.course.sessions.filter(pk__in=[pk for pk, _ in said], status=SessionStatus.BOOKED)
    return not said or set(said) == set(rows.values_list("pk", "sequence"))


def _why_not_here(message: Message) -> str:
    contact = message.contact
    if message.channel == Channel.EMAIL:
        known, noun = contact.email.casefold() == message.to_address.casefold(), "address"
    elif not texts_are_on():
        return "text messages have been switched off"
    elif not contact.may_receive_texts:
        return "no permission to receive text messages is recorded"
    else:
        known, noun = contact.phone == message.to_address, "number"
    return "" if known else f"the contact’s {noun} has been changed since it was written"
