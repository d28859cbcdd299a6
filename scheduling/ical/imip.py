"""The mail that carries an invitation (RFC 6047): words for a person and the entry for their calendar.

    multipart/mixed
      multipart/alternative
        text/plain
        text/html
        text/calendar; method=…     the entry: Outlook looks for it here and nowhere else
      application/ics               the same bytes as a file, for programs that show no invitation card

The headers go through email's older interface on purpose: the newer one writes a long identifier in
In-Reply-To as encoded words, which breaks the thread, and takes many times as long.
"""

import re
from base64 import encodebytes
from binascii import b2a_qp
from datetime import datetime
from email import message_from_bytes
from email.header import Header
from email.message import Message
from email.policy import Compat32
from email.utils import format_datetime, formataddr
from hashlib import sha256
from typing import cast

from crmo_clinic.nhsuk.email_address import is_mailable
from scheduling.ical.entry import calendar_bytes, start_of
from scheduling.ical.invitation import InvalidInvitation, Invitation, Mailbox
from scheduling.ical.text import lines, one_line

SUBJECT_LIMIT = 255


class _AsWritten(Compat32):
    """Writes headers as they are, because `_words` has folded what may be folded.

    The library's folding puts a Message-ID on a line of its own, and takes a fifth of the time of a mail.
    """

    def fold_binary(self, name: str, value: str) -> bytes:
        return f"{name}: {value}{self.linesep}".encode("ascii")


_WIRE = _AsWritten(linesep="\r\n")
_LONGEST_HEADER = "Reply-To"  # the longest name of a header that holds words

_MESSAGE_ID = re.compile(r"<[!-;=?A-~]{1,120}@[A-Za-z0-9._-]{1,120}>")


def mail_bytes(
    invitation: Invitation,
    *,
    subject: str,
    text: str,
    html: str,
    message_id: str,
    in_reply_to: str | None = None,
    date: datetime,
) -> bytes:
    """The complete message as it goes over the wire (RFC 5322, CRLF), from the organizer to the attendee.

    `message_id`, and `in_reply_to` (the identifier of the first mail about this visit), come with their angle
    brackets; `date` is aware. The same arguments give the same bytes.

    Raises:
        InvalidInvitation: the subject or a body is blank, the subject is too long, an identifier is
            malformed, or `date` has no time zone.
    """
    to = invitation.attendee
    mail = _headed(invitation.organizer, to.email, to.name, subject, message_id, in_reply_to, date)
    boundary = _boundary(message_id)
    calendar = encodebytes(calendar_bytes(invitation)).decode("ascii")
    alternatives = _part(f'multipart/alternative; boundary="{boundary}a"')
    for part in _bodies(text, html):
        alternatives.attach(part)
    alternatives.attach(
        _part(f'text/calendar; charset="utf-8"; method={invitation.method}', "base64", calendar)
    )
    attachment = _part("application/ics", "base64", calendar)
    attachment["Content-Disposition"] = 'attachment; filename="invite.ics"'
    mail["Content-Type"] = f'multipart/mixed; boundary="{boundary}m"'
    mail.attach(alternatives)
    mail.attach(attachment)
    return mail.as_bytes()


def start_in(mime: bytes) -> datetime | None:
    """When the visit starts that a mail of `mail_bytes` is about; None if it carries no entry."""
    for part in message_from_bytes(mime).walk():
        if part.get_content_type() == "text/calendar":
            # A part that is not made of parts has bytes.
            return start_of(cast(bytes, part.get_payload(decode=True)))
    return None


def notice_bytes(
    *,
    sender: Mailbox,
    address: str,
    subject: str,
    text: str,
    html: str,
    message_id: str,
    in_reply_to: str | None = None,
    date: datetime,
) -> bytes:
    """A mail that carries no calendar entry, such as a reminder: multipart/alternative, text before HTML.

    From and Reply-To are the sender, as in an invite. `address` is in To without a name: it may be the
    child's, and no header names the child. The rest is as in `mail_bytes`.

    Raises:
        InvalidInvitation: as `mail_bytes`, or `address` is not one bare ASCII address.
    """
    if not is_mailable(address):
        raise InvalidInvitation("An email address must be one plain address, like name@example.com.")
    mail = _headed(sender, address, "", subject, message_id, in_reply_to, date)
    mail["Content-Type"] = f'multipart/alternative; boundary="{_boundary(message_id)}a"'
    for part in _bodies(text, html):
        mail.attach(part)
    return mail.as_bytes()


def _headed(
    sender: Mailbox,
    address: str,
    name: str,
    subject: str,
    message_id: str,
    in_reply_to: str | None,
    date: datetime,
) -> Message:
    """A mail with every header but its content type (RFC 5322 section 3.6)."""
    subject = one_line(subject)
    if not 0 < len(subject) <= SUBJECT_LIMIT:
        raise InvalidInvitation(f"The subject of a mail must have 1 to {SUBJECT_LIMIT} characters.")
    for identifier in filter(None, (message_id, in_reply_to)):
        if not _MESSAGE_ID.fullmatch(identifier):
            raise InvalidInvitation(f"{identifier!r} is not a Message-ID like <word@example.com>.")
    if date.utcoffset() is None:
        raise InvalidInvitation("The date of a mail must have a time zone.")
    mail = Message(policy=_WIRE)
    mail["From"] = mail["Reply-To"] = _address(sender.name, sender.email)
    mail["To"] = _address(name, address)
    mail["Subject"] = _words(subject)
    mail["Date"] = format_datetime(date)
    mail["Message-ID"] = message_id
    if in_reply_to:
        mail["In-Reply-To"] = mail["References"] = in_reply_to
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5
    mail["MIME-Version"] = "1.0"
    return mail


def _bodies(text: str, html: str) -> list[Message]:
    """The same words twice, the plainest first (RFC 2046 section 5.1.4)."""
    text, html = lines(text), lines(html)
    if not text or not html:
        raise InvalidInvitation("A mail must say everything both as plain text and as HTML.")
    return [
        _part('text/plain; charset="utf-8"', "quoted-printable", _quoted_printable(text)),
        _part('text/html; charset="utf-8"', "quoted-printable", _quoted_printable(html)),
    ]


def _boundary(message_id: str) -> str:
    # "=_" cannot occur in base64 or quoted-printable, so no body can end a part early.
    return "=_" + sha256(message_id.encode()).hexdigest()[:32]


def _part(content_type: str, encoding: str = "", body: str = "") -> Message:
    part = Message(policy=_WIRE)
    part["Content-Type"] = content_type
    if encoding:
        part["Content-Transfer-Encoding"] = encoding
        part.set_payload(body)
    return part


def _quoted_printable(text: str) -> str:
    return b2a_qp(text.encode() + b"\n", istext=True).decode("ascii")


def _address(name: str, email: str) -> str:
    words = _words(name)
    return formataddr((name, email)) if words == name else f"{words} <{email}>"


def _words(text: str) -> str:
    """`text` as it may stand in a header: ASCII as it is, all else as folded encoded words (RFC 2047)."""
    if text.isascii() and "=?" not in text:
        return text
    return Header(text, "utf-8", header_name=_LONGEST_HEADER).encode(linesep="\r\n")
