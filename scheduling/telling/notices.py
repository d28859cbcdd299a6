"""Notices, which carry no calendar entry: their words from `templates/emails/`, and their rows.

Days are written as dates, never as "tomorrow", because a mail may wait for its server. A reminder or
follow-up message has the approved text of its moment in it, and is not written without one.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from crmo_clinic.nhsuk import phone, wording
from crmo_clinic.nhsuk.languages import reading
from patients.models import Contact
from scheduling.errors import NotReadyToWrite
from scheduling.ical import InvalidInvitation, Mailbox, notice_bytes
from scheduling.models import (
    NEW_ADDRESS,
    AdviceText,
    Channel,
    Course,
    FamilyLink,
    FamilyOffer,
    Message,
    MessageKind,
    Moment,
    Session,
)
from scheduling.telling import visit_name
from scheduling.telling.calling import child_for, greeting
from scheduling.telling.due_reminders import Due
from scheduling.telling.family_links import address_to_tell, link_for, page_address, page_token
from scheduling.telling.letters import Reader, advice_words, bodies
from scheduling.telling.reminder_table import SAID_NO
from scheduling.telling.text_messages import MOST_CHARACTERS
from scheduling.telling.texts import missing, text_for


def ready(found: Iterable[Due], today: date) -> tuple[list[tuple[Due, AdviceText]], Counter[str]]:
    """The due notices that have their approved text, with that text; and how many do not, by reason."""
    texts: dict[tuple[Any, ...], tuple[list[str], AdviceText | None]] = {}
    with_text, held_back = [], Counter[str]()
    for due in found:
        course, moment, language = due.course, due.reminder.text(due.session), due.contact.language
        key = (course.unit_id, course.is_first, moment, language)
        if key not in texts:
            gaps = missing(course, [moment], today=today)
            texts[key] = gaps, None if gaps else text_for(course, moment, today=today, language=language)
        gaps, text = texts[key]
        if text:
            with_text.append((due, text))
        else:
            held_back[f"The unit has no {wording.listed(gaps)}."] += 1
    return with_text, held_back


def write_notice(due: Due, advice: AdviceText, *, now: datetime) -> Message:
    """A due notice as an unsaved Message, in the contact's language. Raises InvalidInvitation."""
    with reading(due.contact.language):
        if due.channel == Channel.TEXT:
            return _text_message(due, now)
        kind, template = due.reminder.kind, due.reminder.template
        words = advice_words(advice, top=2)
        words |= {"heading": _subject(due), "days": due.days, "said_no": due.said_no}
        message = _mail(kind, template, due.course, due.contact, words, now, due.session, due.told)
    message.only_once, message.advice_version = due.only_once, str(advice)
    message.also_names = _also_names(due)
    return message


def _also_names(due: Due) -> list[list[int]]:
    return [[day.pk, day.sequence] for day in due.days if day != due.session]


def write_page_notice(course: Course, contact: Contact, *, now: datetime) -> Message:
    """The mail with the address of a contact's page, asking for the days they cannot do. Not saved.

    Raises InvalidInvitation if it cannot be written.
    """
    with reading(contact.language):
        words = {"heading": _("Hospital visit: which days can you not do?")}
        message = _mail(MessageKind.PAGE, "page", course, contact, words, now)
    message.only_once = page_key(course, contact, timezone.localdate(now))
    return message


def write_offer_notice(offer: FamilyOffer, contact: Contact, *, now: datetime) -> Message:
    """The mail that asks a contact to look at the days offered on their page. Not saved.

    The days stand on the page alone: a mail that waits would still name them when they are gone. Raises
    NotReadyToWrite if the unit lacks what the mail needs, InvalidInvitation if it cannot be written.
    """
    course, today = offer.course, timezone.localdate(now)
    text = text_for(course, Moment.OFFER, today=today, language=contact.language)
    if text is None or missing(course, [Moment.OFFER], today=today):
        raise NotReadyToWrite(course.unit, missing(course, [Moment.OFFER], today=today))
    with reading(contact.language):
        words = advice_words(text, top=2)
        words |= {"heading": _("Hospital visit: are these days good for you?"), "until": offer.until}
        words |= {"is_move": bool(offer.move_because)}
        message = _mail(MessageKind.OFFER, "offer", course, contact, words, now)
    message.only_once, message.advice_version = offer_key(offer.pk, contact), str(text)
    return message


def offer_key(offer: int, contact: Contact) -> str:
    """The unique name of the mail about an offer to one contact; `offer_in` reads it."""
    return f"offer:{offer}:{contact.pk}"


def offer_in(message: Message) -> int:
    """The key of the offer that a mail is about; 0 for every other mail."""
    name, _sep, rest = (message.only_once or "").partition(":")
    number = rest.partition(":")[0]
    return int(number) if name == "offer" and number.isdecimal() else 0


def write_new_address(course: Course, contact: Contact, *, now: datetime) -> Message:
    """The mail that tells a contact the new address of their page. Not saved. Raises InvalidInvitation."""
    with reading(contact.language):
        words = {"heading": _("Hospital visit: your page has a new address"), "is_new": "yes"}
        message = _mail(MessageKind.PAGE, "page", course, contact, words, now)
    message.only_once = new_address_key(link_for(course, contact))
    return message


def new_address_key(link: FamilyLink) -> str:
    """The unique name of the mail about this address: prevents a second, shows that an older is outdated."""
    return f"{NEW_ADDRESS}{link.page_hash}"


def page_key(course: Course, contact: Contact, day: date) -> str:
    """The unique name of the mail with the page's address on this day: once a day is enough."""
    return f"page:{course.pk}:{contact.pk}:{day.isoformat()}"


def _mail(
    kind: MessageKind,
    template: str,
    course: Course,
    contact: Contact,
    words: dict[str, Any],
    now: datetime,
    session: Session | None = None,
    told: Message | None = None,
) -> Message:
    """The mail as an unsaved Message. words: the subject as `heading`, and what else the template needs."""
    unit, subject = course.unit, words["heading"]
    link = link_for(course, contact)
    context = words | {
        "greeting": greeting(contact, child_for(contact, contact.email)),
        "course": course,
        "session": session,
        "page": address_to_tell(link),
        "check_in": check_in_address(link) if unit.asks_how_it_went and not link.revoked_at else "",
    }
    text, html = bodies(template, unit, Reader.of(contact), context)
    message_id = _new_id()
    mime = notice_bytes(
        sender=Mailbox(unit.name, unit.mailbox),
        address=contact.email,
        subject=subject,
        text=text,
        html=html,
        message_id=message_id,
        in_reply_to=told.message_id if told else None,
        date=now,
    )
    return Message(
        course=course,
        session=session,
        contact=contact,
        kind=kind,
        sequence=session.sequence if session else 0,
        from_address=unit.mailbox,
        to_address=contact.email,
        subject=subject,
        message_id=message_id,
        mime=mime,
        created_at=now,
        next_attempt_at=now,
    )


def check_in_address(link: FamilyLink) -> str:
    """Where the family says how it went: the form itself, or their page if there is no form."""
    try:
        return settings.PUBLIC_URL + reverse("family:check_in", args=[page_token(link)])
    except NoReverseMatch:
        return page_address(link)


def _subject(due: Due) -> str:
    return str(SAID_NO["subject"] if _is_about_no(due) else due.reminder.subject) % _when(due)


def _is_about_no(due: Due) -> bool:
    """Whether its subject says that the contact's "No" is known; that of an evening is about the day."""
    return due.said_no and due.reminder.names_all


def _when(due: Due) -> dict[str, str | int]:
    moments = [visit_name.moment(day.starts_at) for day in due.days]
    return {
        "days": wording.listed(moments, last=_("and")),
        "number": due.session.number,
        "when": moments[0],
    }


def _text_message(due: Due, now: datetime) -> Message:
    said = SAID_NO["text_message"] if _is_about_no(due) else due.reminder.text_message
    text = str(said) % (_when(due) | {"phone": phone.in_words(due.course.unit.phone)})
    if len(text) > MOST_CHARACTERS:
        raise InvalidInvitation(f"A text message must have at most {MOST_CHARACTERS} characters.")
    return Message(
        course=due.course,
        session=due.session,
        contact=due.contact,
        kind=due.reminder.kind,
        channel=Channel.TEXT,
        sequence=due.session.sequence,
        to_address=due.contact.phone,
        subject=_subject(due),
        message_id=_new_id(),
        mime=text.encode(),
        only_once=due.only_once,
        also_names=_also_names(due),
        created_at=now,
        next_attempt_at=now,
    )


def _new_id() -> str:
    return f"<{uuid4()}@{settings.MAIL_DOMAIN}>"
