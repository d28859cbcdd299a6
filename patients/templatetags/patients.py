"""What the pages about a child share."""

from typing import Any

from django import template
from django.conf import settings
from django.utils import timezone

from crmo_clinic.nhsuk import wording
from crmo_clinic.nhsuk.templatetags.nhsuk import nhs_number
from patients.log_words import title
from patients.models import AuditEvent, Event, Patient

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
    if isinstance(event, AuditEvent):
        return title(event)
    return wording.capitalised(event.page.rpartition(":")[2].replace("_", " "))
