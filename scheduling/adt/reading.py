"""What a message says of a child (HL7 v2.3 to v2.8, chapters 2 and 3)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.utils import timezone

from crmo_clinic.nhsuk import nhs_number, phone
from crmo_clinic.nhsuk.email_address import is_mailable
from patients.models import Sex, plain_hospital_number
from scheduling.adt.taking_apart import (
    BROKEN,
    FIELD_MISSING,
    NOT_THIS_EVENT,
    NOT_THIS_TYPE,
    SEGMENT_MISSING,
    WRONG_TYPE,
    Segment,
    TakenApart,
    Unreadable,
    at,
    moment_of,
    take_apart,
    when,
)
from scheduling.models import EVENTS

SEXES = {"F": Sex.FEMALE, "2": Sex.FEMALE, "M": Sex.MALE, "1": Sex.MALE, "9": Sex.INDETERMINATE}
# An identifier that is an NHS number, by its type or by who assigned it (PID-3.5, PID-3.4).
NHS_TYPES, NHS_AUTHORITIES = {"NH", "NHS"}, {"NHS", "NHSNBR", "NHSNUMBER", "2.16.840.1.113883.2.1.4.1"}
HOSPITAL_TYPES = ("MR", "PI", "PT", "")
# Names and addresses that are in use; not those of birth, of before, or known to be wrong.
NAMES_IN_USE, ADDRESSES_IN_USE = ("L", "", "U", "D"), ("H", "P", "C", "L", "")
EMPTIED = '""'
LONGEST_NAME, LONGEST_ADDRESS, LONGEST_NUMBER = 200, 300, 30


@dataclass(frozen=True)
class Kin:
    """Somebody around the child (NK1). phones: as they are stored here."""

    name: str
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()


@dataclass(frozen=True)
class Said:
    """What one message says. What is empty or None it does not say; an `address` of "" was taken out there.

    name, whole_name, given: first name and family name; with those between too; the first name alone.
    language: its code or its name.
    before: the numbers of the record that was made one with this (MRG-1): of the hospital, then of the NHS.
    """

    event: str
    happened_at: datetime | None
    hospital_numbers: tuple[str, ...] = ()
    nhs_number: str | None = None
    name: str = ""
    whole_name: str = ""
    given: str = ""
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


def read(raw: bytes) -> Said:
    """What a message says. Raises Unreadable, and nothing else, whatever the bytes are."""
    try:
        return _read(raw)
    except Unreadable:
        raise
    except Exception as fault:
        raise Unreadable(BROKEN, "It cannot be taken apart.") from fault


def _read(raw: bytes) -> Said:
    message = take_apart(raw)
    header = message.header
    event = _event(message)
    evn = message.of("EVN")
    happened_at = moment_of(message.value(evn[0], 2)) if evn else None
    pid = message.first("PID")
    if len(message.of("PID")) > 1 or len(message.of("MRG")) > 1:
        raise Unreadable(SEGMENT_MISSING, "It is about several people. Send a message for each.", "PID^2")
    before = _numbers(message, message.first("MRG"), 1) if event == "A40" else ((), ())
    hospital, nhs = _numbers(message, pid, 3)
    if not hospital and not nhs:
        raise Unreadable(FIELD_MISSING, "It has no number of the child that can be read.", "PID^1^3")
    if event == "A40" and not any(before):
        raise Unreadable(FIELD_MISSING, "It has no number of the record that was merged.", "MRG^1^1")
    names = list(message.repetitions(pid, 5))
    name, whole_name, given = _name(names)
    phones, emails = _ways(message, pid, 13, 14)
    return Said(
        event=event,
        happened_at=happened_at or when(header),
        hospital_numbers=hospital,
        nhs_number=nhs[0] if nhs else None,
        name=name,
        whole_name=whole_name,
        given=given,
        birth_date=_day(message.value(pid, 7), "PID^1^7"),
        sex=SEXES.get(message.value(pid, 8).upper(), ""),
        address=_address(list(message.repetitions(pid, 11))),
        phones=phones,
        emails=emails,
        language=message.value(pid, 15, 2) or message.value(pid, 15),
        has_died=message.value(pid, 30).upper() in ("Y", "1") or _has_value(message.value(pid, 29)),
        died_on=(died_at := moment_of(message.value(pid, 29))) and timezone.localdate(died_at),
        kin=tuple(_kin(message)),
        before=before,
    )


def _event(message: TakenApart) -> str:
    header = message.header
    kind, event = header.component(9, 1), header.component(9, 2)
    if kind != "ADT":
        raise Unreadable(NOT_THIS_TYPE, "Only ADT messages are taken here.", "MSH^1^9", is_rejected=True)
    if not event and (evn := message.of("EVN")):
        event = message.value(evn[0], 1)
    if event not in EVENTS:
        what = "Of ADT messages only A28, A31 and A40 are taken here."
        raise Unreadable(NOT_THIS_EVENT, what, "MSH^1^9", is_rejected=True)
    return event


def _numbers(message: TakenApart, segment: Segment, number: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The hospital numbers, the likeliest first, and the NHS numbers."""
    hospital: list[tuple[int, str]] = []
    nhs: list[str] = []
    for parts in message.repetitions(segment, number):
        text, authority, kind = at(parts, 1), at(parts, 4).upper(), at(parts, 5).upper()
        if not _has_value(text):
            continue
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


def _name(names: list[list[str]]) -> tuple[str, str, str]:
    """The name in use without and with its middle names, first names first, and the first name; empty if
    there is none."""
    for kind in NAMES_IN_USE:
        for parts in names:
            family, given, middle = (_capitalised(at(parts, n)) for n in (1, 2, 3))
            if at(parts, 7).upper() == kind and _has_value(family) and _has_value(given):
                middle = middle if _has_value(middle) else ""
                whole = " ".join(filter(None, (given, middle, family)))
                if len(whole) > LONGEST_NAME:
                    raise Unreadable(WRONG_TYPE, "The name of the child is too long.", "PID^1^5")
                return f"{given} {family}", whole, given
    return "", "", ""


def _capitalised(text: str) -> str:
    """Many systems write names in capitals only."""
    if not text.isupper() or len(text) < 2:
        return text
    return re.sub(r"[^\W\d_]+", lambda word: word[0][0] + word[0][1:].lower(), text)


def _address(addresses: list[list[str]]) -> str | None:
    """The address in use; empty if there is none, and one was taken out; None if nothing is said of any."""
    is_emptied = False
    for kind in ADDRESSES_IN_USE:
        for parts in addresses:
            if at(parts, 7).upper() != kind:
                continue
            lines = [at(parts, number) for number in (1, 2, 3, 4, 5)]
            if text := ", ".join(line for line in lines if _has_value(line)):
                return text[:LONGEST_ADDRESS]
            is_emptied = is_emptied or EMPTIED in lines
    return "" if is_emptied else None


def _kin(message: TakenApart) -> Iterator[Kin]:
    for segment in message.of("NK1"):
        name, *_ = _name(list(message.repetitions(segment, 2)))
        phones, emails = _ways(message, segment, 5, 6)
        if name:
            yield Kin(name, phones, emails)


def _ways(message: TakenApart, segment: Segment, *numbers: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Phone numbers and email addresses in fields of the type XTN; what is neither is left out."""
    phones: list[str] = []
    emails: list[str] = []
    for number in numbers:
        for parts in message.repetitions(segment, number):
            whole = [at(parts, 1), at(parts, 12), at(parts, 6) + at(parts, 7)]
            for text in filter(_has_value, whole):
                try:
                    phones.append(phone.read(text))
                except phone.Unreadable:
                    emails += [text] if "@" in text else []
            emails += [each for each in (at(parts, 4),) if "@" in each]
    found = (each for each in emails if len(each) <= 254 and is_mailable(each))
    return tuple(dict.fromkeys(phones)), tuple(dict.fromkeys(found))


def _has_value(text: str) -> bool:
    return bool(text) and text != EMPTIED


def _day(text: str, place: str) -> date | None:
    if not _has_value(text):
        return None
    try:
        if not text[:8].isdecimal():
            # Of a week, as ISO has it, and HL7 not.
            raise ValueError
        return date.fromisoformat(text[:8])
    except ValueError:
        raise Unreadable(WRONG_TYPE, "A date in it is no date.", place) from None
