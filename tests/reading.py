"""What a page or a mail says, as somebody reads it."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage

from django.http import HttpResponse

from scheduling.models import Message


def folded(response: HttpResponse) -> str:
    """The page as it was sent, tags and all, each run of spaces as one."""
    return " ".join(response.content.decode().split())


def text_of(response: HttpResponse) -> str:
    """What the page says, tags left out."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def main_part(response: HttpResponse) -> str:
    return response.content.decode().split("<main")[1]


def words_of_page(response: HttpResponse) -> str:
    """What the main part of a page says, tags left out."""
    part = response.content.decode().split("<main")[1].split("</main")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", f"<{part}").split())


def mail_of(message: Message) -> EmailMessage:
    return message_from_bytes(bytes(message.mime), policy=policy.default)


def words_of(message: Message) -> str:
    """Both bodies of a mail, spaces folded."""
    mail = mail_of(message)
    return " ".join(
        " ".join(mail.get_body([kind]).get_content().replace("<br>", " ").split())
        for kind in ("plain", "html")
    )


def calendar(message: Message) -> dict[str, str]:
    """The calendar part's lines, unfolded, by property name; the last wins, so times are the event's."""
    return entry_in(bytes(message.mime))


def entry_in(mime: bytes) -> dict[str, str]:
    """The same of a mail as it was sent."""
    mail = message_from_bytes(mime, policy=policy.default)
    part = next(p for p in mail.walk() if p.get_content_type() == "text/calendar")
    [event] = entries_in(part.get_payload(decode=True))
    return event | {"METHOD": part.get_param("method")}


def entries_in(calendar: bytes) -> list[dict[str, str]]:
    """The same of each entry of a calendar file."""
    events = calendar.decode().replace("\r\n ", "").split("BEGIN:VEVENT")[1:]
    lines = [event.split("BEGIN:VALARM")[0].strip().splitlines() for event in events]
    return [dict(line.split(":", 1) for line in event if ":" in line) for event in lines]
