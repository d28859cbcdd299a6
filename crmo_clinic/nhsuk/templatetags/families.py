"""Filters for mails and texts that families read. `{% load families %}`."""

from django import template
from django.conf import settings

register = template.Library()


@register.filter
def underline(title: str) -> str:
    """As many hyphens as the title has letters: a heading in plain text."""
    return "-" * len(title)


@register.filter
def direction(language: str) -> str:
    """`rtl` or `ltr`, for the attribute `dir`."""
    return "rtl" if language.split("-")[0] in settings.LANGUAGES_BIDI else "ltr"
