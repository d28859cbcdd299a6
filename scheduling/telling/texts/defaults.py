"""What a unit without a text of its own starts from: the leaflet's facts in our words, and gaps to fill."""

from django.template.loader import render_to_string

from scheduling.models import Audience, Moment


def default_body(moment: Moment, audience: Audience) -> str:
    """Markdown in English, with a line `[For the Trust to write: …]` for all that only the Trust can say."""
    return render_to_string(f"advice/{audience.value}/{moment.value}.md").strip() + "\n"
