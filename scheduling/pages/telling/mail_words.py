"""Mails as the family reads them, taken from their bytes: mails that were sent, and previews.

Only the address of the family's own page is left out. It is the key to the page, and theirs alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy

from scheduling.errors import Refused
from scheduling.models import Channel, Message
from scheduling.telling.family_links import without_page_addresses


@dataclass(frozen=True)
class Mail:
    """A message with its words. entry: the unfolded calendar part (RFC 5545 section 3.1); empty if none."""

    message: Message
    text: str
    entry: str


def read_mail(message: Message) -> Mail:
    """The words of a message. The bytes of a text message are its words."""
    mime = bytes(message.mime)
    if message.channel == Channel.TEXT:
        return Mail(message, without_page_addresses(mime.decode()), "")
    parts = {part.get_content_type(): part for part in message_from_bytes(mime, policy=policy.default).walk()}
    entry = parts.get("text/calendar")
    return Mail(
        message=message,
        text=without_page_addresses(parts["text/plain"].get_content()),
        entry=entry.get_payload(decode=True).decode().replace("\r\n ", "") if entry else "",
    )


def preview(mails: Callable[[], list[Message]]) -> list[Mail]:
    """The mails that an act would send, in the order of contacts, kinds and days; none if it is refused.

    mails: one of `booking.preview`.
    """
    return try_out(mails)[0]


def try_out(mails: Callable[[], list[Message]]) -> tuple[list[Mail], Refused | None]:
    """The same, and why the act would be refused, if so."""
    try:
        in_order = sorted(mails(), key=lambda m: (m.contact_id, m.kind, m.session.number))
    except Refused as refusal:
        return [], refusal
    return [read_mail(message) for message in in_order], None
