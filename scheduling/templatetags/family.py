"""Filters for families' pages only."""

from django import template
from django.utils.safestring import SafeString

from scheduling.telling.texts import as_html

register = template.Library()


@register.filter
def advice_html(body: str) -> SafeString:
    """A unit's text as HTML, its headings below those of the page."""
    return SafeString(as_html(body))
