"""What a family says on its page of when it cannot come: who says it, and whether it is less than before."""

from collections.abc import Collection
from datetime import date, timedelta

from patients import audit
from patients.erasing import ON_THEIR_PAGE
from patients.models import Contact
from scheduling.booking.child_limits import Limits

# Nothing may be entered beyond this.
FURTHEST_DAYS = 2 * 365


def on_their_page(contact: Contact) -> audit.System:
    """The contact as an actor in the log. Nobody signed in: whoever it was had the page's address."""
    return audit.System(f"{contact.name[:120]}{ON_THEIR_PAGE}")


def is_less(before: Collection[Limits], after: Collection[Limits], today: date) -> bool:
    """Whether something that could not be done can be done now. Days in the past do not count."""
    if any(said.short_notice is False for said in before) and all(
        said.short_notice is not False for said in after
    ):
        return True
    for n in range(FURTHEST_DAYS + 1):
        day = today + timedelta(days=n)
        if any(said.forbid(day) for said in before) and not any(said.forbid(day) for said in after):
            return True
        if _earliest(before, day) > _earliest(after, day):
            return True
    return False


def _earliest(limits: Collection[Limits], day: date) -> object:
    return max(said.earliest_on(day) for said in limits)
