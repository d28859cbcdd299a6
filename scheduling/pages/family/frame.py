"""The template context that all pages of a family share."""

from typing import Any

from django.utils import timezone

from scheduling.models import FamilyLink
from scheduling.telling.family_links import page_token
from scheduling.telling.texts.leaflet import is_published


def frame(link: FamilyLink) -> dict[str, Any]:
    return {
        "token": page_token(link),
        "unit": link.course.unit,
        "course": link.course,
        "child": link.contact.calls_child,
        "large_print": link.contact.large_print,
        "has_leaflet": is_published(link.course.unit, timezone.localdate()),
    }
