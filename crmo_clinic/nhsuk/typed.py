"""Reading what people type, paste or dictate. Pure functions, no Django.

GOV.UK and NHS guidance on validation: ignore spaces, hyphens and characters nobody can see before
judging a value, and accept every way in which people write a time or a month.
"""

import re
import unicodedata
from datetime import date, time

from crmo_clinic.nhsuk.wording import MONTHS

# Soft hyphen, grapheme joiner, zero-width space, direction marks, word joiner, byte order mark. The
# zero-width joiner and non-joiner stay: Persian and Indic names are misspelt without them.
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_ODD_SPACE = re.compile("[\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")

_HOUR_WITH_HALF = re.compile(r"(\d{1,2})(?:[:.]?(\d{2}))?(am|pm)")
_TWENTY_FOUR_HOUR = re.compile(r"(\d{1,2})[:.](\d{2})|(\d{2})(\d{2})")
# Minus signs, which are no dashes to Unicode.
_DASH = re.compile("[\u2212\u02d7]")
# Letters that are blank: Hangul fillers and the empty Braille pattern.
_BLANK = re.compile("[\u115f\u1160\u2800\u3164\uffa0]")
_TIME_BEHIND = re.compile(
    r"[\sT,]+\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:[.,]\d+)?)?\s*(?:[ap]\.?m\.?)?\s*(?:Z|[+-]\d{2}:?\d{2})?$",
    re.IGNORECASE,
)
_WORDS = {"midday": time(12), "noon": time(12), "midnight": time(0)}


def tidy(text: str) -> str:
    """The text without invisible and control characters and without space around it; line breaks stay."""
    visible = _CONTROL.sub("", _INVISIBLE.sub("", _ODD_SPACE.sub(" ", text)))
    return unicodedata.normalize("NFC", visible).strip()


def figures(text: str) -> str:
    """A number, date or time as it was meant: wide digits plain, and without any sign that nobody can see.

    In a name a joiner may be needed; here it came along from where the text was copied.
    """
    plain = unicodedata.normalize("NFKC", tidy(_BLANK.sub(" ", text)))
    return "".join(char for char in plain if unicodedata.category(char) not in {"Cf", "Mn", "Me"}).strip()


def without_separators(text: str) -> str:
    """The text without any space, hyphen, dash or invisible sign, wide digits made plain."""
    signs = _DASH.sub("", figures(text))
    return "".join(char for char in signs if not char.isspace() and unicodedata.category(char) != "Pd")


def read_number(text: str) -> int | None:
    """The whole number written in plain digits (at most nine), or None."""
    digits = without_separators(text)
    return int(digits) if re.fullmatch("[0-9]{1,9}", digits) else None


def read_month(text: str) -> int | None:
    """1 to 12 from `3`, `03`, `March` or `mar`; None for anything else."""
    word = figures(text).rstrip(".").lower()
    for number, name in enumerate(MONTHS, start=1):
        if len(word) >= 3 and name.lower().startswith(word):
            return number
    number = read_number(text)
    return number if number is not None and 1 <= number <= 12 else None


def read_date(text: str) -> date | None:
    """The date in `27 3 2026`, `27/03/2026`, `27 March 2026` or `2026-03-27`; None for anything else.

    The last is ISO 8601. A year has four digits: `27/03/26` is None.
    """
    parts = re.split(r"[\s/.,-]+", figures(text))
    if len(parts) == 3 and re.fullmatch("[0-9]{4}", parts[0]):
        parts.reverse()
    if len(parts) != 3 or not re.fullmatch("[0-9]{4}", parts[2]):
        return None
    day, month = read_number(parts[0]), read_month(parts[1])
    try:
        return date(int(parts[2]), month, day) if day and month else None
    except ValueError:
        return None


def without_time(text: str) -> str:
    """`27/03/2026` of `27/03/2026 09:15`, as machines write a date; other texts as they are."""
    return _TIME_BEHIND.sub("", figures(text))


def read_time(text: str) -> time | None:
    """The time of day in `9am`, `9:30 a.m.`, `0930`, `9.30`, `14:15`, `midday`; None for anything else.

    A bare `9` is None: it might be morning or evening.
    """
    word = figures(text).lower()
    word = re.sub(r"([ap])\.?m\.?$", r"\1m", "".join(word.split()))
    if word in _WORDS:
        return _WORDS[word]
    if match := _HOUR_WITH_HALF.fullmatch(word):
        hour, minute = int(match[1]), int(match[2] or 0)
        if not 1 <= hour <= 12:
            return None
        return _time(hour % 12 + (12 if match[3] == "pm" else 0), minute)
    if match := _TWENTY_FOUR_HOUR.fullmatch(word):
        return _time(int(match[1] or match[3]), int(match[2] or match[4]))
    return None


def _time(hour: int, minute: int) -> time | None:
    return time(hour, minute) if hour < 24 and minute < 60 else None
