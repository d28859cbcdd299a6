"""Filters for mails and texts that families read. `{% load families %}`."""

import re
from datetime import datetime

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from crmo_clinic.nhsuk import wording

register = template.Library()
_GAP, _TAG = re.compile(r"%(?:\((\w+)\))?[sd]"), re.compile(r"<[^>]+>")


@register.filter
def underline(title: str) -> str:
    """As many hyphens as the title has letters: a heading in plain text."""
    return "-" * len(title)


@register.filter
def direction(language: str) -> str:
    """`rtl` or `ltr`, for the attribute `dir`."""
    return "rtl" if language.split("-")[0] in settings.LANGUAGES_BIDI else "ltr"


@register.filter
def with_gaps(text: str) -> SafeString:
    """A text to be read before it is filled in, without tags: `Ring us on [phone].`, each gap kept whole."""
    parts = _GAP.split(_TAG.sub("", text))
    words = (
        format_html("<bdi>[{}]</bdi>", (part or "number").replace("_", " ")) if number % 2 else escape(part)
        for number, part in enumerate(parts)
    )
    return mark_safe("".join(words))


@register.filter
def until_about(start: datetime, end: datetime) -> str:
    """`8am to about midday`: when a visit starts, and about when it is over."""
    clock = {
        name: wording.clock(timezone.localtime(at).time()) for name, at in (("start", start), ("end", end))
    }
    return gettext("%(start)s to about %(end)s") % clock
