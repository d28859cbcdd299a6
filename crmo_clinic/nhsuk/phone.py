"""Phone numbers: read as people type them, stored, shown and dialled. No other module knows the library.

Stored is E.164, with an extension as RFC 3966 writes it: `+442079460018`, `+442079460018;ext=12`. A number
without + is a British one.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType

from crmo_clinic.nhsuk.typed import figures
from crmo_clinic.nhsuk.wording import apart

UK, UK_CODE = "GB", 44
# E.164: no number of the world has more.
MOST_DIGITS = 15

_EXTENSION = re.compile(
    r"(?:\bext=|\b(?:extension|extn|ext)[.:]?(?:\s*\b(?:no|number)\b[.:]?)?|(?<![^\W\d])x|#)\s*(\d{1,7})\Z",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[\d\s+()./\-\u2010-\u2015]+")
# What Ofcom's plan has for mobiles: 070 is for numbers that follow a person, 076 for pagers.
_MOBILE = re.compile("7[1-57-9]")


class Unreadable(ValueError):
    """What was typed is not one whole phone number. words: those in it that are no part of a number."""

    def __init__(self, code: Literal["words", "several", "invalid"], words: str = "") -> None:
        super().__init__(code)
        self.code, self.words = code, words


def read(typed: str) -> str:
    """The stored form of what somebody typed: `+442079460018;ext=12` for `(0)20 7946 0018 ext 12`.

    Raises Unreadable if it has words in it, is two numbers, or no number that could be rung.
    """
    text = figures(typed)
    number, extension = _parted(text)
    try:
        # The library reads letters as the keys they are on, so a text with letters is not given to it.
        parsed = phonenumbers.parse(number, UK) if _NUMBER.fullmatch(number) else None
    except NumberParseException:
        parsed = None
    if parsed and _is_whole(parsed):
        return phonenumbers.format_number(parsed, PhoneNumberFormat.E164) + extension
    if _are_several(text):
        raise Unreadable("several")
    words = _words(number)
    raise Unreadable("words" if words else "invalid", words)


@lru_cache(maxsize=10_000)
def shown(stored: str) -> str:
    """`020 7946 0018 ext 12`, of another country `+1 212-555-0123`. What is no number stays as it is."""
    number, extension = _parted(stored)
    try:
        parsed = phonenumbers.parse(number)
    except NumberParseException:
        return stored
    at_home = parsed.country_code == UK_CODE
    grouped = PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, grouped) + extension.replace(";ext=", " ext ")


def in_words(stored: str) -> str:
    """`shown`, for a sentence: among words from right to left its groups of figures keep their order."""
    return apart(shown(stored))


def dialled(stored: str) -> str:
    """The address that rings a number: `tel:+442079460018;ext=12` (RFC 3966)."""
    return f"tel:{stored}"


def parts(text: str) -> Iterator[tuple[str, str]]:
    """A text in pieces: its words, and for a piece that is a phone number its stored form, else nothing.

    Other numbers that are as long, such as NHS numbers, begin with neither 0 nor +.
    """
    end = 0
    for match in phonenumbers.PhoneNumberMatcher(text, UK, phonenumbers.Leniency.POSSIBLE):
        if match.raw_string[0] in "0+(" and _is_whole(match.number):
            yield text[end : match.start], ""
            extension = f";ext={match.number.extension}" if match.number.extension else ""
            number = phonenumbers.format_number(match.number, PhoneNumberFormat.E164)
            yield text[match.start : match.end], number + extension
            end = match.end
    yield text[end:], ""


def is_uk_mobile(stored: str) -> bool:
    """Whether text messages can go to a number: a mobile of the United Kingdom or of its islands."""
    try:
        parsed = phonenumbers.parse(stored)
    except NumberParseException:
        return False
    if parsed.country_code != UK_CODE or parsed.extension or not _is_whole(parsed):
        return False
    kind = phonenumbers.number_type(parsed)
    is_unlisted = kind == PhoneNumberType.UNKNOWN and _MOBILE.match(str(parsed.national_number))
    return kind == PhoneNumberType.MOBILE or bool(is_unlisted)


def _parted(text: str) -> tuple[str, str]:
    """The number, and the extension at its end as `;ext=12`, or nothing."""
    found = _EXTENSION.search(text)
    return (text[: found.start()].rstrip(" ,;"), f";ext={found[1]}") if found else (text, "")


def _is_whole(number: PhoneNumber) -> bool:
    """Whether no digit is missing or too many.

    The library's “valid” would be too strict: its tables refuse the numbers that Ofcom keeps for drama, and
    ranges opened after its release. But a British number of fewer than ten digits has to be valid (0800
    1111), because otherwise it may lack a digit.
    """
    if phonenumbers.is_valid_number(number):
        return True
    is_short = number.country_code == UK_CODE and len(str(number.national_number)) < 10
    asked = phonenumbers.is_possible_number_with_reason(number)
    return asked == phonenumbers.ValidationResult.IS_POSSIBLE and not is_short


def _are_several(text: str) -> bool:
    if sum(map(str.isdigit, text)) > MOST_DIGITS:
        return True
    found = phonenumbers.PhoneNumberMatcher(text, UK, phonenumbers.Leniency.POSSIBLE)
    return sum(_is_whole(match.number) for match in found) > 1


def _words(text: str) -> str:
    """From the first word to the last: `after 3pm`."""
    parts = text.split()
    lettered = [place for place, part in enumerate(parts) if any(map(str.isalpha, part))]
    return " ".join(parts[lettered[0] : lettered[-1] + 1]) if lettered else ""
