"""A message taken apart: character set, segments, fields, escapes. The only module that knows `hl7`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, datetime, timedelta
from datetime import timezone as zones

from django.utils import timezone
from hl7 import Component, Repetition, Segment, parse

from scheduling.adt.framing import Header, header_of

# MSH-18 (HL7 table 0211). Without it ASCII is meant, and UTF-8 is sent.
CHARSETS = {
    "": "", "ASCII": "", "UNICODE": "utf-8", "UNICODE UTF-8": "utf-8", "UTF-8": "utf-8",
    "8859/1": "cp1252", "8859/2": "iso8859-2", "8859/3": "iso8859-3", "8859/4": "iso8859-4",
    "8859/5": "iso8859-5", "8859/6": "iso8859-6", "8859/7": "iso8859-7", "8859/8": "iso8859-8",
    "8859/9": "iso8859-9", "8859/15": "iso8859-15",
}  # fmt: skip
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(?:(\d\d)(?:\.\d{1,4})?)?)?(?:([+-])(\d\d)(\d\d))?")
FIRST_YEAR = 1900
# HL7 table 0357.
SEGMENT_MISSING, FIELD_MISSING, WRONG_TYPE, NOT_THIS_TYPE, NOT_THIS_EVENT, NOT_THIS_KIND, BROKEN = (
    *("100", "101", "102", "200", "201", "202", "207"),
)


class Unreadable(ValueError):
    """A message cannot be read. words: a sentence that quotes nothing of it.

    code: of HL7 table 0357. place: where, such as `PID^1^7`. is_rejected: it is no fault of the message
    itself, but nothing that is taken here.
    """

    def __init__(self, code: str, words: str, place: str = "", *, is_rejected: bool = False) -> None:
        super().__init__(words)
        self.code, self.words, self.place, self.is_rejected = code, words, place, is_rejected


@dataclass(frozen=True)
class TakenApart:
    """A message taken apart. Every text that comes out of it has its escapes resolved."""

    header: Header
    charset: str
    segments: list[Segment]

    def of(self, name: str) -> list[Segment]:
        return [segment for segment in self.segments if str(segment[0]) == name]

    def first(self, name: str) -> Segment:
        found = self.of(name)
        if not found:
            raise Unreadable(SEGMENT_MISSING, f"It has no {name} segment.", name)
        return found[0]

    def repetitions(self, segment: Segment, number: int) -> Iterator[list[str]]:
        """The components of each repetition of a field: of each the first subcomponent with a value."""
        for repetition in segment[number] if number < len(segment) else ():
            parts = repetition if isinstance(repetition, Repetition) else [repetition]
            yield [self._component(part) for part in parts]

    def value(self, segment: Segment, number: int, component: int = 1) -> str:
        return next((at(parts, component) for parts in self.repetitions(segment, number)), "")

    def _component(self, part: object) -> str:
        subcomponents = part if isinstance(part, Component) else [part]
        return next(filter(None, map(self._text, subcomponents)), "")

    def _text(self, stored: object) -> str:
        escape = self.header.signs[2]
        text = str(stored)
        if escape in text:
            sign = re.escape(escape)
            text = re.sub(f"{sign}([^{sign}]*){sign}", lambda found: self._resolved(found[1]), text)
        # No database keeps a NUL, and no name has other control signs.
        return re.sub(r"[\x00-\x1f\x7f]+", " ", text).strip()

    def _resolved(self, sequence: str) -> str:
        """What an escape sequence stands for; nothing for those that only say how a text is printed."""
        header = self.header
        signs = {"F": header.separator, "S": header.signs[0], "R": header.signs[1], "E": header.signs[2]}
        signs |= {"T": header.signs[3], ".br": " ", ".sp": " "}
        if re.fullmatch("X(?:[0-9A-Fa-f]{2})+", sequence):
            return _decoded(bytes.fromhex(sequence[1:]), self.charset, errors="replace")
        return signs.get(sequence, "")


def take_apart(raw: bytes) -> TakenApart:
    """The message. Raises Unreadable for what this app can say, and what `hl7` raises for all else."""
    header = header_of(raw)
    if not header.fields:
        raise Unreadable(SEGMENT_MISSING, "It does not begin with an MSH segment.", "MSH")
    charset = _charset(header)
    text = _decoded(re.sub(rb"[\r\n]+", b"\r", raw.strip()), charset)
    return TakenApart(header, charset, list(parse(text)))


def when(header: Header) -> datetime | None:
    """When the message was written (MSH-7), if it says so."""
    return moment_of(header.component(7, 1))


def in_words(header: Header, text: str) -> str:
    """A field of the first line as people read it, without signs that no database keeps."""
    try:
        shown = _decoded(text.encode("latin-1"), _charset(header), errors="replace")
    except Unreadable:
        shown = text
    return re.sub(r"[\x00-\x1f\x7f]+", " ", shown).strip()[:200]


def in_lines(header: Header, raw: bytes) -> list[str]:
    """The segments as they stand, as far as they can be shown."""
    try:
        charset = _charset(header)
    except Unreadable:
        charset = ""
    text = _decoded(raw, charset, errors="replace")
    return [re.sub(r"[\x00-\x1f\x7f]", "�", line) for line in re.split(r"[\r\n]+", text)]


def moment_of(text: str) -> datetime | None:
    """A time as HL7 writes it; without a zone it is that of the hospital. None if it is none, as in the years
    that systems write for “not known”: at the ends of the calendar a zone cannot be reckoned with."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    sign, hours, minutes = found.groups()[6:]
    if not FIRST_YEAR <= year < MAXYEAR:
        return None
    try:
        moment = datetime(year, month, day, hour, minute, min(second, 59))  # noqa: DTZ001
        if sign:
            offset = timedelta(hours=int(hours), minutes=int(minutes))
            return moment.replace(tzinfo=zones(offset if sign == "+" else -offset))
        return timezone.make_aware(moment)
    except (ValueError, OverflowError):
        return None


def _charset(header: Header) -> str:
    name = header.component(18, 1).upper()
    if name not in CHARSETS:
        raise Unreadable(WRONG_TYPE, "It is written in a character set that is not known here.", "MSH^1^18")
    return CHARSETS[name]


def _decoded(raw: bytes, charset: str, errors: str = "strict") -> str:
    """The text. charset: empty if none is named; then it is UTF-8 if it can be, and else Western European."""
    try:
        return raw.decode(charset or "utf-8", errors if charset else "strict")
    except UnicodeDecodeError:
        if charset:
            raise Unreadable(WRONG_TYPE, "It is not written in the character set that it names.") from None
        return raw.decode("cp1252", "replace")


def at(parts: list[str], number: int) -> str:
    """The component of this number, counted from 1; empty if there is none."""
    return parts[number - 1] if number <= len(parts) else ""
