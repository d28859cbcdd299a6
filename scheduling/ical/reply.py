"""What comes into the mailbox: an answer, a returned mail of ours, an automatic mail, or one for a person.

Every mail is one of these four; one that is not understood is for a person. No mail is answered by a mail:
two programs would answer each other for ever (RFC 3834 section 2).
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256

from scheduling.ical.answer import LARGEST_CALENDAR, CalendarAnswer, ForAPerson, read_answer
from scheduling.ical.authentication import Trusted, is_authentic
from scheduling.ical.opened_mail import (
    Mail,
    addresses,
    content,
    decoded,
    end_of_head,
    head_of,
    header,
    headers,
    message_ids,
    opened,
    parts,
    sender,
    text_of,
    too_much,
)
from scheduling.ical.returned import ABOUT_US, Bounce, is_report, read_returned

CALENDARS = ("text/calendar", "application/ics", "text/x-vcalendar")
MOST_CALENDARS = 5
MOST_IDENTIFIERS = 100

_ABSENCE = ("X-Autoreply", "X-Autorespond", "X-Mail-Autoreply", "X-Vacation")
# Exchange marks its absence notes no better than what its rules pass on.
_ABSENT = re.compile(r"automatic reply\b|auto(?:matic)?[- ]?reply\b|out of (?:the )?office\b", re.IGNORECASE)
_UNREADABLE = "The app could not make out what this mail is."


@dataclass(frozen=True, slots=True)
class Automatic:
    """Nothing to do, and why, as a sentence.

    may_be_words: it only carries marks that lists and forwarding servers put on what people write, too.
    """

    why: str
    may_be_words: bool = False


Content = CalendarAnswer | Bounce | Automatic | ForAPerson


@dataclass(frozen=True, slots=True)
class IncomingLetter:
    """One mail as read.

    message_id and about: identifiers with their brackets, of the mail itself (may be empty) and of those it
    answers. sender: the address it says it is from, empty if that is not plain; is_authentic: whether our own
    server vouches for it. to: the addresses it came to. All addresses are in small letters. digest: of what
    it says and who says it, whichever way it came.
    """

    message_id: str
    about: tuple[str, ...]
    sender: str
    is_authentic: bool
    to: tuple[str, ...]
    content: Content
    digest: str


@dataclass(frozen=True, slots=True)
class Readable:
    """A mail as a person may safely read it: text only."""

    subject: str
    text: str


def read_mail(raw: bytes, *, trusted: Trusted, own: Collection[str] = ()) -> IncomingLetter:
    """Read a mail from anybody. Never raises, whatever the bytes are.

    trusted: whose Authentication-Results are believed. own: our mailboxes' addresses.
    """
    why = too_much(raw)
    try:
        mail = opened(head_of(raw) if why else raw)
        about = message_ids(mail, *ABOUT_US)[:MOST_IDENTIFIERS]
        identifier, who = message_ids(mail, "Message-ID")[:1], sender(mail)
        to = addresses(mail, "Delivered-To", "X-Original-To", "To", "Cc")
        authentic = bool(who) and is_authentic(mail, who, trusted)
        found = ForAPerson(why) if why else _content(mail, who, {address.casefold() for address in own})
        digest = _digest(raw, mail)
    except Exception:
        # Python's reader of mails has raised most kinds of error at some time; no mail is lost for that.
        unread = ForAPerson(why or _UNREADABLE)
        return IncomingLetter("", (), "", False, (), unread, sha256(raw).hexdigest())
    return IncomingLetter("".join(identifier), about, who, authentic, to, found, digest)


def read_text(raw: bytes) -> Readable:
    """The subject and the text of a mail from anybody. Never raises."""
    why = too_much(raw)
    try:
        mail = opened(head_of(raw) if why else raw)
        return Readable(decoded(header(mail, "Subject"))[:300], "" if why else text_of(mail))
    except Exception:
        return Readable("", "")


def _digest(raw: bytes, mail: Mail) -> str:
    """Of the body, and of the headers that its sender wrote; those of servers on the way are left out."""
    body = b"\n".join(line.rstrip() for line in raw[end_of_head(raw) :].splitlines()).strip()
    said = [header(mail, name) for name in ("From", "Subject", "Content-Type", "Auto-Submitted")]
    return sha256("\n".join(said).encode(errors="replace") + b"\n\n" + body).hexdigest()


def _content(mail: Mail, who: str, own: Collection[str]) -> Content:
    # A server is known first: its reports are marked as automatic, and may carry our own calendar entry.
    if why := _why_receipt(mail):
        return Automatic(why)
    if returned := read_returned(mail, who):
        return returned
    answer = _calendar_answer(mail)
    if isinstance(answer, CalendarAnswer) or (answer and who not in own):
        return answer
    return _why_automatic(mail, who, own) or ForAPerson("Somebody wrote in their own words.")


def _why_receipt(mail: Mail) -> str:
    """What a receipt says (RFC 8098); empty if this is none, or one that says something else."""
    kinds = [part.get_content_type() for part in parts(mail)]
    if "message/disposition-notification" not in kinds or is_report(mail):
        return ""
    return "It says that a mail of ours was opened."


def _calendar_answer(mail: Mail) -> CalendarAnswer | ForAPerson | None:
    """What its calendar parts say together; None if there are none. A copy beside the first says the same."""
    said: list[CalendarAnswer | ForAPerson] = []
    for part in parts(mail):
        name = str(part.get_filename("") or "").lower()
        if part.get_content_type() in CALENDARS or name.endswith(".ics"):
            method = part.get_param("method", "")
            text = content(part, LARGEST_CALENDAR + 1)
            said.append(read_answer(text, method if isinstance(method, str) else ""))
    if len(said) > MOST_CALENDARS:
        return ForAPerson("It carries many calendar entries.")
    answers = list(dict.fromkeys(found for found in said if isinstance(found, CalendarAnswer)))
    if len(answers) > 1:
        return ForAPerson("It gives more than one answer.", answers[0].uid)
    return next(iter(answers or said), None)


def _why_automatic(mail: Mail, who: str, own: Collection[str]) -> Automatic | None:
    """Why nobody wrote this mail (RFC 3834 section 5, RFC 2919); None if somebody did."""
    if (who in own and not _is_passed_on(mail, own)) or set(addresses(mail, "X-Loop")) & set(own):
        return Automatic("It is from our own mailbox.")
    submitted = header(mail, "Auto-Submitted").partition("(")[0].partition(";")[0].strip().lower()
    precedence = header(mail, "Precedence").strip().lower()
    marks = {mark.strip().lower() for mark in headers(mail, *_ABSENCE)} - {"", "no"}
    is_note = submitted == "auto-generated" and _ABSENT.match(decoded(header(mail, "Subject")))
    if submitted == "auto-replied" or precedence == "auto_reply" or marks or is_note:
        return Automatic("It was sent automatically.")
    if submitted not in ("", "no"):
        return Automatic("It was sent automatically.", may_be_words=True)
    if precedence in ("bulk", "list", "junk"):
        return Automatic("It was sent to many.", may_be_words=True)
    if any(headers(mail, "List-Id", "List-Unsubscribe")):
        return Automatic("It came from a mailing list.", may_be_words=True)
    return None


def _is_passed_on(mail: Mail, own: Collection[str]) -> bool:
    """Whether somebody else wrote it, and a group or a forwarding server put our own address on it."""
    return bool(set(addresses(mail, "Reply-To", "X-Original-From", "X-Original-Sender")) - set(own))
