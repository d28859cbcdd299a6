"""What a message says of a child (HL7 v2.3 to v2.8, chapters 2 and 3). The only module that knows `hl7`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import timezone as zones

import hl7
from django.conf import settings
from django.utils import timezone

from crmo_clinic.nhsuk import nhs_number, phone
from crmo_clinic.nhsuk.email_address import is_mailable
from patients.models import Sex, plain_hospital_number
from scheduling.adt.framing import Header, header_of
from scheduling.models import EVENTS

# MSH-18 (HL7 table 0211). Without it ASCII is meant, and UTF-8 is sent.
CHARSETS = {
    "": "", "ASCII": "", "UNICODE": "utf-8", "UNICODE UTF-8": "utf-8", "UTF-8": "utf-8",
    "8859/1": "cp1252", "8859/2": "iso8859-2", "8859/3": "iso8859-3", "8859/4": "iso8859-4",
    "8859/5": "iso8859-5", "8859/6": "iso8859-6", "8859/7": "iso8859-7", "8859/8": "iso8859-8",
    "8859/9": "iso8859-9", "8859/15": "iso8859-15",
}  # fmt: skip
SEXES = {"F": Sex.FEMALE, "2": Sex.FEMALE, "M": Sex.MALE, "1": Sex.MALE, "9": Sex.INDETERMINATE}
# An identifier that is an NHS number, by its type or by who assigned it (PID-3.5, PID-3.4).
NHS_TYPES, NHS_AUTHORITIES = {"NH", "NHS"}, {"NHS", "NHSNBR", "NHSNUMBER", "2.16.840.1.113883.2.1.4.1"}
HOSPITAL_TYPES = ("MR", "PI", "PT", "")
# Names and addresses that are in use; not those of birth, of before, or known to be wrong.
NAMES_IN_USE, ADDRESSES_IN_USE = ("L", "", "U", "D"), ("H", "P", "C", "L", "")
EMPTIED = '""'
LONGEST_NAME, LONGEST_ADDRESS, LONGEST_NUMBER = 200, 300, 30
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(?:(\d\d)(?:\.\d{1,4})?)?)?(?:([+-])(\d\d)(\d\d))?")
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
class Kin:
    """Somebody around the child (NK1). phones: as they are stored here."""

    name: str
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()


@dataclass(frozen=True)
class Said:
    """What one message says. What is empty or None it does not say; an `address` of "" was taken out there.

    name, whole_name: first name and family name; with those between too. language: its code or its name.
    before: the numbers of the record that was made one with this (MRG-1): of the hospital, then of the NHS.
    """

    event: str
    happened_at: datetime | None
    hospital_numbers: tuple[str, ...] = ()
    nhs_number: str | None = None
    name: str = ""
    whole_name: str = ""
    birth_date: date | None = None
    sex: str = ""
    address: str | None = None
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    language: str = ""
    has_died: bool = False
    died_on: date | None = None
    kin: tuple[Kin, ...] = ()
    before: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())


@dataclass(frozen=True)
class _Message:
    """A message taken apart. Every text that comes out of it has its escapes resolved."""

    header: Header
    charset: str
    segments: list[hl7.Segment] = field(default_factory=list)

    def of(self, name: str) -> list[hl7.Segment]:
        return [segment for segment in self.segments if str(segment[0]) == name]

    def first(self, name: str) -> hl7.Segment:
        found = self.of(name)
        if not found:
            raise Unreadable(SEGMENT_MISSING, f"It has no {name} segment.", name)
        return found[0]

    def repetitions(self, segment: hl7.Segment, number: int) -> Iterator[list[str]]:
        """The components of each repetition of a field, of each its first subcomponent."""
        for repetition in segment[number] if number < len(segment) else ():
            parts = repetition if isinstance(repetition, hl7.Repetition) else [repetition]
            yield [self._text(part[0] if isinstance(part, hl7.Component) else part) for part in parts]

    def value(self, segment: hl7.Segment, number: int, component: int = 1) -> str:
        return next((_at(parts, component) for parts in self.repetitions(segment, number)), "")

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


def read(raw: bytes) -> Said:
    """What a message says. Raises Unreadable, and nothing else, whatever the bytes are."""
    try:
        return _read(raw)
    except Unreadable:
        raise
    except Exception as fault:
        raise Unreadable(BROKEN, "It cannot be taken apart.") from fault


def when(header: Header) -> datetime | None:
    """When the message was written (MSH-7), if it says so."""
    return _moment(header.component(7, 1))


def in_words(header: Header, text: str) -> str:
    """A field of the first line as people read it, without signs that no database keeps."""
    try:
        shown = _decoded(text.encode("latin-1"), _charset(header), errors="replace")
    except Unreadable:
        shown = text
    return re.sub(r"[\x00-\x1f\x7f]+", " ", shown).strip()[:200]


def _read(raw: bytes) -> Said:
    header = header_of(raw)
    if not header.fields:
        raise Unreadable(SEGMENT_MISSING, "It does not begin with an MSH segment.", "MSH")
    charset = _charset(header)
    text = _decoded(re.sub(rb"[\r\n]+", b"\r", raw.strip()), charset)
    message = _Message(header, charset, list(hl7.parse(text)))
    event = _event(header, message)
    evn = message.of("EVN")
    happened_at = _moment(message.value(evn[0], 2)) if evn else None
    pid = message.first("PID")
    before = _numbers(message, message.first("MRG"), 1) if event == "A40" else ((), ())
    hospital, nhs = _numbers(message, pid, 3)
    if not hospital and not nhs:
        raise Unreadable(FIELD_MISSING, "It has no number of the child that can be read.", "PID^1^3")
    if event == "A40" and not any(before):
        raise Unreadable(FIELD_MISSING, "It has no number of the record that was merged.", "MRG^1^1")
    names = list(message.repetitions(pid, 5))
    name, whole_name = _name(names)
    phones, emails = _ways(message, pid, 13, 14)
    return Said(
        event=event,
        happened_at=happened_at or when(header),
        hospital_numbers=hospital,
        nhs_number=nhs[0] if nhs else None,
        name=name,
        whole_name=whole_name,
        birth_date=_day(message.value(pid, 7), "PID^1^7"),
        sex=SEXES.get(message.value(pid, 8).upper(), ""),
        address=_address(list(message.repetitions(pid, 11))),
        phones=phones,
        emails=emails,
        language=message.value(pid, 15, 2) or message.value(pid, 15),
        has_died=message.value(pid, 30).upper() in ("Y", "1") or _has_value(message.value(pid, 29)),
        died_on=(died_at := _moment(message.value(pid, 29))) and died_at.date(),
        kin=tuple(_kin(message)),
        before=before,
    )


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


def _event(header: Header, message: _Message) -> str:
    kind, event = header.component(9, 1), header.component(9, 2)
    if kind != "ADT":
        raise Unreadable(NOT_THIS_TYPE, "Only ADT messages are taken here.", "MSH^1^9", is_rejected=True)
    if not event and (evn := message.of("EVN")):
        event = message.value(evn[0], 1)
    if event not in EVENTS:
        what = "Of ADT messages only A28, A31 and A40 are taken here."
        raise Unreadable(NOT_THIS_EVENT, what, "MSH^1^9", is_rejected=True)
    return event


def _numbers(message: _Message, segment: hl7.Segment, number: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The hospital numbers, the likeliest first, and the NHS numbers."""
    hospital: list[tuple[int, str]] = []
    nhs: list[str] = []
    for parts in message.repetitions(segment, number):
        text, authority, kind = _at(parts, 1), _at(parts, 4).upper(), _at(parts, 5).upper()
        if kind in NHS_TYPES or authority in NHS_AUTHORITIES:
            digits = nhs_number.normalise(text)
            # Ten noughts have a right check digit, and stand for none.
            nhs += [digits] if nhs_number.is_valid(digits) and len(set(digits)) > 1 else []
            continue
        plain = plain_hospital_number(text)
        ours = settings.ADT_AUTHORITY.upper()
        if plain and len(plain) <= LONGEST_NUMBER and kind in HOSPITAL_TYPES and ours in ("", authority):
            hospital.append((HOSPITAL_TYPES.index(kind), plain))
    return tuple(dict.fromkeys(each for _, each in sorted(hospital, key=lambda at: at[0]))), tuple(nhs)


def _name(names: list[list[str]]) -> tuple[str, str]:
    """The name in use without and with its middle names, first names first; empty if there is none."""
    for kind in NAMES_IN_USE:
        for parts in names:
            family, given, middle = (_capitalised(_at(parts, n)) for n in (1, 2, 3))
            if _at(parts, 7).upper() == kind and _has_value(family) and _has_value(given):
                middle = middle if _has_value(middle) else ""
                whole = " ".join(filter(None, (given, middle, family)))
                if len(whole) > LONGEST_NAME:
                    raise Unreadable(WRONG_TYPE, "The name of the child is too long.", "PID^1^5")
                return f"{given} {family}", whole
    return "", ""


def _capitalised(text: str) -> str:
    """Many systems write names in capitals only."""
    if not text.isupper() or len(text) < 2:
        return text
    return re.sub(r"[^\W\d_]+", lambda word: word[0][0] + word[0][1:].lower(), text)


def _address(addresses: list[list[str]]) -> str | None:
    for kind in ADDRESSES_IN_USE:
        for parts in addresses:
            if parts[:1] == [EMPTIED]:
                return ""
            lines = [_at(parts, number) for number in (1, 2, 3, 4, 5)]
            text = ", ".join(line for line in lines if _has_value(line))
            if text and _at(parts, 7).upper() == kind:
                return text[:LONGEST_ADDRESS]
    return None


def _kin(message: _Message) -> Iterator[Kin]:
    for segment in message.of("NK1"):
        name, _ = _name(list(message.repetitions(segment, 2)))
        phones, emails = _ways(message, segment, 5, 6)
        if name:
            yield Kin(name, phones, emails)


def _ways(message: _Message, segment: hl7.Segment, *numbers: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Phone numbers and email addresses in fields of the type XTN; what is neither is left out."""
    phones: list[str] = []
    emails: list[str] = []
    for number in numbers:
        for parts in message.repetitions(segment, number):
            whole = [_at(parts, 1), _at(parts, 12), _at(parts, 6) + _at(parts, 7)]
            for text in filter(_has_value, whole):
                try:
                    phones.append(phone.read(text))
                except phone.Unreadable:
                    emails += [text] if "@" in text else []
            emails += [each for each in (_at(parts, 4),) if "@" in each]
    found = (each for each in emails if len(each) <= 254 and is_mailable(each))
    return tuple(dict.fromkeys(phones)), tuple(dict.fromkeys(found))


def _at(parts: list[str], number: int) -> str:
    return parts[number - 1] if number <= len(parts) else ""


def _has_value(text: str) -> bool:
    return bool(text) and text != EMPTIED


def _day(text: str, place: str) -> date | None:
    if not _has_value(text):
        return None
    try:
        return datetime.strptime(text[:8], "%Y%m%d").date()  # noqa: DTZ007
    except ValueError:
        raise Unreadable(WRONG_TYPE, "A date in it is no date.", place) from None


def _moment(text: str) -> datetime | None:
    """A time as HL7 writes it; without a zone it is that of the hospital. None if it is none."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    sign, hours, minutes = found.groups()[6:]
    try:
        at = datetime(year, month, day, hour, minute, min(second, 59))  # noqa: DTZ001
        if sign:
            offset = timedelta(hours=int(hours), minutes=int(minutes))
            return at.replace(tzinfo=zones(offset if sign == "+" else -offset))
        return timezone.make_aware(at)
    except (ValueError, OverflowError):
        return None


def in_lines(header: Header, raw: bytes) -> list[str]:
    """The segments as they stand, as far as they can be shown."""
    try:
        charset = _charset(header)
    except Unreadable:
        charset = ""
    text = _decoded(raw, charset, errors="replace")
    return [re.sub(r"[\x00-\x1f\x7f]", "�", line) for line in re.split(r"[\r\n]+", text)]
