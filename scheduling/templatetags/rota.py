"""Nurses through the day, in words."""

from django import template

from crmo_clinic.nhsuk.wording import clock, clock_range, quantity
from scheduling.rules import OpeningHours

register = template.Library()


@register.filter
def nurses_on(hours: OpeningHours) -> str:
    """`2`, or `2 from 8am, 1 from midday`."""
    steps = hours.nurses_steps()
    if len(steps) == 1:
        return str(steps[0][2])
    return ", ".join(f"{nurses} from {clock(start)}" for start, _, nurses in steps)


@register.filter
def nurses_range(hours: OpeningHours) -> str:
    """`2 nurses`, or `1 to 2 nurses`."""
    fewest, most = hours.fewest_nurses, hours.most_nurses
    return quantity(most, "nurse") if fewest == most else f"{fewest} to {quantity(most, 'nurse')}"


@register.filter
def nurses_by_time(hours: OpeningHours) -> str:
    """`2 from 8am to midday, 1 from midday to 6pm`."""
    return ", ".join(
        f"{nurses} from {clock_range(start, end)}" for start, end, nurses in hours.nurses_steps()
    )
