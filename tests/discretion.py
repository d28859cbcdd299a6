"""What others may read of a message: a lock screen, a shared calendar, logs, a browser."""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape
from unicodedata import normalize
from urllib.parse import unquote

from patients.models import Patient
from scheduling.models import Channel, Message

TREATMENT = ("pamidronate", "pamidronic", "bisphosphonate", "crmo", "osteomyelitis", "osteitis", "recurrent")
ADDRESSES = re.compile(r"""\b(?:https?|webcals?|mailto|tel|sms|cid):[^\s"'<>]+""")


def secrets_of(patient: Patient) -> set[str]:
    """Everything that would reveal who the child is or which disease it has, as it may be written."""
    words = f"{patient.name} {patient.known_as}".split()
    numbers = [patient.hospital_number, *_grouped(patient.nhs_number or "")]
    return {plain(text) for text in (*TREATMENT, *words, *numbers, *_dates(patient.birth_date)) if text}


def told_by(text: str, secrets: Iterable[str]) -> set[str]:
    """Which of the secrets a text contains, also where an address encodes them."""
    read = plain(f"{text} {unquote(text)}")
    return {secret for secret in secrets if secret in read}


def open_to_others(message: Message) -> Iterator[tuple[str, str]]:
    """Each place where a message can be read without opening it, and the text there."""
    yield "subject", message.subject
    yield "Message-ID", message.message_id
    if message.session:
        yield "UID", message.session.uid
    if message.channel == Channel.TEXT:
        # A text message is its own subject.
        yield "text message", bytes(message.mime).decode()
    else:
        yield from _open_parts(message_from_bytes(bytes(message.mime), policy=policy.default))


def plain(text: str) -> str:
    return normalize("NFKC", text).casefold()


def _open_parts(mail: EmailMessage) -> Iterator[tuple[str, str]]:
    for part in mail.walk():
        for name, value in part.items():
            yield f"header {name}", str(value)
        yield "file name", part.get_filename() or ""
        if part.get_content_type() in ("text/calendar", "application/ics"):
            yield "calendar entry", _unfolded(part.get_payload(decode=True))
        elif part.get_content_maintype() == "text":
            for address in ADDRESSES.findall(unescape(part.get_content())):
                yield "address", address


def _unfolded(calendar: bytes) -> str:
    return calendar.replace(b"\r\n ", b"").replace(b"\n ", b"").decode()


def _grouped(nhs_number: str) -> list[str]:
    parts = nhs_number[:3], nhs_number[3:6], nhs_number[6:]
    return [joint.join(parts) for joint in ("", " ", "-")] if nhs_number else []


def _dates(day: date) -> list[str]:
    forms = [f"{day:%Y-%m-%d}", f"{day:%Y%m%d}", f"{day:%d/%m/%Y}", f"{day:%d.%m.%Y}", f"{day:%d%m%Y}"]
    return [*forms, f"{day.day}/{day.month}/{day.year}", f"{day.day} {day:%B %Y}", f"{day.day} {day:%b %Y}"]
