"""Filters for mails and texts that families read. `{% load families %}`."""

from datetime import datetime

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext

from crmo_clinic.nhsuk import wording

register = template.Library()


@register.filter
def underline(title: str) -> str:
    """As many hyphens as the title has letters: a heading in plain text."""
    return "-" * len(title)


@register.filter
def direction(language: str) -> str:
    """`rtl` or `ltr`, for the attribute `dir`."""
    return "rtl" if language.split("-")[0] in settings.LANGUAGES_BIDI else "ltr"


@register.filter
def until_about(start: datetime, end: datetime) -> str:
    """`8am to about midday`: when a visit starts, and about when it is over."""
    clock = {
        name: wording.clock(timezone.localtime(at).time()) for name, at in (("start", start), ("end", end))
    }
    return gettext("%(start)s to about %(end)s") % clock
