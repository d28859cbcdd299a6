"""The mails that came in, as they are kept: each once, known by its Message-ID and by what it says.

One mail may come on two ways or twice, and two mails may have one Message-ID: phones and forwarding servers
do that. Only what says the same is the same mail.
"""

from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from scheduling.ical import IncomingLetter, Trusted, read_mail
from scheduling.models import IncomingMail, MailOutcome, Unit
from scheduling.retention.policy import mails_to_forget


def read_letter(raw: bytes) -> IncomingLetter:
    """A mail as read with the settings of this installation."""
    own = [*Unit.objects.values_list("mailbox", flat=True), settings.DEFAULT_FROM_EMAIL]
    trusted = Trusted(settings.AUTHSERV_ID, settings.EXCHANGE_ONLINE)
    return read_mail(raw, trusted=trusted, own=own)


def keep_once(letter: IncomingLetter, raw: bytes, received_at: datetime) -> IncomingMail | None:
    """The row of a mail not kept before, as one for a person to read until it is judged; None if it was."""
    while (key := _free_key(letter)) is not None:
        try:
            with transaction.atomic():
                return IncomingMail.objects.create(
                    message_id=key,
                    digest=letter.digest,
                    received_at=received_at,
                    from_address=letter.sender,
                    outcome=MailOutcome.TO_READ,
                    mime=raw,
                )
        except IntegrityError:
            # Another worker has just kept one of that name: the same, or another.
            continue
    return None


def forget_old_mails(now: datetime) -> int:
    """Drop the words of mails from long ago, unless a person has still to read them; how many there were."""
    old = mails_to_forget(now)
    # Of one that belongs to no child, nothing else would ever let the address go.
    old.filter(course=None, contact=None).update(from_address="")
    return old.update(mime=b"")


def _free_key(letter: IncomingLetter) -> str | None:
    """What to keep a mail by: its Message-ID, or what it says if that is missing, odd or another's."""
    if letter.message_id:
        known = IncomingMail.objects.filter(message_id=letter.message_id).first()
        if known is None:
            return letter.message_id
        if _digest(known) == letter.digest:
            return None
    key = f"sha256:{letter.digest}"
    return None if IncomingMail.objects.filter(message_id=key).exists() else key


def _digest(mail: IncomingMail) -> str:
    """Of one kept before there were digests it is made from its bytes, if those are still kept."""
    return mail.digest or (read_letter(bytes(mail.mime)).digest if mail.mime else "")
