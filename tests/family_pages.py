"""The private pages of families: their addresses, and the words that must not stand on them."""

import re

from django.urls import reverse

from scheduling.models import FamilyLink
from scheduling.telling.family_links import page_token

# Nothing of these may stand on the page: whoever looks over a shoulder learns of a visit, and no more.
FORBIDDEN = ("Lark", "Ada", "Mia", "CRMO", "pamidron", "osteomyel", "infusion", "K100", "999 0", "2015")
UUID = re.compile("[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


def forbidden_in(text: str) -> list[str]:
    """Which of them a text says. An id may hold the letters of a name by chance, and a time a year."""
    said = UUID.sub("", text).lower()
    return [word for word in FORBIDDEN if re.search(rf"(?<!\d){re.escape(word.lower())}", said)]


def path(link: FamilyLink, name: str = "show_page", **more: object) -> str:
    return reverse(f"family:{name}", kwargs={"token": page_token(link), **more})
