"""What only families' pages ask of templates."""

import re

from django import template
from django.utils.safestring import SafeString

from scheduling.advice import as_html

register = template.Library()

# The page has its own first and second headings.
_HEADING = re.compile(r"<(/?)h([1-6])>")


@register.filter
def advice_html(body: str) -> SafeString:
    """A unit's text as HTML, its headings below those of the page."""
    return SafeString(_HEADING.sub(lambda tag: f"<{tag[1]}h{min(int(tag[2]) + 2, 6)}>", as_html(body)))
