"""Dates, times and amounts in the NHS content style, for pages, mails and sentences alike.

Source: NHS digital service manual, content guide, "Numbers, measurements, dates and time". It reads no clock
and ignores the machine's locale: month and day names are our own. While Django speaks another language (a
page or a mail for a family), dates, times and lengths of time are that language's.
"""

from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal

from django.conf import settings
from django.utils.formats import date_format, time_format
from django.utils.translation import get_language, get_language_bidi, gettext, ngettext

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
MINUTES_IN_A_DAY = 24 * 60


def is_english() -> bool:
    """Whether Django writes English now. Without settings, as in the pure packages, it counts as English."""
    return not settings.configured or (get_language() or "en").startswith("en")


def long_date(day: date) -> str:
    """`Tuesday 4 August 2026`; a datetime is read as it stands, in its own time zone."""
    weekday = DAYS[day.weekday()] if is_english() else date_format(day, "l")
    return f"{weekday} {plain_date(day)}"


def plain_date(day: date) -> str:
    """`4 August 2026`, for dates whose weekday means nothing, such as a date of birth."""
    if not is_english():
        return date_format(day, "DATE_FORMAT")
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def short_date(day: date) -> str:
    """`Tue 4 Aug 2026`, for tables and narrow places."""
    if not is_english():
        return date_format(day, "D j M Y")
    return f"{DAYS[day.weekday()][:3]} {day.day} {MONTHS[day.month - 1][:3]} {day.year}"


def day_and_month(day: date) -> str:
    """`Tue 4 Aug`, for the subject of a mail."""
    return short_date(day)[:-5] if is_english() else date_format(day, "D j M")


def clock(at: time | int) -> str:
    """`9am`, `9:30am`, `midday`, `midnight`.

    `at` is a wall-clock time, or minutes after local midnight from 0 to 1440 (the next midnight).
    Seconds are left out. Raises ValueError for minutes outside that range.
    """
    minutes = at if isinstance(at, int) else at.hour * 60 + at.minute
    if not 0 <= minutes <= MINUTES_IN_A_DAY:
        raise ValueError(f"{minutes} is not a number of minutes within one day")
    if not is_english():
        return time_format(time(minutes // 60 % 24, minutes % 60), "TIME_FORMAT")
    if minutes % MINUTES_IN_A_DAY == 0:
        return "midnight"
    if minutes == MINUTES_IN_A_DAY // 2:
        return "midday"
    hour, minute = divmod(minutes, 60)
    half = "am" if hour < 12 else "pm"
    return f"{(hour - 1) % 12 + 1}{f':{minute:02}' if minute else ''}{half}"


def clock_range(start: time | int, end: time | int) -> str:
    """`8am to 6pm`."""
    if is_english():
        return f"{clock(start)} to {clock(end)}"
    return gettext("%(start)s to %(end)s") % {"start": clock(start), "end": clock(end)}


def moment(at: datetime, today: date) -> str:
    """`at 10:42am today`, `at 10:42am yesterday`, `at 10:42am on Tuesday 4 August 2026`.

    A datetime is read as it stands, in its own time zone.
    """
    ago = (today - at.date()).days
    day = {0: "today", 1: "yesterday"}.get(ago) or f"on {long_date(at)}"
    return f"at {clock(at.time())} {day}"


def duration(minutes: int) -> str:
    """`4 hours 30 minutes`, `1 hour`, `45 minutes`, `0 minutes`. Raises ValueError below zero."""
    hours, rest = _hours_and_minutes(minutes)
    parts = [_hours(hours)] if hours else []
    if rest or not hours:
        parts.append(_minutes(rest))
    return " ".join(parts)


def time_left(until: datetime, now: datetime) -> str:
    """`3 days left`, `26 hours left`, `25 minutes left`, rounded down; `over` from then on."""
    minutes = int((until - now).total_seconds() // 60)
    if until <= now:
        return "over"
    if minutes >= 48 * 60:
        return f"{quantity(minutes // MINUTES_IN_A_DAY, 'day')} left"
    if minutes >= 60:
        return f"{quantity(minutes // 60, 'hour')} left"
    return f"{quantity(minutes, 'minute')} left" if minutes else "less than a minute left"


def short_duration(minutes: int) -> str:
    """`4h 30`, `4h`, `45m`: for the board, where words do not fit. Raises ValueError below zero."""
    hours, rest = _hours_and_minutes(minutes)
    if not hours:
        return f"{rest}m"
    return f"{hours}h {rest:02}" if rest else f"{hours}h"


def age_in_years(birth_date: date, day: date) -> int:
    """Whole years reached on `day`; a birthday on 29 February falls on 1 March in other years.

    Raises ValueError if `day` is before the birth date.
    """
    return _age_in_months(birth_date, day) // 12


def birthday(birth_date: date, years: int) -> date:
    """The day on which so many years are reached; 1 March for 29 February in a year without one."""
    year = birth_date.year + years
    try:
        return birth_date.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def age(birth_date: date, day: date) -> str:
    """`10 years`; in months below two years and in days below one month.

    Raises ValueError if `day` is before the birth date.
    """
    months = _age_in_months(birth_date, day)
    if months >= 24:
        return quantity(months // 12, "year")
    if months:
        return quantity(months, "month")
    return quantity((date(day.year, day.month, day.day) - birth_date).days, "day")


def quantity(number: int, singular: str, plural: str | None = None) -> str:
    """`1 child`, `2 children`, `0 days`: the plural is the singular and an s unless given."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"


def plain_number(number: Decimal | float) -> str:
    """`7`, `7.5`, `0.125`: without zeros at the end."""
    text = f"{number:f}" if isinstance(number, Decimal) else f"{number:.3f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def days_or_weeks(days: int) -> str:
    """`13 days`, and from two weeks on `2 weeks`, the days over left out."""
    return quantity(days, "day") if days < 14 else quantity(days // 7, "week")


def listed(items: Iterable[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`; empty text for no item. No comma before the last word."""
    *first, final = list(items) or [""]
    return f"{', '.join(first)} {last} {final}" if first else final


def apart(text: str) -> str:
    """A name, a number or words in another language, for a sentence: if that is written from right to left,
    between the invisible characters that keep what is in them together and in its own direction (Unicode
    Bidirectional Algorithm, 2.4). Not for addresses, which programs make links of."""
    return f"\u2068{text}\u2069" if text and settings.configured and get_language_bidi() else text


def with_article(noun: str) -> str:
    """`a bed`, `an interpreter`."""
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def capitalised(sentence: str) -> str:
    """The sentence with a capital first letter and the rest untouched (`NHS number` stays so)."""
    return sentence[:1].upper() + sentence[1:]


def _hours(number: int) -> str:
    if is_english():
        return quantity(number, "hour")
    return ngettext("%(number)d hour", "%(number)d hours", number) % {"number": number}


def _minutes(number: int) -> str:
    if is_english():
        return quantity(number, "minute")
    return ngettext("%(number)d minute", "%(number)d minutes", number) % {"number": number}


def _hours_and_minutes(minutes: int) -> tuple[int, int]:
    if minutes < 0:
        raise ValueError("a length of time cannot be negative")
    return divmod(minutes, 60)


def _age_in_months(birth_date: date, day: date) -> int:
    months = (day.year - birth_date.year) * 12 + day.month - birth_date.month
    if day.day < birth_date.day:
        months -= 1
    if months < 0:
        raise ValueError("an age needs a day on or after the birth date")
    return months
