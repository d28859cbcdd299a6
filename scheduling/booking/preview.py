"""What an act would send, before anybody confirms it."""

from collections.abc import Callable

from django.db import transaction

from scheduling.booking.placing import Done
from scheduling.errors import Refused
from scheduling.models import Message


def would_send(act: Callable[[], Done]) -> list[Message]:
    """The mails of an act, done for once and undone at once; none if it is refused.

    So they are what the act itself writes, to the last word; only Message-ID and moment will be others. It
    takes the locks of the act for as long as that lasts.
    """
    try:
        with transaction.atomic():
            messages = act().messages
            transaction.set_rollback(True)
    except Refused:
        return []
    return messages
