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
    return would_do(act)[0]


def would_do(act: Callable[[], Done]) -> tuple[list[Message], Refused | None]:
    """The same, and why the act would be refused, if so."""
    try:
        with transaction.atomic():
            messages = act().messages
            transaction.set_rollback(True)
    except Refused as refusal:
        return [], refusal
    return messages, None
