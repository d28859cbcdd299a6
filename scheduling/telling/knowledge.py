"""Who knows what: the one place that pages, mails, reminders, tasks and answers ask. It changes nothing.

There are two questions, with two functions:

`load_told`: what does this contact *know* of this day as it now stands? They were told of its present
revision by a mail that left, or by a person, unless a mail has called it off at their address since.
`load_calendars`: has this *calendar* the entry? Only mails change calendars, so only they are asked, and by
address (`calendar_entries`).

`load_calendars`: does this *calendar* have the entry? Only mails change calendars, so only mails are looked
at. They are found by address, because it may have belonged to another contact, or to nobody any more.

A mail that was tried and then withheld may have arrived. So its entry is cancelled where that is needed, but
nobody relies on it: the contact does not count as told and is invited again. That changes nothing in a
calendar that has the entry. Reminders and text messages go to contacts who know, and tell nobody anything
new.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from django.db.models import Value, prefetch_related_objects
from django.utils import timezone

from crmo_clinic.nhsuk.wording import short_date
from patients.models import Contact
from scheduling.models import Answer, Message, MessageKind, Reply, Session, Telling
from scheduling.states import UNREACHED, MessageStatus, SessionStatus
from scheduling.telling.calendar_entries import (
    CalendarOf,
    Calendars,
    calendars_by,
    load_calendars,
    may_have_entry,
    times_told,
)
from scheduling.telling.day_told import NOT_REACHED, ContactTold, DayTold, Said, State
from scheduling.telling.recipients import is_to_be_told, why_not, why_not_told
from scheduling.telling.revisions import is_current

__all__ = [
    "CalendarOf",
    "Calendars",
    "knows_from_person",
    "load_calendars",
    "load_told",
    "may_have_entry",
    "tells_how_it_stands",
    "times_told",
    "to_tell_by_person",
    "told_of_new",
    "was_told_another_time",
]

# A session or a course, and a contact.
Key = tuple[int, int]
NO_MAIL = {
    MessageStatus.FAILED: (State.FAILED, Said("not told: the mail could not be sent")),
    MessageStatus.RETURNED: (State.RETURNED, Said("not told: the mail came back")),
}
EARLIER = "not told of the time as it is now; knows an earlier one, "


def load_told(
    sessions: Sequence[Session], now: datetime | None = None, mails: Sequence[Message] | None = None
) -> dict[int, DayTold]:
    """What the family of each session knows about it, by the session's key.

    Two queries, and one more if contacts are not prefetched. sessions: with their course and child. now: the
    present moment if it is left out. mails: all about their course, if they were read already.
    """
    prefetch_related_objects(sessions, "course__patient__contacts")
    calendars = load_calendars(sessions) if mails is None else calendars_by(sessions, mails)
    tellings, heard, replies = _tellings_and_replies(sessions)
    now = now or timezone.now()
    return {session.pk: _day(session, calendars, tellings, heard, replies, now) for session in sessions}


def told_of_new(sessions: Sequence[Session], mails: Sequence[Message], now: datetime) -> list[DayTold]:
    """What the family knows about the first days that a course ever had, made just now. No query if contacts
    are prefetched. mails: those queued about them."""
    calendars = Calendars(sessions, mails)
    return [_day(session, calendars, {}, set(), {}, now) for session in sessions]


def knows_from_person(message: Message) -> bool:
    """Whether a person told the contact of this mail how its session is now. Three queries at most."""
    session = message.session
    row = load_told([session])[session.pk].of(message.contact)
    return row is not None and row.knows_from_person


def was_told_another_time(session: Session, contact: Contact) -> bool:
    """Whether a contact had been told of a visit, by mail or by a person, at another time than it has now.

    No query of one that was never moved.
    """
    if not session.sequence:
        return False
    earlier = {"session": session, "contact": contact, "sequence__lt": session.sequence}
    if Telling.objects.filter(**earlier).exists():
        return True
    invites = Message.objects.filter(**earlier, kind=MessageKind.INVITE, status=MessageStatus.SENT)
    return any(times_told(mail) != (session.starts_at, session.ends_at) for mail in invites)


def to_tell_by_person(days: Iterable[DayTold]) -> dict[Contact, bool]:
    """Whom a person is to tell how days of this course stand now, and whether a person told them before.

    Not who has had a mail about the course since, and not whose permission has lapsed: from 16 on the young
    person says who is told. Of a cancelled day only those have to hear who were told of it. A mail that did
    not arrive has a task of its own.
    """
    found: dict[Contact, bool] = {}
    for day in days:
        if day.session.status not in (SessionStatus.BOOKED, SessionStatus.CANCELLED):
            continue
        for row in day.rows:
            concerns = day.session.is_live or row.telling
            anew = row.told_by_person and concerns and not row.knows
            first = day.session.is_live and row.is_to_be_rung and row.state not in NOT_REACHED
            if anew or first:
                found[row.contact] = row.told_by_person
    return found


def tells_how_it_stands(message: Message, session: Session) -> bool:
    """Whether a calendar mail says how its session is now. One that cancels it at one address does not."""
    return message.kind == _news_of(session) and is_current(session, message.sequence)


def _news_of(session: Session) -> MessageKind:
    """The kind of mail that says how the session is now."""
    return MessageKind.INVITE if session.is_live else MessageKind.CANCELLATION


def _tellings_and_replies(
    sessions: Sequence[Session],
) -> tuple[dict[Key, Telling], set[Key], dict[Key, Reply]]:
    """Three results from one query: by session and contact the last telling; the pairs of course and contact
    whose last news of the course came from a person; by session and contact the last reply. The rows must not
    be saved."""
    of_both = ("session_id", "contact_id", "sequence")
    # For the whole course: a contact who was told about days since cancelled has to know the days that
    # replaced them.
    told = Telling.objects.filter(session__course__in={session.course_id for session in sessions})
    told = told.with_mailed_since().order_by()
    said = Reply.objects.filter(session__in=sessions).order_by()
    rows = told.values_list(
        *of_both, "at", "pk", "way", "by_name", "session__course_id", "mailed_since"
    ).union(
        said.values_list(*of_both, "received_at", "pk", "answer", "source", Value(0), Value(True)), all=True
    )
    tellings, heard, replies = {}, set(), {}
    for session, contact, sequence, at, _, what, who, course, mailed in sorted(rows, key=itemgetter(2, 3, 4)):
        of = {"session_id": session, "contact_id": contact, "sequence": sequence}
        if not course:
            replies[session, contact] = Reply(**of, received_at=at, answer=what, source=who)
            continue
        tellings[session, contact] = Telling(**of, at=at, way=what, by_name=who)
        if not mailed:
            heard.add((course, contact))
    return tellings, heard, replies


def _day(
    session: Session,
    calendars: Calendars,
    tellings: Mapping[Key, Telling],
    heard: set[Key],
    replies: Mapping[Key, Reply],
    now: datetime,
) -> DayTold:
    patient, today = session.course.patient, timezone.localdate(now)
    rows = []
    for contact in patient.contacts.all():
        why = why_not(contact, patient, today)
        calendar = calendars.at(session, contact.email) if contact.email else CalendarOf(session)
        telling = tellings.get((session.pk, contact.pk))
        from_person = _knows_from_person(calendar, telling)
        state, said = _by_person(telling) if from_person else _by_mail(calendar, telling, now)
        to_be_told = is_to_be_told(contact, patient, today)
        why_untold = "no email address is recorded" if why and to_be_told and not contact.email else why
        if state == State.NOT_TOLD and why:
            said = said._replace(after=f"{said.after}: {why_untold}")
        # From 16 on the young person says who is told, and of a restricted child the safeguarding lead.
        lapsed = patient.restricted or contact.permission_has_lapsed(patient.decides_from, today)
        rows.append(
            ContactTold(
                contact=contact,
                state=state,
                said=said,
                gets_mail=not why,
                may_be_told=not why_not_told(contact, patient, today),
                is_to_be_told=to_be_told,
                entry=calendar.entry if calendar.has_entry else None,
                told_by_person=(session.course_id, contact.pk) in heard and not lapsed,
                telling=telling,
                knows_from_person=from_person,
                **_answer(session, replies.get((session.pk, contact.pk))),
            )
        )
    return DayTold(session, tuple(rows))


def _knows_from_person(calendar: CalendarOf, telling: Telling | None) -> bool:
    """Whether a person told them how the session is now, and no mail cancelled it at this address later."""
    session, last = calendar.session, calendar.mails[-1] if calendar.mails else None
    if telling is None or not is_current(session, telling.sequence):
        return False
    called_off = last and session.is_live and last.kind == MessageKind.CANCELLATION
    return not (called_off and last.status not in UNREACHED and last.created_at > telling.at)


def _by_person(telling: Telling) -> tuple[State, Said]:
    return State.TOLD, Said(f"{telling.get_way_display().lower()} on ", telling.at, f", {telling.by_name}")


def _by_mail(calendar: CalendarOf, telling: Telling | None, now: datetime) -> tuple[State, Said]:
    """The state, and words for it that follow the contact's name. telling: of an earlier revision."""
    session = calendar.session
    if not calendar.mails:
        return (State.EARLIER, Said(EARLIER, telling.at)) if telling else (State.NOT_TOLD, Said("not told"))
    mail = calendar.mails[-1]
    if mail.status in NO_MAIL:
        return NO_MAIL[mail.status]
    if mail.kind != _news_of(session) and session.is_live:
        called_off = "not told: the entry in their calendar was cancelled on "
        return State.NOT_TOLD, Said(called_off, mail.created_at)
    if not tells_how_it_stands(mail, session):
        return State.EARLIER, Said(EARLIER, mail.sent_at or mail.created_at)
    if mail.status == MessageStatus.SENT:
        told = "told" if session.is_live else "told of the cancellation"
        return State.TOLD, Said(f"{told} on ", mail.sent_at)
    if mail.status == MessageStatus.WITHHELD:
        return State.EARLIER, Said("perhaps told: a mail was tried and then withheld")
    if mail.is_late(now):
        return State.LATE, Said("not told yet: a mail of ", mail.created_at, " still waits to be sent")
    return State.ON_ITS_WAY, Said("the mail is on its way")


def _answer(session: Session, reply: Reply | None) -> dict[str, Any]:
    if reply is None:
        return {}
    said = f"{reply.get_answer_display()} ({reply.get_source_display().lower()}, {_on(reply.received_at)})"
    stale = not is_current(session, reply.sequence)
    return {
        "reply": reply,
        "answer": f"Answered an earlier time: {said[0].lower()}{said[1:]}" if stale else said,
        "is_stale": stale,
        "cannot_come": not stale and reply.answer == Answer.DECLINED,
    }


def _on(at: datetime) -> str:
    return short_date(timezone.localtime(at))
