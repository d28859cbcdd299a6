"""Opening a mail from anybody: who it says it is from, whether that was checked, and what it says as text.

What is read here was written by strangers. Nothing of it may raise, take long or be believed without a check:
a mail is measured before it is parsed, headers go through email's older interface, which does not interpret
them, and texts come out on one line or as plain lines, with nothing in them that a database would refuse.
"""

import codecs
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.header import decode_header
from email.message import Message
from email.policy import compat32
from html import unescape

from crmo_clinic.nhsuk.email_address import is_mailable
from scheduling.ical.text import lines, one_line

LARGEST_MAIL = 1_000_000  # octets
MOST_LINES = 25_000
MOST_PARTS = 30
LONGEST_TYPE = 4_000  # octets of one Content-Type, folds included
LONGEST_HEADER = 8_000  # characters of any other header that is read
LARGEST_HEAD = 64_000  # octets of all headers together
LONGEST_TEXT = 20_000

Mail = Message

# Every part that is not plain text has a Content-Type, however deeply it is nested.
_TYPES = re.compile(rb"(?:\A|(?<=[\r\n]))content-type:[^\r\n]*(?:(?:\r\n?|\n)[ \t][^\r\n]*)*", re.IGNORECASE)
_BOUNDARIES = re.compile(rb"boundary", re.IGNORECASE)
_LINES = re.compile(rb"\r\n?|\n")
_MESSAGE_ID = re.compile(r"<[!-;=?A-~]{1,120}@[A-Za-z0-9._-]{1,120}>")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_FROM = re.compile(r"[^<>@,;:()]*<([^<>()\s]+)>(?:\s*\([^()]*\))?")
# Only these declared charsets are used: some others take very long to decode, or are no charset at all.
_CHARSETS = re.compile(r"utf-8|ascii|iso8859-\d+|cp125\d|koi8-[ru]|gb2312|gbk|big5|shift_jis|euc_(?:jp|kr)")


def too_much(raw: bytes) -> str:
    """Why this mail is not opened by the app, as a sentence; empty if it may be."""
    if len(raw) > LARGEST_MAIL:
        return "The mail is too large to be read by the app."
    types = [found.end() - found.start() for found in _TYPES.finditer(raw)]
    nested = len(_BOUNDARIES.findall(raw)) > MOST_PARTS or len(types) > MOST_PARTS
    if nested or raw.count(b"\n--") + raw.count(b"\r--") > 20 * MOST_PARTS:
        return "The mail has too many parts to be read by the app."
    is_odd = max(types, default=0) > LONGEST_TYPE or _end_of_head(raw) > LARGEST_HEAD
    if is_odd or sum(1 for _ in _LINES.finditer(raw)) > MOST_LINES:
        return "The mail is written in a way that the app does not read."
    return ""


def head_of(raw: bytes) -> bytes:
    """The headers of a mail, without Content-Type: all that is read of a mail that is `too_much`."""
    return _TYPES.sub(b"", raw[: min(_end_of_head(raw), LARGEST_HEAD)]) + b"\r\n\r\n"


def _end_of_head(raw: bytes) -> int:
    ends = [place for mark in (b"\r\n\r\n", b"\n\n", b"\r\r") if (place := raw.find(mark)) >= 0]
    return min(ends, default=len(raw))


def opened(raw: bytes) -> Mail:
    """The parsed mail. Ask `too_much` first."""
    return message_from_bytes(raw, policy=compat32)


def header(mail: Mail, name: str) -> str:
    """The first header of that name on one line, as it stands; empty if there is none."""
    return next(headers(mail, name), "")


def headers(mail: Mail, *names: str) -> Iterator[str]:
    """All headers of these names from the top."""
    wanted = {name.lower() for name in names}
    return (_plain(value) for name, value in mail.items() if name.lower() in wanted)


def _plain(value: object) -> str:
    # A value with other octets than ASCII comes as a Header.
    return one_line(str(value)[:LONGEST_HEADER])


def decoded(text: str) -> str:
    """A header's encoded words as text (RFC 2047); as it stands if they are broken."""
    try:
        return one_line("".join(_words(part, charset) for part, charset in decode_header(text[:1000])))
    except ValueError:
        return text


def _words(part: bytes | str, charset: str | None) -> str:
    return part if isinstance(part, str) else in_charset(part, charset or "utf-8")


def message_ids(mail: Mail, *names: str) -> tuple[str, ...]:
    """The identifiers in these headers, with their brackets (RFC 5322 section 3.6.4)."""
    return tuple(found for text in headers(mail, *names) for found in identifiers(text))


def identifiers(text: str) -> list[str]:
    return _MESSAGE_ID.findall(text)


def sender(mail: Mail) -> str:
    """The one address that the mail says it is from, in small letters; empty if it is not exactly one.

    Stricter than the standard on purpose: the server that checked the address must have read the same one.
    """
    found = list(headers(mail, "From"))
    if len(found) != 1:
        return ""
    text = _QUOTED.sub("", found[0]).strip()
    matched = _FROM.fullmatch(text)
    address = matched[1] if matched else text.partition("(")[0].strip()
    return address.casefold() if is_mailable(address) else ""


def addresses(mail: Mail, *names: str) -> tuple[str, ...]:
    """Every address in these headers, in small letters, as far as they can be told apart."""
    words = (
        word.strip('<>",;:()').casefold()
        for text in headers(mail, *names)
        for word in re.split(r"[\s<>,]+", text)[:200]
    )
    return tuple(word for word in words if is_mailable(word))


def parts(mail: Mail) -> Iterator[Mail]:
    """The parts with content, in order. Not those of a mail within the mail: somebody else wrote that."""
    if mail.get_content_maintype() == "multipart" and mail.is_multipart():
        for part in inner(mail):
            yield from parts(part)
    else:
        yield mail


def inner(part: Mail) -> list[Mail]:
    """What is directly within a part: its parts, a mail, or the blocks of a report."""
    within = part.get_payload()
    return [each for each in within if isinstance(each, Message)] if isinstance(within, list) else []


def content(part: Mail, limit: int = LARGEST_MAIL) -> str:
    """What a part says, decoded as well as can be; empty if it has parts of its own."""
    octets = part.get_payload(decode=True)
    charset = part.get_content_charset("utf-8")
    return in_charset(octets[:limit], charset) if isinstance(octets, bytes) else ""


def in_charset(octets: bytes, charset: str) -> str:
    """Text in that charset if it is one of the usual ones; else in UTF-8, or in Windows-1252."""
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):
        name = "utf-8"
    if not _CHARSETS.fullmatch(name) or name in ("utf-8", "ascii"):
        try:
            return octets.decode("utf-8")
        except UnicodeDecodeError:
            name = "cp1252"
    return octets.decode(name, "replace")


def text_of(mail: Mail) -> str:
    """What a person wrote, as plain lines: the plain part, or else the words of the HTML part."""
    for kind, words in (("text/plain", str), ("text/html", _words_of_html)):
        found = [
            lines(words(content(part, 5 * LONGEST_TEXT)))
            for part in parts(mail)
            if part.get_content_type() == kind
        ]
        if any(found):
            return "\n\n".join(filter(None, found))[:LONGEST_TEXT]
    return ""


def _words_of_html(html: str) -> str:
    """The text between tags, in one pass: no parser is needed to throw tags away."""
    words, hidden = [], ""
    for piece in html.split("<"):
        tag, closes, text = piece.partition(">")
        if not closes:
            tag, text = "", piece
        name = tag.strip().partition(" ")[0].lower()
        if hidden:
            hidden = "" if name == f"/{hidden}" else hidden
        elif name in ("style", "script", "head", "title"):
            hidden = name
        if not hidden:
            words.append("\n" if name in ("br", "br/", "/p", "/div", "/tr", "/li") else "")
            words.append(text)
    return re.sub(r"\n\s*\n\s*", "\n\n", unescape("".join(words)))
