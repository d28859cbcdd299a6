"""What the pages about a child share."""

from datetime import datetime
from typing import Any

from django import template
from django.conf import settings
from django.utils import timezone

from crmo_clinic.nhsuk import wording
from crmo_clinic.nhsuk.templatetags.nhsuk import nhs_number
from patients.models import AccessEvent, Event, Patient

register = template.Library()


@register.filter
def language_name(code: str) -> str:
    """`English`, for `en`; the code itself if messages are no longer written in it."""
    return dict(settings.LANGUAGES).get(code, code)


@register.inclusion_tag("components/identity_banner.html")
def patient_banner(patient: Patient) -> dict[str, Any]:
    """Who this page is about: on every page about a child, so that nobody works on the wrong one."""
    age = wording.age(patient.birth_date, timezone.localdate())
    return {
        "label": "Child",
        "name": f"{patient.name} ({patient.known_as})" if patient.known_as else patient.name,
        "href": patient.get_absolute_url(),
        "pairs": [
            ("Born", f"{wording.plain_date(patient.birth_date)} ({age})"),
            ("NHS number", nhs_number(patient.nhs_number) or "not recorded"),
            ("Hospital number", patient.hospital_number),
            ("Needs", patient.needs_in_words),
        ],
        "tags": [{"text": "Restricted: no messages", "colour": "red"}] if patient.restricted else [],
    }


@register.filter
def log_words(event: Event) -> str:
    """`Show course` for the page somebody opened, `Course: moved` for what somebody did."""
    if isinstance(event, AccessEvent):
        return wording.capitalised(event.page.rpartition(":")[2].replace("_", " "))
    noun, _, verb = event.action.partition(".")
    return f"{wording.capitalised(noun)}: {verb.replace('_', ' ')}"


@register.filter
def log_changes(event: Event) -> list[str]:
    """What a write changed, a line for each field: the value before and after, or a fact; none for a look."""
    lines = []
    for name, value in getattr(event, "changes", {}).items():
        words = " → ".join(_said(each) for each in value) if _is_change(value) else _said(value)
        lines.append(f"{name.replace('_', ' ')}: {words}")
    return lines


def _is_change(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2


def _said(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_said(each) for each in value) or "none"
    if value in (None, ""):
        return "empty"
    try:
        at = timezone.localtime(datetime.fromisoformat(str(value)))
    except ValueError:
        # Words, numbers and plain dates stay as they are.
        return str(value)
    return f"{wording.clock(at.time())} on {wording.short_date(at)}"
