"""What pages say of the hospital's records."""

from django import template

from patients.models import Patient
from scheduling.models import AdtMessage, AdtState

register = template.Library()

LATEST = 5
COLOURS = {
    AdtState.CHANGED: "green",
    AdtState.NOTHING: "grey",
    AdtState.NOT_OURS: "grey",
    AdtState.QUESTION: "orange",
    AdtState.DOUBLE: "orange",
    AdtState.UNREADABLE: "red",
    AdtState.FAILED: "red",
}


@register.filter
def adt_colour(state: str) -> str:
    """The colour of the tag that names what became of a message."""
    return COLOURS.get(AdtState(state), "blue")


@register.simple_tag
def adt_changes_of(patient: Patient) -> list[AdtMessage]:
    """The latest messages of the hospital's records that changed this child or asked. One query."""
    told = patient.adt_messages.exclude(says="", questions=[]).defer("raw")
    return list(told.filter(state__in=(AdtState.CHANGED, AdtState.QUESTION))[:LATEST])
