"""Who knows the days of a course as they now stand: told by mail or by a person, and what they answered.

A projection: it reads, and decides nothing. The course page shows it for each contact and day, the week board
and the day list for each family.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from operator import itemgetter

from django.db.models import Value, prefetch_related_objects
from django.utils import timezone

from crmo_clinic.nhsuk.wording import listed, short_date
from patients.models import Contact
from scheduling.models import Answer, Message, MessageKind, Reply, Session, Telling
from scheduling.states import MessageStatus
from scheduling.telling.recipients import why_not, why_not_told


class State(StrEnum):
    """What one contact knows of one session."""

    TOLD = "told"
    ON_ITS_WAY = "on_its_way"
    LATE = "late"  # a mail has waited for over an hour
    EARLIER = "earlier"  # knows another time, or that it was cancelled
    FAILED = "failed"
    RETURNED = "returned"
    NOT_TOLD = "not_told"


class Family(StrEnum):
    """What a family knows of one session. The values are words that follow "The family is"."""

    TOLD = "told"
    ON_ITS_WAY = "being told"
    PART = "told in part"
    NOT_TOLD = "not told"


# A session or a course, and a contact.
Key = tuple[int, int]
KNOW = (State.TOLD, State.ON_ITS_WAY)
NO_MAIL = {
    MessageStatus.FAILED: (State.FAILED, "not told: the mail could not be sent"),
    MessageStatus.RETURNED: (State.RETURNED, "not told: the mail came back"),
}


@dataclass(frozen=True)
class ContactTold:
    """What a contact knows of a session.

    words: to follow the name. gets_mail, may_be_told: as things are now. told_by_person: the last they heard
    of the course they heard from a person, permission or not. answer: the one that counts, in words.
    is_stale: it answers a time that is past.
    """

    contact: Contact
    state: State
    words: str
    gets_mail: bool
    may_be_told: bool
    told_by_person: bool = False
    answer: str = ""
    is_stale: bool = False
    cannot_come: bool = False

    @property
    def counts(self) -> bool:
        """Whether what the family knows depends on this contact, who knows it or is to know it."""
        return self.may_be_told or self.told_by_person or self.state in KNOW


@dataclass(frozen=True)
class DayTold:
    """What a family knows of a session: a row for each contact, in the order of the record."""

    session: Session
    rows: tuple[ContactTold, ...]

    @property
    def family(self) -> Family:
        states = [row.state for row in self.rows if row.counts]
        know = [state for state in states if state in KNOW]
        if not know:
            return Family.NOT_TOLD
        if len(know) < len(states):
            return Family.PART
        return Family.TOLD if set(know) == {State.TOLD} else Family.ON_ITS_WAY

    @property
    def cannot_come(self) -> list[Contact]:
        return [row.contact for row in self.rows if row.cannot_come]

    @property
    def mark(self) -> str:
        """The one word that says how its mark looks."""
        if self.cannot_come:
            return "refused"
        return {Family.TOLD: "told", Family.NOT_TOLD: "untold"}.get(self.family, "partly")

    @property
    def in_words(self) -> str:
        """`family told`, `family not told, cannot come`: short, for the board."""
        return f"family {self.family}{', cannot come' if self.cannot_come else ''}"

    def sentences(self) -> Iterator[str]:
        """What somebody has to do or know about it, for the day list; nothing if all is well."""
        by_state = defaultdict(list)
        for row in self.rows:
            if row.counts:
                by_state[row.state].append(row.contact)
        nobody = not any(row.gets_mail for row in self.rows) and self.family == Family.NOT_TOLD
        if nobody:
            yield "Nobody gets messages: tell the family of this day by phone"
        for state, said in (
            (State.LATE, "still waits to be sent to"),
            (State.FAILED, "could not be sent to"),
            (State.RETURNED, "came back from"),
        ):
            if by_state[state]:
                yield f"Mail {said} {_named(by_state[state])}: tell them of this day by phone"
        untold = by_state[State.EARLIER] + by_state[State.NOT_TOLD]
        if untold and not nobody:
            yield f"Not told of this day: {_named(untold)}"
        if self.cannot_come:
            yield f"Answered that they cannot come: {_named(self.cannot_come)}"


def load_told(sessions: Sequence[Session]) -> dict[int, DayTold]:
    """By a session's key, what its family knows. Two queries, and one for contacts not prefetched yet.

    sessions: with course and child.
    """
    prefetch_related_objects(sessions, "course__patient__contacts")
    mails = Message.objects.last_to_each_address(sessions)
    tellings, heard, replies = _tellings_and_replies(sessions)
    now = timezone.now()
    return {
        session.pk: _day(session, mails[session.pk], tellings, heard, replies, now) for session in sessions
    }


def _tellings_and_replies(
    sessions: Sequence[Session],
) -> tuple[dict[Key, Telling], set[Key], dict[Key, Reply]]:
    """In one query: by session and contact the last telling and the last reply, not to be saved; between them
    by course the contacts whose last news of it came from a person.
    """
    of_both = ("session_id", "contact_id", "sequence")
    # Of the whole course: whoever was told of days that were cancelled is to know of those that came instead.
    told = Telling.objects.filter(session__course__in={session.course_id for session in sessions})
    told = told.with_mailed_since().order_by()
    said = Reply.objects.filter(session__in=sessions).order_by()
    rows = told.values_list(
        *of_both, "at", "pk", "way", "by_name", "session__course_id", "mailed_since"
    ).union(said.values_list(*of_both, "stamp", "pk", "answer", "source", Value(0), Value(True)), all=True)
    tellings, heard, replies = {}, set(), {}
    for session, contact, sequence, at, _, what, who, course, mailed in sorted(rows, key=itemgetter(2, 3, 4)):
        of = {"session_id": session, "contact_id": contact, "sequence": sequence}
        if not course:
            replies[session, contact] = Reply(**of, stamp=at, answer=what, source=who)
            continue
        tellings[session, contact] = Telling(**of, at=at, way=what, by_name=who)
        if not mailed:
            heard.add((course, contact))
    return tellings, heard, replies


def _day(
    session: Session,
    mails: dict,
    tellings: dict,
    heard: set[Key],
    replies: dict,
    now: datetime,
) -> DayTold:
    patient, today = session.course.patient, timezone.localdate(now)
    rows = []
    for contact in patient.contacts.all():
        why = why_not(contact, patient, today)
        mail = mails.get(contact.email.casefold()) if contact.email else None
        by_person = (session.course_id, contact.pk) in heard
        state, words = _known(session, mail, tellings.get((session.pk, contact.pk)), now)
        rows.append(
            ContactTold(
                contact=contact,
                state=state,
                words=f"{words}: {why}" if state == State.NOT_TOLD and why else words,
                gets_mail=not why,
                may_be_told=not why_not_told(contact, patient, today),
                # From 16 on the young person says who is told.
                told_by_person=by_person and not contact.permission_has_lapsed(patient.decides_from, today),
                **_answer(session, replies.get((session.pk, contact.pk))),
            )
        )
    return DayTold(session, tuple(rows))


def _known(
    session: Session, mail: Message | None, telling: Telling | None, now: datetime
) -> tuple[State, str]:
    """The state, and words for it that follow the contact's name."""
    if telling and telling.sequence >= session.sequence:
        return State.TOLD, f"{telling.get_way_display().lower()} on {_on(telling.at)}, {telling.by_name}"
    if mail is None:
        return (State.EARLIER, f"{EARLIER}, {_on(telling.at)}") if telling else (State.NOT_TOLD, "not told")
    if mail.status in NO_MAIL:
        return NO_MAIL[mail.status]
    wanted = MessageKind.INVITE if session.is_live else MessageKind.CANCELLATION
    if mail.kind != wanted and session.is_live:
        return (
            State.NOT_TOLD,
            f"not told: the entry in their calendar was cancelled on {_on(mail.created_at)}",
        )
    if mail.kind != wanted or mail.sequence < session.sequence:
        return State.EARLIER, f"{EARLIER}, {_on(mail.sent_at or mail.created_at)}"
    if mail.status == MessageStatus.SENT:
        return (
            State.TOLD,
            f"{'told' if session.is_live else 'told of the cancellation'} on {_on(mail.sent_at)}",
        )
    if mail.status == MessageStatus.WITHHELD:
        return State.EARLIER, "perhaps told: a mail was tried and then withheld"
    if mail.is_late(now):
        return State.LATE, f"not told yet: a mail of {_on(mail.created_at)} still waits to be sent"
    return State.ON_ITS_WAY, "the mail is on its way"


EARLIER = "not told of the time as it is now; knows an earlier one"


def _answer(session: Session, reply: Reply | None) -> dict[str, str | bool]:
    if reply is None:
        return {}
    said = f"{reply.get_answer_display()} ({reply.get_source_display().lower()}, {_on(reply.stamp)})"
    stale = reply.sequence < session.sequence
    return {
        "answer": f"Answered an earlier time: {said[0].lower()}{said[1:]}" if stale else said,
        "is_stale": stale,
        "cannot_come": not stale and reply.answer == Answer.DECLINED,
    }


def _on(at: datetime) -> str:
    return short_date(timezone.localtime(at))


def _named(contacts: Iterable[Contact]) -> str:
    return listed(contact.name for contact in contacts)
