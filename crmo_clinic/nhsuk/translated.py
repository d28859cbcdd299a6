"""Dates, times and lengths for families, in the language in force; in English as `wording` has them.

Other languages have the formats and names that Django knows of them.
"""

from datetime import date, time

from django.utils.formats import date_format, time_format
from django.utils.translation import get_language, ngettext

from crmo_clinic.nhsuk import wording


def long_date(day: date) -> str:
    """`Tuesday 4 August 2026`."""
    return wording.long_date(day) if _is_english() else f"{date_format(day, 'l')}, {date_format(day)}"


def day_and_month(day: date) -> str:
    """`Tue 4 Aug`, for a subject."""
    return wording.short_date(day)[:-5] if _is_english() else date_format(day, "D j M")


def clock(at: time) -> str:
    """`9am`, `9:30am`, `midday`."""
    return wording.clock(at) if _is_english() else time_format(at)


def duration(minutes: int) -> str:
    """`4 hours 30 minutes`."""
    hours, rest = divmod(minutes, 60)
    parts = [ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}] if hours else []
    if rest or not hours:
        parts.append(ngettext("%(count)d minute", "%(count)d minutes", rest) % {"count": rest})
    return " ".join(parts)


def _is_english() -> bool:
    return (get_language() or "en").startswith("en")
