"""For every page: dates, times and numbers in the NHS content style, buttons, details and forms to confirm.

`{% load nhsuk %}`. Aware datetimes are shown in the current time zone; None is shown as nothing.
"""

import json
import re
from collections.abc import Iterable
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from django import template
from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.core.paginator import Page
from django.core.serializers.json import DjangoJSONEncoder
from django.template.base import NodeList, Parser, Token
from django.template.context import Context
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from crmo_clinic.nhsuk import nhs_number as numbers
from crmo_clinic.nhsuk import phone, wording

register = template.Library()


def _local(value: date) -> date:
    return timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value


@register.filter
def phone_number(stored: str) -> str:
    """`020 7946 0018 ext 12`."""
    return phone.in_words(stored)


@register.filter
def apart(text: str) -> str:
    """Words that need not be of the language of the sentence, kept together in it."""
    return wording.apart(text)


@register.filter
def tel(stored: str) -> str:
    """`tel:+442079460018;ext=12`, for a link that rings the number."""
    return phone.dialled(stored)


@register.filter
def phone_link(stored: str) -> SafeString:
    """The number as a link that rings it, for mails: no class, and left to right in every language."""
    return format_html('<a href="{}" dir="ltr">{}</a>', phone.dialled(stored), phone.shown(stored))


@register.filter
@lru_cache(maxsize=200)
def with_phone_links(text: str) -> SafeString:
    """Typed text, escaped, with each phone number in it as a link that rings it. It is kept, because finding
    numbers takes long, and every mail of a unit says the same."""
    parts = ((phone_link(stored) if stored else escape(words)) for words, stored in phone.parts(text))
    return mark_safe("".join(parts))


@register.filter
def nhs_date(value: date | None) -> str:
    """`Tuesday 4 August 2026`."""
    return wording.long_date(_local(value)) if value else ""


@register.filter
def nhs_date_plain(value: date | None) -> str:
    """`4 August 2026`, for a date of birth."""
    return wording.plain_date(_local(value)) if value else ""


@register.filter
def nhs_date_short(value: date | None) -> str:
    """`Tue 4 Aug 2026`."""
    return wording.short_date(_local(value)) if value else ""


@register.filter
def nhs_time(value: datetime | time | int | None) -> str:
    """`9am`, `9:30am`, `midday`, from a datetime, a time or minutes after midnight."""
    if value is None or value == "":
        return ""
    if isinstance(value, datetime):
        value = _local(value).time()
    return wording.clock(value)


@register.filter
def nhs_moment(value: datetime | None) -> str:
    """`9:30am on Tue 4 Aug 2026`."""
    return f"{nhs_time(value)} on {nhs_date_short(value)}" if value else ""


@register.filter
def nhs_minutes(value: int | None, length: str = "long") -> str:
    """`4 hours 30 minutes`; `{{ minutes|nhs_minutes:"short" }}` gives `4h 30`."""
    if value is None or value == "":
        return ""
    return wording.short_duration(value) if length == "short" else wording.duration(value)


@register.filter
def nhs_number(value: str | None) -> str:
    """`999 000 0379`, never broken over two lines, and copied with plain spaces."""
    return format_html('<span class="app-nowrap">{}</span>', numbers.display(value)) if value else ""


@register.filter
def age_on(birth_date: date | None, day: date | None = None) -> str:
    """`10 years` on `day`, or today; nothing before birth."""
    if not birth_date:
        return ""
    day = _local(day) if day else timezone.localdate()
    try:
        return wording.age(birth_date, day)
    except ValueError:
        return ""


@register.filter
def as_json(value: Any) -> str:
    """For a script to read from the page, as text: no page of ours has a script in it."""
    return json.dumps(value, cls=DjangoJSONEncoder)


@register.filter
def quantity(number: int, words: str) -> str:
    """`{{ count|quantity:"child,children" }}` gives `1 child`, `2 children`; one word takes an s."""
    return wording.quantity(number, *words.split(","))


@register.filter
def page_of(page: Page) -> str:
    """` (page 2 of 4)` for the end of a title; nothing if there is only one page."""
    return f" (page {page.number} of {page.paginator.num_pages})" if page.has_other_pages() else ""


@register.filter
def all_success(found: Iterable[Message]) -> bool:
    """True if every message from `django.contrib.messages` tells of a success."""
    return all(message.level == messages.SUCCESS for message in found)


@register.tag
def capture(parser: Parser, token: Token) -> "CaptureNode":
    """Keep a piece of HTML under a name, to hand it to a component as its content.

    {% capture details %}<p>Any HTML.</p>{% endcapture %}
    {% include "components/card.html" with heading="Contacts" content=details only %}
    """
    _, name = token.split_contents()
    nodelist = parser.parse(("endcapture",))
    parser.delete_first_token()
    return CaptureNode(name, nodelist)


class CaptureNode(template.Node):
    """Renders nothing itself; puts its rendered body into the context."""

    def __init__(self, name: str, nodelist: NodeList) -> None:
        self.name = name
        self.nodelist = nodelist

    def render(self, context: Context) -> str:
        context[self.name] = self.nodelist.render(context)
        return ""


# Where the content of a button goes; in no page.
IN_BUTTON = "\0content\0"


@register.simple_block_tag
def button(
    content: str,
    *,
    looks: str = "",
    href: str = "",
    to: str = "",
    of: Any = None,
    name: str = "",
    value: Any = "yes",
    id: str = "",
    at: Any = None,
    once: bool = True,
    sends_to: str = "",
) -> str:
    """A button that sends the form around it, or a link that looks like one.

    {% button looks="secondary small" %}Take this task{% endbutton %}

    looks: any of secondary, warning, small. href, or to and of: where a link leads; `of` is the key in the
    address of the URL named `to`. name, value: what the form says of the button that sent it. id: of a button
    of which there are several, with the key `of`; the one of the key `at` gets the focus. once: whether a
    second click within a second is refused. sends_to: the name of the URL to which it sends the form.
    """
    before, after = _around_button(
        looks,
        _address(to, of) or href,
        name,
        value,
        id if of is None or not id else f"{id}-{of}",
        of is not None and of == at,
        bool(once),
        _address(sends_to, None),
    )
    return mark_safe(f"{before}{content.strip()}{after}")


# Types tell apart what is safe HTML and what is not, and 1 from True.
@lru_cache(maxsize=1000, typed=True)
def _around_button(
    looks: str, href: str, name: str, value: Any, id: str, focus: bool, once: bool, sends_to: str
) -> tuple[str, str]:
    """The HTML of a button before and after its content. Lists have the same few in every row."""
    button = render_to_string(
        "components/button.html",
        {
            "content": IN_BUTTON,
            "looks": "".join(f" nhsuk-button--{look}" for look in looks.split()),
            "href": href,
            "name": name,
            "value": value,
            "id": id,
            "focus": focus,
            "once": once,
            "sends_to": sends_to,
        },
    )
    before, _, after = button.partition(IN_BUTTON)
    return before, after


@register.simple_block_tag
def details(content: str, summary: str, *, open: bool = False) -> str:
    """What is seen after a click on the summary.

    {% details "Give it to somebody else" open=forms.assign.errors %}…{% enddetails %}
    """
    return render_to_string("components/details.html", {"content": content, "summary": summary, "open": open})


@register.simple_block_tag(takes_context=True)
def confirm_form(
    context: Context,
    content: str,
    *,
    action: str = "",
    to: str = "",
    of: Any = None,
    css: str = "",
    in_place: bool = False,
    csrf: bool = True,
    fields: Iterable[tuple[str, Any]] = (),
    **hidden: Any,
) -> str:
    """A form that sends what the page knows already, with a button or two in it.

    {% confirm_form to="scheduling:assign_task" of=task.pk seen=task.version %}…{% endconfirm_form %}

    action, or to and of: the address, or the URL's name and the key in it; this page if there is none. css:
    its class. in_place: only the part of the page that the form is in changes. csrf: not on pages without a
    sign-in. fields: pairs of name and value. Anything else is the value of a hidden field of that name.
    """
    return render_to_string(
        "components/confirm_form.html",
        {
            "content": content,
            "action": _address(to, of) or action,
            "css": css,
            "in_place": in_place,
            "hidden": [*fields, *hidden.items()],
            "csrf_token": context.get("csrf_token") if csrf else "",
        },
    )


def _address(to: str, of: Any) -> str:
    """The address of the URL of this name, with the key `of` if it takes one; empty if no name is given."""
    return reverse(to, args=[] if of is None else [of]) if to else ""


BESIDE_BLOCK = re.compile(r" ?(</?(?:li|ol|td|th|tr)\b[^>]*>) ?")


@register.simple_block_tag
def squeezed(content: str) -> str:
    """One space for each run of white space, none beside a cell or a list item, where no browser shows it:
    for titles, and for what a page repeats hundreds of times."""
    return mark_safe(BESIDE_BLOCK.sub(r"\1", " ".join(content.split())))
