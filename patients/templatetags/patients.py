"""What the pages about a child share."""

from collections.abc import Collection
from typing import Any

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from crmo_clinic.nhsuk import wording
from crmo_clinic.nhsuk.templatetags.nhsuk import nhs_number
from patients.log_words import title
from patients.models import AuditEvent, Event, Merge, Patient
from patients.page_names import page_name

register = template.Library()


@register.filter
def language_name(code: str) -> str:
    """`English`, for `en`; the code itself if messages are no longer written in it."""
    return dict(settings.LANGUAGES).get(code, code)


@register.simple_tag
def who(patient: Patient) -> str:
    """A child on every list, task and print: the name, and the number that tells two of one name apart."""
    return patient.identified


@register.simple_tag
def merges_of(patient: Patient) -> list[tuple[Merge, bool]]:
    """The records that were merged into this one, and of each whether that can still be undone. No query
    where the child was read with `has_merges` and has none."""
    if not patient.has_merges:
        return []
    now = timezone.now()
    merges = patient.merges.filter(undone_at__isnull=True).prefetch_related("numbers")
    return [(merge, merge.is_open(now)) for merge in merges]


@register.simple_tag
def name_only(patient: Patient) -> str:
    """The name of a child where the birth date or a number stands right beside it."""
    return patient.whole_name


@register.simple_tag
def short_name(patient: Patient) -> str:
    """`Lily E`, on the board; `number_on_board` follows it, and the whole name for who cannot see."""
    return patient.short_name


@register.simple_tag
def number_on_board(patient: Patient, alike: Collection[int]) -> SafeString:
    """The number of a child: always on paper, and on the screen if another of the week is called alike."""
    if patient.pk in alike:
        return format_html("<span>{}</span>", patient.hospital_number)
    return format_html('<span class="app-paper">{}</span>', patient.hospital_number)


@register.inclusion_tag("components/identity_banner.html")
def patient_banner(patient: Patient, number: int | None = None) -> dict[str, Any]:
    """Who this page is about: on every page about a child, so that nobody works on the wrong one.

    number: which child it is, on a page about several.
    """
    age = wording.age(patient.birth_date, timezone.localdate())
    return {
        "label": f"Child {number}" if number else "Child",
        "name": patient.whole_name,
        "href": patient.get_absolute_url(),
        "pairs": [
            ("Born", f"{wording.plain_date(patient.birth_date)} ({age})"),
            ("NHS number", nhs_number(patient.nhs_number) or "not recorded"),
            ("Hospital number", patient.hospital_number),
            ("Needs", patient.needs_in_words),
            *([("Allergies", patient.allergies)] if patient.allergies else []),
        ],
        "tags": [
            *([{"text": "Restricted: no messages", "colour": "red"}] if patient.restricted else []),
            *([{"text": "Sensitive", "colour": "orange"}] if patient.sensitive else []),
        ],
    }


@register.filter
def log_words(event: Event) -> str:
    """`Course history` for the page somebody opened, `Course: moved` for what somebody did."""
    if isinstance(event, AuditEvent):
        return title(event)
    return page_name(event.page)
