"""A text as a mail, a page and a calendar entry show it, drawn by the code that draws the real ones."""

import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from scheduling.models import EVERYONE, AdviceText
from scheduling.telling.letters import Reader
from scheduling.telling.sample_letters import sample_letter
from scheduling.telling.texts import INVITE_MOMENTS, as_html, as_text, gaps

STYLE = re.compile(r' style="[^"]*"')
HEADING = re.compile(r"(</?h)([1-4])")
# By how many levels the mail's headings are lowered, to be below those of the page.
LOWER = 3


@dataclass(frozen=True)
class Preview:
    """A text as families would see it.

    subject, mail: about a made-up visit; empty for a page of the leaflet, which no mail carries. page: the
    text on the family's page, or as a page of the leaflet. entry: the notes of the
    calendar entry; empty if no invite carries the text. gaps: what the Trust still has to write.
    """

    text: AdviceText
    subject: str
    mail: SafeString
    page: SafeString
    entry: str
    gaps: list[str]


def preview_of(text: AdviceText) -> Preview:
    """How families would see a version, saved or not."""
    if text.audience == EVERYONE:
        return Preview(text, "", mark_safe(""), mark_safe(as_html(text.body, top=4)), "", gaps(text.body))
    address = f"{settings.PUBLIC_URL}/family/…/"
    letter = sample_letter(text, Reader(text.language, has_page=True), today=timezone.localdate())
    letter = letter.with_page(address)
    link = f'<a href="{escape(address)}">{escape(address)}</a>'
    mail = STYLE.sub("", letter.html.partition("<body")[2].partition(">")[2].partition("</body>")[0])
    mail = HEADING.sub(lambda found: f"{found[1]}{min(6, int(found[2]) + LOWER)}", mail)
    return Preview(
        text,
        letter.subject,
        mark_safe(mail.replace(link, escape(address))),
        mark_safe(as_html(text.body, top=4)),
        letter.entry_notes if text.moment in INVITE_MOMENTS else "",
        gaps(text.body),
    )


def advice_of(text: AdviceText) -> dict[str, Any]:
    """The text by itself, under the heading that families know: the context of `emails/only_advice`."""
    heading = (
        text.get_moment_display()
        if text.audience == EVERYONE
        else gettext("How to prepare")
        if text.moment in INVITE_MOMENTS
        else gettext("How your child may feel")
    )
    return {
        "heading": heading,
        "advice": text,
        "advice_html": mark_safe(as_html(text.body, top=2)),
        "advice_text": as_text(text.body),
    }
