"""What only families' pages and mails ask of templates."""

from django import template
from django.utils.safestring import SafeString

from scheduling.telling.texts import as_html
from scheduling.telling.visit_name import visit_name
from scheduling.telling.whom_to_ask import in_words

register = template.Library()
register.filter(visit_name)
register.filter(in_words)


@register.filter
def advice_html(body: str) -> SafeString:
    """A unit's text as HTML, its headings below those of the page."""
    return SafeString(as_html(body))


@register.filter
def leaflet_html(body: str) -> SafeString:
    """A page of the leaflet as HTML, right below the heading of the page."""
    return SafeString(as_html(body, top=2))
