"""What a mail about one session says: the frame from `templates/emails/`, and in it the unit's approved text.

Each letter is in its reader's language, and in large print for those who need it. Words about treatment come
only from the approved text. What a lock screen or a shared calendar shows names neither the child, nor the
drug, nor the disease.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import mark_safe
from django.utils.translation import gettext

from crmo_clinic.nhsuk import wording
from crmo_clinic.nhsuk.languages import reading
from patients.models import Contact, Relationship
from scheduling.ical import Invitation, Mailbox, mail_bytes
from scheduling.ical import Method as CalendarMethod
from scheduling.ical.invitation import DESCRIPTION_LIMIT
from scheduling.models import (
    AdviceText,
    Audience,
    Course,
    EntryDetail,
    Message,
    MessageKind,
    Moment,
    Reason,
    Session,
    Unit,
)
from scheduling.states import CourseStatus, SessionStatus
from scheduling.telling.recipients import why_not_told
from scheduling.telling.texts import INVITE_MOMENTS, as_html, as_notes, as_text, moment_of, text_for

METHODS = {
    MessageKind.INVITE: CalendarMethod.REQUEST,
    MessageKind.CANCELLATION: CalendarMethod.CANCEL,
}
# Stands for the address of the reader's own page until it is known whose letter it is.
PAGE = "https://page.invalid/"
# Stands for the advice in the notes of an entry until it is known how much room is left for it.
ADVICE = "{advice}"
# 24 px is 18 points, which counts as large print.
FONT_SIZE, LARGE_FONT_SIZE = "18px", "24px"


@dataclass(frozen=True)
class Reader:
    """What decides how a letter is written. Readers who are equal get the same letter.

    may_be_told: whether they may be told about the visits. A contact whose permission has lapsed is still
    sent cancellations of what they were told before.
    """

    language: str = "en"
    large_print: bool = False
    has_page: bool = False
    may_be_told: bool = True

    @classmethod
    def of(cls, contact: Contact, *, has_page: bool = False) -> "Reader":
        may_be_told = not why_not_told(contact, contact.patient)
        return cls(contact.language, contact.large_print, has_page, may_be_told)


@dataclass(frozen=True)
class Letter:
    """The words of one mail: its subject, its two bodies, and the summary and notes of the calendar entry.

    advice_version: the approved text in it; empty if there is none.
    """

    subject: str
    text: str
    html: str
    summary: str
    entry_notes: str
    advice_version: str = ""

    def with_page(self, address: str) -> "Letter":
        """The letter with the address of the contact's own page. Entries never have it: they are shared."""
        text, html = self.text.replace(PAGE, address), self.html.replace(PAGE, escape(address))
        return replace(self, text=text, html=html)


def write_letter(
    session: Session,
    kind: MessageKind,
    reader: Reader,
    *,
    today: date,
    changed: bool = False,
    was: datetime | None = None,
) -> Letter:
    """The words of an invite or a cancellation.

    today: decides which approved text is used. changed: the family was told about this session before. was:
    when it started before it was moved.
    """
    course = session.course
    beside = [other for other in course.sessions.order_by("number") if other.pk != session.pk]
    if kind == MessageKind.CANCELLATION:
        with reading(reader.language):
            return _cancellation(session, beside, reader)
    text = text_for(course, moment_of(session), today=today, language=reader.language)
    with reading(reader.language):
        return _invite(session, beside, reader, text, changed=changed, was=was)


def sample_letter(text: AdviceText, reader: Reader, *, today: date) -> Letter:
    """How a text, saved or not, looks in a mail about made-up days of no child.

    A text that no invite carries is shown in the frame without a visit.
    """
    with reading(reader.language):
        if text.moment in INVITE_MOMENTS:
            session, *beside = _made_up_sessions(text, today)
            return _invite(session, beside, reader, text)
        heading = text.get_moment_display()
        plain, html = bodies(
            "only_advice", text.unit, reader, {"heading": heading} | advice_words(text, top=2)
        )
        return Letter(heading, plain, html, "", "", str(text))


def _made_up_sessions(text: AdviceText, today: date) -> list[Session]:
    """Two unsaved sessions, next Monday and Tuesday. First comes the one before which the text is read."""
    reason = Reason.FIRST if text.audience == Audience.FIRST else Reason.PAIN
    course = Course(unit=text.unit, days=2, minutes=240, status=CourseStatus.BOOKED, reason=reason)
    created, sessions = timezone.now(), []
    for number in (1, 2):
        day = today + timedelta(days=6 - today.weekday() + number)
        start = timezone.make_aware(datetime.combine(day, time(9)))
        end = start + timedelta(minutes=course.minutes)
        times = {"day": day, "starts_at": start, "ends_at": end, "created_at": created}
        sessions.append(Session(course=course, number=number, **times))
    return sessions if text.moment == Moment.BEFORE_DAY_1 else sessions[::-1]


def bodies(name: str, unit: Unit, reader: Reader, context: Mapping[str, Any]) -> tuple[str, str]:
    """A mail's plain text and HTML in the active language, from `emails/<name>.txt` and `.html`, which extend
    the frame. context: what the two templates need; `heading` is required."""
    frame = {
        "unit": unit,
        "trust_name": settings.TRUST_NAME,
        "font_size": LARGE_FONT_SIZE if reader.large_print else FONT_SIZE,
        "page": PAGE if reader.has_page else "",
    }
    whole = frame | dict(context)
    text = render_to_string(f"emails/{name}.txt", whole)
    return _tidy(text), render_to_string(f"emails/{name}.html", whole).strip()


def advice_words(text: AdviceText | None, *, top: int = 3) -> dict[str, Any]:
    """What `emails/advice.html` and the plain text need of an approved text, as template context.

    top: the level of its highest headings, one below the heading above them.
    """
    body = text.body if text else ""
    # Mail programs have sizes of their own for headings, larger than those of the frame.
    sizes = {2: "1.25em", 3: "1.05em"}
    html = as_html(body, top=top).replace(f"<h{top}>", f'<h{top} style="font-size:{sizes[top]}">')
    return {"advice": text, "advice_html": mark_safe(html), "advice_text": as_text(body)}


def write_mail(
    session: Session,
    contact: Contact,
    address: str,
    kind: MessageKind,
    letter: Letter,
    *,
    stamp: datetime,
    earlier: Message | None,
) -> Message:
    """The finished mail as an unsaved Message. Raises InvalidInvitation if a calendar would misread it.

    earlier: the last mail that told this address about the session, if any; the new one replies to it.
    """
    course, unit = session.course, session.course.unit
    invitation = Invitation(
        method=METHODS[kind],
        uid=session.uid,
        sequence=session.sequence,
        stamp=stamp,
        created=session.created_at,
        starts_at=timezone.localtime(session.starts_at),
        ends_at=timezone.localtime(session.ends_at),
        summary=letter.summary,
        description=letter.entry_notes,
        location=unit.place,
        organizer=Mailbox(unit.name, unit.mailbox),
        attendee=Mailbox(_calendar_name(contact, address), address),
    )
    message_id = f"<{uuid4()}@{settings.MAIL_DOMAIN}>"
    return Message(
        course=course,
        session=session,
        contact=contact,
        kind=kind,
        sequence=session.sequence,
        from_address=unit.mailbox,
        to_address=address,
        subject=letter.subject,
        message_id=message_id,
        advice_version=letter.advice_version,
        mime=mail_bytes(
            invitation,
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            message_id=message_id,
            in_reply_to=earlier.message_id if earlier else None,
            date=stamp,
        ),
    )


def _invite(
    session: Session,
    beside: Sequence[Session],
    reader: Reader,
    text: AdviceText | None,
    *,
    changed: bool = False,
    was: datetime | None = None,
) -> Letter:
    unit, context = session.course.unit, _context(session, beside)
    context |= {"heading": context["visit"], "was": was if changed else None} | advice_words(text)
    plain, html = bodies("invite", unit, reader, context)
    prefix = gettext("Changed: ") if changed else ""
    notes = _entry_notes(session, unit, text)
    return Letter(prefix + _subject(session), plain, html, _summary(session), notes, str(text or ""))


def _cancellation(session: Session, beside: Sequence[Session], reader: Reader) -> Letter:
    context = _context(session, beside) | {"heading": gettext("This visit is cancelled")}
    waits = session.course.status == CourseStatus.WAITING
    if session.status != SessionStatus.CANCELLED or not reader.may_be_told:
        # It is cancelled at one address only, or for somebody who may no longer be told. The other days are
        # not for this reader to know.
        context |= {"others": [], "staying": []}
        waits = False
    context["new_days"] = waits
    plain, html = bodies("cancellation", session.course.unit, reader, context)
    subject = gettext("Cancelled: ") + _subject(session)
    return Letter(subject, plain, html, _summary(session), gettext("This visit is cancelled."))


def _entry_notes(session: Session, unit: Unit, text: AdviceText | None) -> str:
    """Time, how to prepare and whom to ring, with as much of the advice as there is room for."""
    link = unit.advice_page if unit.entry_detail == EntryDetail.LINK else ""
    context = {"session": session, "course": session.course, "unit": unit, "link": link, "advice": ADVICE}
    frame = _tidy(render_to_string("emails/entry_notes.txt", context))
    room = DESCRIPTION_LIMIT - len(frame)
    advice = as_notes(text.body, room, gettext("There is more in the mail.")) if text else ""
    return frame.replace(ADVICE, advice)


def _subject(session: Session) -> str:
    start = timezone.localtime(session.starts_at)
    days = {"number": session.number, "days": session.course.days}
    visit = (
        gettext("Hospital visit")
        if session.course.days == 1
        else gettext("Hospital visit %(number)s of %(days)s") % days
    )
    return f"{visit}: {wording.day_and_month(start)}, {start:%H:%M}"


def _summary(session: Session) -> str:
    if session.course.days == 1:
        return gettext("Hospital visit")
    days = {"number": session.number, "days": session.course.days}
    return gettext("Hospital visit, session %(number)s of %(days)s") % days


def _calendar_name(contact: Contact, address: str) -> str:
    """The entry's name for its attendee. No entry names the child, so a young person gets their address."""
    return address if contact.relationship == Relationship.YOUNG_PERSON else contact.name


def _context(session: Session, beside: Sequence[Session]) -> dict[str, Any]:
    course = session.course
    live = [other for other in beside if other.is_live] + ([session] if session.is_live else [])
    # Sessions that were booked together have the same `created_at`, and are cancelled together.
    same = [s for s in beside if (s.created_at, s.status) == (session.created_at, session.status)]
    days = {"number": session.number, "days": course.days}
    return {
        "session": session,
        "course": course,
        "visit": gettext("Hospital visit")
        if course.days == 1
        else gettext("Hospital visit: day %(number)s of %(days)s") % days,
        "others": same,
        # What is still booked when only one day is cancelled.
        "staying": [other for other in live if other.status == SessionStatus.BOOKED],
        "in_a_row": not course.is_split_on(sorted(other.day for other in live)),
    }


def _tidy(text: str) -> str:
    """At most one empty line in a row and none at the ends, because template tags leave some behind."""
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return (
        "\n".join(line for before, line in zip(["x", *lines], lines, strict=False) if line or before) + "\n"
    )
