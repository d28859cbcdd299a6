"""The mail that carries an invitation (RFC 6047): words for a person and the entry for their calendar.

    multipart/mixed
      multipart/alternative
        text/plain
        text/html
        text/calendar; method=…     the entry: Outlook looks for it here and nowhere else
      application/ics               the same bytes as a file, for programs that show no invitation card

Headers and parts are put together here: the email package takes several times as long, and its newer
interface writes a long identifier in In-Reply-To as encoded words, which breaks the thread.
"""

import re
from base64 import encodebytes
from binascii import b2a_qp
from datetime import datetime
from email import message_from_bytes
from email.header import Header
from email.parser import BytesHeaderParser
from email.utils import format_datetime, formataddr
from hashlib import sha256
from typing import cast

from crmo_clinic.nhsuk.email_address import is_mailable
from scheduling.ical.entry import calendar_bytes, times_of
from scheduling.ical.invitation import InvalidInvitation, Invitation, Mailbox
from scheduling.ical.text import lines, one_line

SUBJECT_LIMIT = 255

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
    head = _head(invitation.organizer, to.email, to.name, subject, message_id, in_reply_to, date)
    boundary = _boundary(message_id)
    calendar = encodebytes(calendar_bytes(invitation)).decode("ascii")
    entry = _part(f'text/calendar; charset="utf-8"; method={invitation.method}', "base64", calendar)
    alternatives = _multipart("alternative", f"{boundary}a", *_bodies(text, html), entry)
    as_file = 'Content-Disposition: attachment; filename="invite.ics"\n'
    attachment = _part("application/ics", "base64", calendar, as_file)
    return _wire(head + _multipart("mixed", f"{boundary}m", alternatives, attachment))


def times_in(mime: bytes) -> tuple[datetime, datetime] | None:
    """When the visit starts and ends that a mail of `mail_bytes` is about; None if it carries no entry."""
    for part in message_from_bytes(mime).walk():
        if part.get_content_type() == "text/calendar":
            # A part that is not made of parts has bytes.
            return times_of(cast(bytes, part.get_payload(decode=True)))
    return None


def follows(mime: bytes) -> str | None:
    """The Message-ID of the mail that one of `mail_bytes` follows, empty if it is the first; None of another
    kind of mail."""
    headers = BytesHeaderParser().parsebytes(mime)
    return headers["In-Reply-To"] or "" if headers.get_content_type() == "multipart/mixed" else None


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
    head = _head(sender, address, "", subject, message_id, in_reply_to, date)
    return _wire(head + _multipart("alternative", f"{_boundary(message_id)}a", *_bodies(text, html)))


def _head(
    sender: Mailbox,
    address: str,
    name: str,
    subject: str,
    message_id: str,
    in_reply_to: str | None,
    date: datetime,
) -> str:
    """The headers of a mail but its content type (RFC 5322 section 3.6)."""
    subject = one_line(subject)
    if not 0 < len(subject) <= SUBJECT_LIMIT:
        raise InvalidInvitation(f"The subject of a mail must have 1 to {SUBJECT_LIMIT} characters.")
    for identifier in filter(None, (message_id, in_reply_to)):
        if not _MESSAGE_ID.fullmatch(identifier):
            raise InvalidInvitation(f"{identifier!r} is not a Message-ID like <word@example.com>.")
    if date.utcoffset() is None:
        raise InvalidInvitation("The date of a mail must have a time zone.")
    from_ = _address(sender.name, sender.email)
    headers = [
        ("From", from_),
        ("Reply-To", from_),
        ("To", _address(name, address)),
        ("Subject", _words(subject)),
        ("Date", format_datetime(date)),
        ("Message-ID", message_id),
    ]
    if in_reply_to:
        headers += [("In-Reply-To", in_reply_to), ("References", in_reply_to)]
    headers += [("Auto-Submitted", "auto-generated"), ("MIME-Version", "1.0")]  # RFC 3834 §5
    return "".join(f"{field}: {value}\n" for field, value in headers)


def _bodies(text: str, html: str) -> list[str]:
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


def _part(content_type: str, encoding: str, body: str, more_headers: str = "") -> str:
    headers = f"Content-Type: {content_type}\nContent-Transfer-Encoding: {encoding}\n{more_headers}"
    return f"{headers}\n{body}"


def _multipart(kind: str, boundary: str, *parts: str) -> str:
    start = f"\n--{boundary}\n"
    end = f"\n--{boundary}--\n"
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"\n' + start + start.join(parts) + end


def _wire(mail: str) -> bytes:
    """Line breaks are single line feeds up to here; on the wire they are CRLF."""
    return mail.replace("\n", "\r\n").encode("ascii")


def _quoted_printable(text: str) -> str:
    return b2a_qp(text.encode() + b"\n", istext=True).decode("ascii")


def _address(name: str, email: str) -> str:
    words = _words(name)
    return formataddr((name, email)) if words == name else f"{words} <{email}>"


def _words(text: str) -> str:
    """`text` as it may stand in a header: ASCII as it is, all else as folded encoded words (RFC 2047)."""
    if text.isascii() and "=?" not in text:
        return text
    return Header(text, "utf-8", header_name=_LONGEST_HEADER).encode()
