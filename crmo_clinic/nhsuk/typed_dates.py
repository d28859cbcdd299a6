"""Dates as people write them in one box: `8/12`, `8 Dec`, `tue`, `next tue`, `tomorrow`, `in 3 weeks`.

The day comes first, always; a year may be left out. Our own few lines, because what we need is to refuse what
is half understood: dateparser and dateutil guess an order of day and month, and take much that is no date.
"""

import calendar
import re
from collections.abc import Iterator
from datetime import date, timedelta

from crmo_clinic.nhsuk.typed import figures, read_date, read_month, without_time
from crmo_clinic.nhsuk.wording import DAYS

A_DAY = timedelta(days=1)
_NEAR = {"today": 0, "tomorrow": 1, "yesterday": -1}
_NUMBERS = ("a", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NUMBER_WORDS = {word: number for number, word in enumerate(_NUMBERS, start=1)} | {"one": 1, "an": 1}
_AWAY = re.compile(r"(in )?(\w+) (day|week|fortnight|month|year)s?( ago)?")
_WEEKDAY = re.compile(r"(?:(this|next|last) )?([a-z]{3,})")
# A leap day may be eight years away.
_YEARS_AWAY = 9


def read_day(text: str, today: date, *, ahead: bool) -> date | None:
    """The day that is meant; None for anything else, and for a weekday that is not that of its date.

    ahead: whether the nearest such day from today on is meant, or the latest until today. A weekday alone
    never means today; `next tue` is the Tuesday of next week, `last tue` the latest before today.
    """
    words = _plain(text)
    if words in _NEAR:
        return today + _NEAR[words] * A_DAY
    if match := _AWAY.fullmatch(words):
        return _away(match, today, ahead)
    if (match := _WEEKDAY.fullmatch(words)) and (weekday := _weekday(match[2])) is not None:
        return _on(weekday, match[1], today, ahead)
    weekday, rest = _weekday_before(words)
    found = _dated(rest, today, ahead)
    return found if found and weekday in (None, found.weekday()) else None


def read_whole_date(text: str) -> date | None:
    """The date with its year, as files have it: `8.12.26`, `Tue 8 Dec 2026`, `2026-12-08 09:15`.

    None for anything else, and where the weekday is not that of the date. Two figures are a year from 2000.
    """
    for written in (text, without_time(text)):
        weekday, rest = _weekday_before(_plain(written))
        found = _dated(rest, date.min, True) if len(_parts(rest)) == 3 else None
        if found and weekday in (None, found.weekday()):
            return found
    return None


def _plain(text: str) -> str:
    words = " ".join(re.sub(r"[,.]+(?=\s|$)", " ", figures(text).lower()).split())
    words = re.sub(r"\bon\b|\bthe\b|\bof\b", "", words).strip()
    return " ".join(re.sub(r"(\d)(st|nd|rd|th)\b", r"\1", words).split())


def _weekday_before(words: str) -> tuple[int | None, str]:
    """The weekday that the words begin with, if they do, and the rest."""
    first, _, rest = words.partition(" ")
    weekday = _weekday(first)
    return weekday, rest if weekday is not None else words


def _parts(words: str) -> list[str]:
    return [part for part in re.split(r"[\s/.-]+|(?<=\d)(?=[a-z])", words) if part]


def _away(match: re.Match[str], today: date, ahead: bool) -> date | None:
    """`in 3 weeks`, `3 weeks`, `2 months ago`."""
    number = int(match[2]) if match[2].isascii() and match[2].isdigit() else _NUMBER_WORDS.get(match[2])
    if number is None or number > 999 or (match[1] and match[4]):
        return None
    back = bool(match[4]) or not (match[1] or ahead)
    number = -number if back else number
    if match[3] in ("month", "year"):
        months = today.year * 12 + today.month - 1 + number * (12 if match[3] == "year" else 1)
        year, month = divmod(months, 12)
        last = calendar.monthrange(year, month + 1)[1] if 1 <= year <= 9999 else 0
        return date(year, month + 1, min(today.day, last)) if last else None
    return today + number * {"day": 1, "week": 7, "fortnight": 14}[match[3]] * A_DAY


def _on(weekday: int, which: str | None, today: date, ahead: bool) -> date:
    monday = today - today.weekday() * A_DAY
    if which in ("this", "next"):
        return monday + (weekday + (7 if which == "next" else 0)) * A_DAY
    if which == "last" or not ahead:
        return today - ((today.weekday() - weekday - 1) % 7 + 1) * A_DAY
    return today + ((weekday - today.weekday() - 1) % 7 + 1) * A_DAY


def _dated(words: str, today: date, ahead: bool) -> date | None:
    """`8/12`, `8.12.26`, `8 Dec 2026`, `Dec 8`, `2026-12-08`."""
    parts = _parts(words)
    if len(parts) > 1 and not parts[0].isdigit() and parts[1].isdigit():
        parts[:2] = parts[1], parts[0]
    if len(parts) == 3 and re.fullmatch("[0-9]{2}", parts[2]) and len(parts[0]) < 3:
        parts[2] = f"20{parts[2]}"
    if len(parts) == 3:
        return read_date(" ".join(parts))
    if len(parts) != 2 or not re.fullmatch("[0-9]{1,2}", parts[0]) or not (month := read_month(parts[1])):
        return None
    days = _each_year(int(parts[0]), month, today.year, 1 if ahead else -1)
    return next((day for day in days if (day >= today if ahead else day <= today)), None)


def _each_year(day: int, month: int, year: int, step: int) -> Iterator[date]:
    for each in range(year, year + step * _YEARS_AWAY, step):
        if 1 <= day <= calendar.monthrange(each, month)[1]:
            yield date(each, month, day)


def _weekday(word: str) -> int | None:
    """0 to 6 from the first three letters of a weekday or more; None for anything else."""
    name = "wed" if word == "weds" else word
    names = enumerate(day.lower() for day in DAYS)
    return next((number for number, day in names if len(name) >= 3 and day.startswith(name)), None)
