"""What an act would send, shown before anybody confirms it."""

from collections.abc import Callable

from django.db import transaction

from scheduling.booking.placing import Done
from scheduling.errors import Refused
from scheduling.models import Message


def would_send(act: Callable[[], Done]) -> list[Message]:
    """The mails that an act would send, by doing it and undoing it at once; none if it is refused.

    So they are what the act itself writes, to the last word; only Message-ID and time will differ. The locks
    of the act are held while this runs.
    """
    try:
        with transaction.atomic():
            messages = act().messages
            transaction.set_rollback(True)
    except Refused:
        return []
    return messages


def would_refuse(act: Callable[[], Done]) -> Refused | None:
    """Why an act would be refused, by trying it and undoing it at once; None if it would be done."""
    try:
        with transaction.atomic():
            act()
            transaction.set_rollback(True)
    except Refused as refusal:
        return refusal
    return None
