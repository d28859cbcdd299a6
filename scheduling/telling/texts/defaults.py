"""What a unit without its own text starts from: the leaflet's facts in our words, with gaps to fill."""

from django.template.loader import render_to_string

from scheduling.models import Audience, Moment


def default_body(moment: Moment, audience: Audience) -> str:
    """Markdown in English, with a line `[For the Trust to write: …]` where only the Trust can say it."""
    return render_to_string(f"advice/{audience.value}/{moment.value}.md").strip() + "\n"
