"""The leaflet: pages that are about no child, approved as the other texts are and open to everybody.

Mails link to it, so its address names neither the drug nor the disease; its pages do.
"""

from datetime import date

from django.conf import settings
from django.db.models import Max
from django.urls import reverse

from scheduling.models import EVERYONE, AdviceText, LeafletPage, Unit
from scheduling.telling.texts.in_force import in_force

# The last part of each page's address.
SLUGS = {
    LeafletPage.ILLNESS: "illness",
    LeafletPage.TESTS: "tests",
    LeafletPage.TREATMENTS: "treatments",
    LeafletPage.DRIP: "drip",
    LeafletPage.AFTER: "after",
    LeafletPage.LATER: "later",
}


def is_published(unit: Unit, today: date) -> bool:
    """Whether the unit has a page of the leaflet that may be shown. No query."""
    return unit.leaflet_until is not None and unit.leaflet_until >= today


def published_units(today: date) -> list[Unit]:
    """The units that have one, in the order in which they were set up. One query."""
    return list(Unit.objects.filter(leaflet_until__gte=today).order_by("pk"))


def leaflet_address(unit: Unit, today: date) -> str:
    """Where the leaflet begins, for a mail or a letter; empty if nothing of it may be shown."""
    if not is_published(unit, today):
        return ""
    return settings.PUBLIC_URL + reverse("family:show_leaflet", args=[unit.pk])


def pages_of(unit: Unit, *, today: date, language: str = "en") -> dict[LeafletPage, AdviceText]:
    """The pages that may be shown, in order: in this language where its translation may be, else in English.
    One query."""
    versions = AdviceText.objects.filter(unit=unit, audience=EVERYONE, language__in={language, "en"})
    approved = list(versions.filter(approved_at__isnull=False).order_by("-version"))
    found = {}
    for page in LeafletPage:
        same = [text for text in approved if text.moment == page]
        texts = (text for each in (language, "en") for text in in_force(same, each, today))
        if text := next(texts, None):
            found[page] = text
    return found


def note_until(unit: Unit) -> None:
    """Keep with the unit until when a page may be shown. To be called after an approval."""
    pages = unit.advice_texts.filter(audience=EVERYONE, language="en", approved_at__isnull=False)
    unit.leaflet_until = pages.aggregate(last=Max("review_on"))["last"]
    Unit.objects.filter(pk=unit.pk).update(leaflet_until=unit.leaflet_until)
