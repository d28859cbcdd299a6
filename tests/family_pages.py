"""The private pages of families: their addresses, and the words that must not be on them."""

import re

from django.urls import reverse

from scheduling.models import FamilyLink
from scheduling.telling.family_links import page_token

# None of these may be on the page: somebody who looks over a shoulder learns of a visit, and no more.
FORBIDDEN = ("Lark", "Ada", "Mia", "CRMO", "pamidron", "osteomyel", "infusion", "K100", "999 0", "2015")
UUID = re.compile("[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


def forbidden_in(text: str) -> list[str]:
    """Those that a text contains. Ids and the inside of long numbers may match by chance, so are ignored."""
    said = UUID.sub("", text).lower()
    return [word for word in FORBIDDEN if re.search(rf"(?<!\d){re.escape(word.lower())}", said)]


def path(link: FamilyLink, name: str = "show_page", **more: object) -> str:
    return reverse(f"family:{name}", kwargs={"token": page_token(link), **more})
