"""What a unit without its own text starts from: the leaflet's facts in our words, with gaps to fill."""

from django.template.loader import render_to_string

from scheduling.models import EVERYONE, LeafletPage


def default_body(moment: str, audience: str) -> str:
    """Markdown in English, with a line `[For the Trust to write: …]` where only the Trust can say it."""
    return render_to_string(f"advice/{audience}/{moment}.md").strip() + "\n"


def default_page(page: LeafletPage) -> str:
    """The same of a page of the leaflet, which has no gaps."""
    return default_body(page, EVERYONE)
