"""What mail servers write about a mail of ours: it came back, it is late, it arrived, or who knows.

Servers write reports (RFC 3464) in every shape, broken ones too: their fields are looked for all over it.
Which mail it is about is told by its Message-ID, wherever it stands, or else by the address it was for.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from html import unescape

from crmo_clinic.nhsuk.email_address import is_mailable
from scheduling.ical.opened_mail import (
    Mail,
    content,
    decoded,
    header,
    identifiers,
    inner,
    message_ids,
    parts,
    text_of,
)

ABOUT_US = ("In-Reply-To", "References")
MOST_IDENTIFIERS = 200
MOST_ADDRESSES = 50
NO_SERVER = "It reads like a mail that came back, and no mail server sent it."
UNPLAIN = "A mail server wrote, and not plainly what became of a mail."

_MOST_SIGNS = 2_000  # of "@" that are looked at
_DAEMON = re.compile(
    r"(?:mailer[-_.]?daemon|post[-_.]?master|mail[-_.]?daemon|mail[-_. ]delivery[-_. ](?:sub)?system"
    r"|microsoftexchange[0-9a-f]{8,40})",
    re.IGNORECASE,
)
_LATE = re.compile(
    r"\bdelay|\bwarning|still (?:trying|being)|not yet|(?:temporarily|temporary) (?:un|fail|error|problem)",
    re.IGNORECASE,
)
_TRIED_ON = re.compile(
    r"not yet been delivered|attempts will continue|do not need to resend"
    r"|will (?:be retried|(?:keep|continue)(?: to)? try|retry)",
    re.IGNORECASE,
)
_UNDELIVERED = re.compile(
    r"undeliver|un-deliver|not (?:be )?deliver|deliver\w* .{0,40}fail|fail\w* .{0,40}deliver"
    r"|returned (?:mail|to sender)|return(?:ing)? (?:to|message to) sender|could(?: not|n.t) (?:be )?sen[dt]"
    r"|(?:permanent|fatal) (?:fatal )?error|error sending|bounce|was rejected|failure notice",
    re.IGNORECASE,
)
_ACTION = re.compile(r"^[> \t]*Action:[ \t]*([a-z-]{1,20})", re.MULTILINE | re.IGNORECASE)
_STATUS = re.compile(r"^[> \t]*Status:[ \t]*([245]\.\d{1,3}\.\d{1,3})(?!\S)", re.MULTILINE | re.IGNORECASE)
_RECIPIENT = re.compile(
    r"^[> \t]*(?:X-Failed-Recipients|(?:Final|Original)-Recipient):[ \t]*([^\r\n]{1,300})",
    re.MULTILINE | re.IGNORECASE,
)
_BEFORE = re.compile(r"[!-;=?A-~]{1,120}\Z")
_AFTER = re.compile(r"[A-Za-z0-9._-]{1,120}")
# A MessageID that stands without its brackets may have these around it.
_AROUND = "'\"()[]{},;:`"


class Fate(StrEnum):
    """What became of a mail of ours; UNPLAIN is for a person to find out."""

    FAILED = "failed"
    LATE = "late"
    ARRIVED = "arrived"
    UNPLAIN = "unplain"


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a mail server says about a mail of ours, or what only reads as if one did (UNPLAIN).

    message_ids: of the mails it may be about, the likely ones first. recipients: the addresses it says it is
    about. mentioned: every other address in it. status: as in RFC 3463, such as "5.1.1"; may be empty. why:
    of what is not plain, as a sentence.
    """

    fate: Fate
    message_ids: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    mentioned: tuple[str, ...] = ()
    status: str = ""
    why: str = ""


def read_returned(mail: Mail, who: str) -> Bounce | None:
    """What a mail says of a mail of ours; None if neither a mail server wrote it nor it reads like that.

    who: the address it is from. What an ordinary sender says of a delivery is for a person: anybody can
    write a report.
    """
    fields = is_report(mail) or bool(header(mail, "X-Failed-Recipients"))
    failed = bool(_UNDELIVERED.search(decoded(header(mail, "Subject"))))
    if _is_from_a_server(mail, who, fields or failed):
        text = _all_text(mail)
        fate = _fate(mail, text)
        return _bounce(mail, text, fate, UNPLAIN if fate == Fate.UNPLAIN else "")
    if fields or (failed and header(mail, "Auto-Submitted")):
        return _bounce(mail, _all_text(mail), Fate.UNPLAIN, NO_SERVER)
    return None


def is_report(mail: Mail) -> bool:
    """Whether it has the part with the fields of a delivery report."""
    kinds = ("message/delivery-status", "message/global-delivery-status")
    return any(part.get_content_type() in kinds for part in parts(mail))


def _is_from_a_server(mail: Mail, who: str, reads_like_it: bool) -> bool:
    """By the name of its sender; or, if it reads like it, by a sender on its envelope that is none.

    An absence note, a receipt and an answer from a calendar may have that too (RFC 3834 section 3.3).
    """
    named = who or header(mail, "From").strip(" <>\"'")
    envelope = header(mail, "Return-Path")
    nobody = envelope == "<>" or header(mail, "From") == "<>" or _DAEMON.match(envelope.strip("<> "))
    return bool(_DAEMON.match(named)) or (reads_like_it and bool(nobody))


def _fate(mail: Mail, text: str) -> Fate:
    actions = {found.lower() for found in _ACTION.findall(text)}
    if actions:
        arrived = {"delivered", "relayed", "expanded", "deliverable"}
        if actions <= arrived:
            return Fate.ARRIVED
        return Fate.LATE if actions <= {"delayed", *arrived} else Fate.FAILED
    subject, words = decoded(header(mail, "Subject")), text_of(mail)[:2000]
    if _LATE.search(subject) or _TRIED_ON.search(words):
        return Fate.LATE
    failed = header(mail, "X-Failed-Recipients") or _UNDELIVERED.search(f"{subject} {words}")
    return Fate.FAILED if failed else Fate.UNPLAIN


def _bounce(mail: Mail, text: str, fate: Fate, why: str) -> Bounce:
    named = [header(mail, "X-Failed-Recipients"), *_RECIPIENT.findall(text)]
    recipients = _distinct(_addresses(named))[:MOST_ADDRESSES]
    tokens = list(_tokens(text))
    mentioned = _distinct(_addresses(tokens))[: MOST_ADDRESSES * 4]
    status = next(iter(_STATUS.findall(text)), "")
    found = [*_identifiers(mail), *(f"<{token.strip(_AROUND)}>" for token in tokens)]
    return Bounce(
        fate,
        _distinct(found)[:MOST_IDENTIFIERS],
        recipients,
        tuple(address for address in mentioned if address not in recipients),
        status,
        why,
    )


def _all_text(mail: Mail) -> str:
    """All that a mail says but its own headers: its parts decoded, and the mails within it with theirs."""
    said = []
    for part in mail.walk():
        if part is not mail:
            said += [f"{name}: {value}" for name, value in part.items()]
        said += [str(text) for text in (part.preamble, part.epilogue) if text]
        if not part.is_multipart():
            text = content(part)
            said.append(unescape(text) if part.get_content_type() == "text/html" else text)
    return "\n".join(said)


def _identifiers(mail: Mail) -> Iterator[str]:
    """Those of the mails within it, those it says are a Message-ID, and those it answers."""
    for part in parts(mail):
        if part.get_content_type() in ("message/rfc822", "message/global"):
            for mail_within in inner(part):
                yield from message_ids(mail_within, "Message-ID")
        else:
            for line in re.findall(r"^[> \t]*Message-ID:\s*(\S{1,300})", content(part), re.M | re.I):
                yield from identifiers(line)
    yield from message_ids(mail, *ABOUT_US)


def _tokens(text: str) -> Iterator[str]:
    """What stands around each "@": an address, or an identifier without its brackets."""
    for at in [found.start() for found in re.finditer("@", text)][:_MOST_SIGNS]:
        before, after = _BEFORE.search(text[max(0, at - 120) : at]), _AFTER.match(text, at + 1)
        if before and after:
            yield f"{before[0].rpartition('@')[2]}@{after[0].rstrip('.')}"


def _addresses(texts: Iterable[str]) -> Iterator[str]:
    """The addresses in these texts, in small letters."""
    for text in texts:
        for word in re.split(r"[\s<>,;:()\[\]\"'|=]+", text):
            address = word.rstrip(".").casefold()
            if is_mailable(address):
                yield address


def _distinct(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))
