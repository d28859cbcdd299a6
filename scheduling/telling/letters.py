"""What a mail about one session says: the frame from `templates/emails/`, and in it the unit's approved text.

Each letter is in its reader's language, and in large print for those who need it. Words about treatment come
only from the approved text. What a lock screen or a shared calendar shows names neither the child, nor the
drug, nor the disease.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import mark_safe
from django.utils.translation import gettext

from crmo_clinic.nhsuk import phone, wording
from crmo_clinic.nhsuk.languages import reading
from patients.models import Contact
from scheduling.ical.invitation import DESCRIPTION_LIMIT
from scheduling.models import (
    AdviceText,
    EntryDetail,
    MessageKind,
    Session,
    Unit,
)
from scheduling.states import CourseStatus, SessionStatus
from scheduling.telling.alarms import alarms_of
from scheduling.telling.recipients import why_not_told
from scheduling.telling.texts import TextsOfInvites, as_html, as_notes, as_text
from scheduling.telling.texts.leaflet import leaflet_address
from scheduling.telling.visit_name import moment, visit_name
from scheduling.telling.whom_to_ask import all_in_short, all_in_words

# Stands for the address of the reader's own page until it is known whose letter it is.
PAGE = "https://page.invalid/"
# Stands for the greeting until it is known who reads it: those who read alike share a letter.
GREETING = "{greeting}"
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

    advice_version: the approved text in it; empty if there is none. alarms: how long before the visit its
    entry reminds of it.
    """

    subject: str
    text: str
    html: str
    summary: str
    entry_notes: str
    advice_version: str = ""
    alarms: tuple[timedelta, ...] = ()

    def greeting(self, words: str) -> "Letter":
        """The letter that begins with these words, or at once without any."""
        text = self.text.replace(GREETING, words).lstrip("\n")
        html = self.html.replace(f"<p>{GREETING}</p>", f"<p>{escape(words)}</p>" if words else "")
        return replace(self, text=text, html=html)

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
    again: bool = False,
    beside: Sequence[Session] | None = None,
    withdrawn: bool = False,
    texts: TextsOfInvites | None = None,
) -> Letter:
    """Put the words together, for whom they are new or who was told before.

    changed: they were told another time. was: when it started for them. again: they were told just this.
    beside: the other days; read, if not given. withdrawn: of a cancellation, whether it calls off only that
    this address is told. texts: those of the course's invites, if they were read already.
    """
    course = session.course
    if beside is None:
        beside = [other for other in course.sessions.order_by("number") if other.pk != session.pk]
    if kind == MessageKind.CANCELLATION:
        withdrawn |= session.status != SessionStatus.CANCELLED
        with reading(reader.language):
            return _withdrawal(session, reader) if withdrawn else _cancellation(session, beside, reader)
    texts = texts or TextsOfInvites(course, [reader.language], today=today)
    text = texts.text(session, reader.language)
    with reading(reader.language):
        return invite_letter(session, beside, reader, text, changed=changed, was=was, again=again)


def bodies(name: str, unit: Unit, reader: Reader, context: Mapping[str, Any]) -> tuple[str, str]:
    """A mail's plain text and HTML in the active language, from `emails/<name>.txt` and `.html`, which extend
    the frame. context: what the two templates need; `heading` is required."""
    frame = {
        "unit": unit,
        "trust_name": settings.TRUST_NAME,
        "others_to_ask": all_in_words(unit),
        "font_size": LARGE_FONT_SIZE if reader.large_print else FONT_SIZE,
        "page": PAGE if reader.has_page else "",
        "leaflet": leaflet_address(unit, timezone.localdate()) if reader.may_be_told else "",
    }
    whole = frame | dict(context)
    text = f"{whole.get('greeting', '')}\n\n" + render_to_string(f"emails/{name}.txt", whole)
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


def invite_letter(
    session: Session,
    beside: Sequence[Session],
    reader: Reader,
    text: AdviceText | None,
    *,
    changed: bool = False,
    was: datetime | None = None,
    again: bool = False,
) -> Letter:
    unit, context = session.course.unit, _context(session, beside)
    context |= {"heading": context["visit"], "was": was if changed else None, "again": again}
    context |= advice_words(text)
    plain, html = bodies("invite", unit, reader, context)
    prefix = gettext("Changed: ") if changed else ""
    notes = _entry_notes(session, unit, text)
    summary, alarms = visit_name(session), alarms_of(session, beside)
    return Letter(prefix + _subject(session), plain, html, summary, notes, str(text or ""), alarms)


def _withdrawal(session: Session, reader: Reader) -> Letter:
    """The invitation no longer goes to this address: whether the visit goes ahead is not for it to know."""
    unit, context = session.course.unit, _context(session, [])
    context["heading"] = gettext("This invitation no longer goes to this address")
    # The leaflet would tell whoever reads there now what the visit is for.
    plain, html = bodies("withdrawal", unit, replace(reader, may_be_told=False), context)
    subject = gettext("No longer sent to this address: ") + _subject(session)
    whom = {"phone": phone.in_words(unit.phone), "hours": wording.apart(unit.phone_hours)}
    notes = gettext(
        "We do not send this visit to this address any more. If you have a question, ring us on %(phone)s "
        "(%(hours)s). You can leave a message."
    )
    return Letter(subject, plain, html, visit_name(session), notes % whom)


def _cancellation(session: Session, beside: Sequence[Session], reader: Reader) -> Letter:
    context = _context(session, beside) | {"heading": gettext("This visit is cancelled")}
    waits = session.course.status == CourseStatus.WAITING
    if not reader.may_be_told:
        # Whoever may know no more than that: what the other days do now, or will, is not for them to know.
        context |= {"others": [], "staying": []}
        waits = False
    context["new_days"] = waits
    plain, html = bodies("cancellation", session.course.unit, reader, context)
    subject = gettext("Cancelled: ") + _subject(session)
    return Letter(subject, plain, html, visit_name(session), gettext("This visit is cancelled."))


def _entry_notes(session: Session, unit: Unit, text: AdviceText | None) -> str:
    """Time, how to prepare and whom to ring, with as much of the advice as there is room for."""
    link = unit.advice_page if unit.entry_detail == EntryDetail.LINK else ""
    context = {"session": session, "course": session.course, "unit": unit, "link": link, "advice": ADVICE}
    context["others_to_ask"] = all_in_short(unit)
    frame = _tidy(render_to_string("emails/entry_notes.txt", context))
    room = DESCRIPTION_LIMIT - len(frame)
    advice = as_notes(text.body, room, gettext("There is more in the mail.")) if text else ""
    return frame.replace(ADVICE, advice)


def _subject(session: Session) -> str:
    return f"{visit_name(session)}: {moment(session.starts_at)}"


def _context(session: Session, beside: Sequence[Session]) -> dict[str, Any]:
    course = session.course
    live = [other for other in beside if other.is_live] + ([session] if session.is_live else [])
    # Sessions that were booked together have the same `created_at`, and are cancelled together.
    same = [s for s in beside if (s.created_at, s.status) == (session.created_at, session.status)]
    return {
        "greeting": GREETING,
        "session": session,
        "course": course,
        "visit": visit_name(session),
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
