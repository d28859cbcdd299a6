"""Filters for what families read: dates, times and lengths in their language. `{% load families %}`."""

from datetime import date, datetime

from django import template
from django.conf import settings
from django.utils import timezone

from crmo_clinic.nhsuk import translated

register = template.Library()


@register.filter
def family_date(value: date | None) -> str:
    """`Tuesday 4 August 2026`."""
    return translated.long_date(_local(value)) if value else ""


@register.filter
def family_time(value: datetime | None) -> str:
    """`9am`, from a datetime."""
    return translated.clock(_local(value).time()) if value else ""


@register.filter
def family_length(minutes: int) -> str:
    """`4 hours 30 minutes`."""
    return translated.duration(minutes)


@register.filter
def underline(title: str) -> str:
    """As many hyphens as the title has letters: a heading in plain text."""
    return "-" * len(title)


@register.filter
def direction(language: str) -> str:
    """`rtl` or `ltr`, for the attribute `dir`."""
    return "rtl" if language.split("-")[0] in settings.LANGUAGES_BIDI else "ltr"


def _local(value: date) -> date:
    return timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value
