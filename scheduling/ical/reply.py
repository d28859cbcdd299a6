"""What comes into the mailbox: an answer, a returned mail of ours, an automatic mail, or one for a person.

Every mail is one of these four; one that is not understood is for a person. No mail is answered by a mail:
two programs would answer each other for ever (RFC 3834 section 2).
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from scheduling.ical.answer import LARGEST_CALENDAR, CalendarAnswer, ForAPerson, read_answer
from scheduling.ical.authentication import is_authentic
from scheduling.ical.opened_mail import (
    Mail,
    addresses,
    content,
    decoded,
    head_of,
    header,
    headers,
    identifiers,
    inner,
    message_ids,
    opened,
    parts,
    sender,
    text_of,
    too_much,
)

CALENDARS = ("text/calendar", "application/ics", "text/x-vcalendar")
ABOUT_US = ("In-Reply-To", "References")
MOST_CALENDARS = 5
MOST_IDENTIFIERS = 20

_DAEMON = re.compile(r"(?:mailer-daemon|postmaster)@.*")
_LATE = re.compile(r"delay|warning|still (?:trying|being)|not yet", re.IGNORECASE)
_UNDELIVERED = re.compile(
    r"undeliver|not (?:be )?deliver|deliver\w* .{0,40}fail|fail\w* .{0,40}deliver"
    r"|returned (?:mail|to sender)",
    re.IGNORECASE,
)
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_UNREADABLE = "The app could not make out what this mail is."


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mail of ours that did not arrive (RFC 3464), or not yet.

    is_final: it will not be tried again. message_ids: of the mails it may be about. status: as in RFC 3463,
    such as "5.1.1"; may be empty.
    """

    is_final: bool
    message_ids: tuple[str, ...]
    status: str = ""


@dataclass(frozen=True, slots=True)
class Automatic:
    """Nothing to do, and why, as a sentence."""

    why: str


Content = CalendarAnswer | Bounce | Automatic | ForAPerson


@dataclass(frozen=True, slots=True)
class IncomingLetter:
    """One mail as read.

    message_id and about: identifiers with their brackets, of the mail itself (may be empty) and of those it
    answers. sender: the address it says it is from, empty if that is not plain; is_authentic: whether our own
    server vouches for it. to: the addresses it came to. All addresses are in small letters.
    """

    message_id: str
    about: tuple[str, ...]
    sender: str
    is_authentic: bool
    to: tuple[str, ...]
    content: Content


@dataclass(frozen=True, slots=True)
class Readable:
    """A mail as a person may safely read it: text only."""

    subject: str
    text: str


def read_mail(raw: bytes, *, authserv_id: str, own: Collection[str] = ()) -> IncomingLetter:
    """Read a mail from anybody. Never raises, whatever the bytes are.

    authserv_id: whose Authentication-Results are believed, nobody's if empty. own: our mailboxes' addresses.
    """
    why = too_much(raw)
    try:
        mail = opened(head_of(raw) if why else raw)
        about = message_ids(mail, *ABOUT_US)[:MOST_IDENTIFIERS]
        identifier, who = message_ids(mail, "Message-ID")[:1], sender(mail)
        to = addresses(mail, "Delivered-To", "X-Original-To", "To", "Cc")
        authentic = bool(who) and is_authentic(mail, who, authserv_id)
        found = ForAPerson(why) if why else _content(mail, who, {address.casefold() for address in own})
    except Exception:
        # Python's mail parser may raise almost any error; no mail may be lost because of that.
        return IncomingLetter("", (), "", False, (), ForAPerson(why or _UNREADABLE))
    return IncomingLetter("".join(identifier), about, who, authentic, to, found)


def read_text(raw: bytes) -> Readable:
    """The subject and the text of a mail from anybody. Never raises."""
    why = too_much(raw)
    try:
        mail = opened(head_of(raw) if why else raw)
        return Readable(decoded(header(mail, "Subject"))[:300], "" if why else text_of(mail))
    except Exception:
        return Readable("", "")


def _content(mail: Mail, who: str, own: Collection[str]) -> Content:
    if report := _report(mail):
        return report
    answer = _calendar_answer(mail)
    if isinstance(answer, CalendarAnswer) or (answer and who not in own):
        return answer
    if returned := _returned_without_report(mail, who):
        return returned
    if why := _why_automatic(mail, who, own):
        return Automatic(why)
    if _is_from_a_server(mail, who):
        return ForAPerson("A mail server wrote, and not plainly about which mail.")
    return ForAPerson("Somebody wrote in their own words.")


def _report(mail: Mail) -> Bounce | Automatic | None:
    """What a report says about a mail of ours; None if this is not a report (RFC 6522)."""
    if mail.get_content_type() != "multipart/report":
        return None
    kinds = [part.get_content_type() for part in parts(mail)]
    if "message/disposition-notification" in kinds:
        return Automatic("It says that a mail of ours was opened.")
    fields = "\n".join(_fields(mail))
    actions = {found.lower() for found in re.findall(r"^Action:[ \t]*([a-z]+)", fields, re.M | re.I)}
    if not actions:
        return None
    if not actions & {"failed", "delayed"}:
        return Automatic("It says that a mail of ours arrived.")
    status = re.findall(r"^Status:[ \t]*(\S{1,20})", fields, re.M | re.I)
    status = [found for found in status if _STATUS.fullmatch(found)]
    return Bounce("failed" in actions, _identifiers(mail), next(iter(status), ""))


def _fields(mail: Mail) -> Iterator[str]:
    """The fields of a delivery report as text. Each block of them is a part of its own to the parser."""
    for part in parts(mail):
        if part.get_content_type() in ("message/delivery-status", "message/global-delivery-status"):
            for block in inner(part):
                yield from (f"{name}: {value}" for name, value in block.items())
                body = block.get_payload()
                yield body if isinstance(body, str) else ""


def _identifiers(mail: Mail) -> tuple[str, ...]:
    """Message-IDs of the mails that a returned one may be about: of a mail within it, or mentioned in it."""
    found = []
    for part in parts(mail):
        kind = part.get_content_type()
        if kind in ("message/rfc822", "message/global"):
            found += [
                known for mail_within in inner(part) for known in message_ids(mail_within, "Message-ID")
            ]
        elif kind in ("text/rfc822-headers", "message/global-headers", "text/plain"):
            for line in re.findall(r"^[> \t]*Message-ID:\s*(\S{1,300})", content(part), re.M | re.I):
                found += identifiers(line)
    found += message_ids(mail, *ABOUT_US)
    return tuple(dict.fromkeys(found))[:MOST_IDENTIFIERS]


def _returned_without_report(mail: Mail, who: str) -> Bounce | None:
    """What a mail server wrote in words of its own, if it says which mail it could not deliver."""
    subject = decoded(header(mail, "Subject"))
    said = subject if not _DAEMON.fullmatch(who) else f"{subject} {text_of(mail)[:2000]}"
    failed = header(mail, "X-Failed-Recipients") or (
        _is_from_a_server(mail, who) and _UNDELIVERED.search(said)
    )
    found = _identifiers(mail) if failed else ()
    return Bounce(not _LATE.search(subject), found) if found else None


def _is_from_a_server(mail: Mail, who: str) -> bool:
    return header(mail, "Return-Path") == "<>" or bool(_DAEMON.fullmatch(who))


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


def _why_automatic(mail: Mail, who: str, own: Collection[str]) -> str:
    """Why no person wrote this mail, as a sentence (RFC 3834 section 5, RFC 2919); empty if one did."""
    if who and who in own:
        return "It is from our own mailbox."
    submitted = header(mail, "Auto-Submitted").partition(";")[0].strip().lower()
    if submitted not in ("", "no") or any(headers(mail, "X-Autoreply", "X-Autorespond")):
        return "It was sent automatically."
    if header(mail, "Precedence").strip().lower() in ("bulk", "list", "junk", "auto_reply"):
        return "It was sent to many."
    if any(headers(mail, "List-Id", "List-Unsubscribe")):
        return "It came from a mailing list."
    return ""
