"""What families were told: messages without their bytes, indiscreet ones, silent failures, dead pages."""

import re
from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes, policy

from crmo_clinic.nhsuk.wording import listed, quantity
from patients.models import AuditEvent
from patients.walking import walk
from scheduling.models import Channel, Message
from scheduling.telling.family_links import links_without_key
from scheduling.telling.texts.markdown import NEVER_SAID
from scheduling.telling.unreached import not_asked_about

# A shorter number stands in every entry by chance.
TELLING = 4


def broken_messages() -> Iterator[str]:
    """Messages stored without their bytes or advice version, or that show others what they must not."""
    for message in walk(Message.objects.select_related("course__patient")):
        mime = bytes(message.mime)
        if not mime:
            yield f"Message {message.pk} is kept without what it said."
        if not message.advice_version and not message.gives_no_advice:
            yield f"Message {message.pk} does not say which advice it gave."
        patient = message.course.patient
        name, never = patient.name.casefold(), [word.casefold() for word in NEVER_SAID]
        numbers = (patient.nhs_number or "", patient.hospital_number)
        read = (
            ("text", mime.decode())
            if message.channel == Channel.TEXT
            else ("calendar entry", _calendar(mime))
        )
        for where, text in (("subject", message.subject), read):
            said = text.casefold()
            is_told = any(word in said for word in never) or any(_is_in(said, number) for number in numbers)
            is_named = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said) if name else None
            if is_told or (is_named and not _was_chosen(message.contact_id, name)):
                yield f"Message {message.pk}: its {where} names the child, the drug or the disease."


def _was_chosen(contact: int | None, name: str) -> bool:
    """Whether this contact has ever chosen that its own mails call the child so, by the log of acts."""
    chose = AuditEvent.objects.filter(
        record="contact", record_id=contact, changes__has_key="calls_child"
    ).values_list("changes__calls_child", flat=True)
    return any(name in (called or "").casefold() for was_and_is in chose for called in was_and_is)


def _is_in(text: str, number: str) -> bool:
    """Whether the number stands in it by itself, and not as a part of a time or of another number."""
    sought = number.casefold()
    return (
        len(sought) >= TELLING
        and sought in text
        and bool(re.search(rf"(?<!\w){re.escape(sought)}(?!\w)", text))
    )


def failed_in_silence(now: datetime) -> Iterator[str]:
    """Mails about a visit to come that could not be sent, without a task that asks to ring the family."""
    silent = not_asked_about(Message.objects.to_ring_about(now))
    for pk in silent.values_list("pk", flat=True):
        yield f"Message {pk} could not be sent, and no task asks to ring the family."


def dead_links() -> Iterator[str]:
    """Families' pages whose address nobody can write any more, because another key made it."""
    if found := [link.pk for link in links_without_key()]:
        yield (
            f"{quantity(len(found), 'family’s page', 'families’ pages')} ({listed(map(str, found[:5]))}"
            f"{', …' if len(found) > 5 else ''}) cannot be written to: the key that made the address is not "
            "here. Put the earlier key into FAMILY_LINK_KEY_FALLBACKS; else each gets a new address with its "
            "next mail, and the one that the family has dies."
        )


def _calendar(mime: bytes) -> str:
    """The calendar part of a mail, unfolded (RFC 5545 section 3.1); empty if there is none to read."""
    for part in message_from_bytes(mime, policy=policy.default).walk():
        if part.get_content_type() == "text/calendar":
            return re.sub(r"\r?\n[ \t]", "", part.get_content())
    return ""
