"""How far each mailbox has been read, so that every mail is taken, once, whoever opened it before.

A mail counts as taken in the transaction that stores what it asked for: whoever is killed in the midst has
taken nothing. Of two workers with one mail the second waits for the first, and then sees that it was taken.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from scheduling.answers import incoming_mail
from scheduling.answers.mailbox import Mailbox
from scheduling.answers.unstored import close_asked
from scheduling.models import MailboxProgress


def to_take(mailbox: Mailbox) -> list[int]:
    """The numbers of the mails that nobody has taken yet: new ones in order, then those left from before.

    Of a mailbox that was never read these are the ones that nobody has opened, and all that come after. One
    that its server numbered anew is gone through again from the day when it was read first.
    """
    validity = mailbox.validity()
    progress = MailboxProgress.objects.filter(mailbox=mailbox.name).first()
    if progress is None:
        progress = _begin(mailbox, validity)
    if progress.validity != validity:
        progress = _begin_again(mailbox, validity)
    return [*mailbox.numbers(after=progress.last_uid), *progress.left]


@transaction.atomic
def take(mailbox: Mailbox, uid: int, raw: bytes, received_at: datetime | None) -> bool:
    """Store what a mail asks for, and that it was taken; false if somebody else took it meanwhile."""
    progress = _locked(mailbox)
    if not progress.is_to_take(uid):
        return False
    incoming_mail.take(raw=raw, received_at=received_at)
    _note(progress, uid, is_left=False)
    close_asked(uid, received_at)
    return True


@transaction.atomic
def pass_by(mailbox: Mailbox, uid: int) -> None:
    """Go on without a mail that is gone from the mailbox."""
    progress = _locked(mailbox)
    if progress.is_to_take(uid):
        _note(progress, uid, is_left=False)


@transaction.atomic
def leave(mailbox: Mailbox, uid: int) -> None:
    """Go on without a mail that could not be taken, for now."""
    progress = _locked(mailbox)
    if progress.is_to_take(uid):
        _note(progress, uid, is_left=True)


def _begin(mailbox: Mailbox, validity: int) -> MailboxProgress:
    last = max(mailbox.numbers(), default=0)
    unread = [uid for uid in mailbox.unread() if uid <= last]
    defaults = {"validity": validity, "last_uid": last, "left": unread}
    return MailboxProgress.objects.get_or_create(mailbox=mailbox.name, defaults=defaults)[0]


@transaction.atomic
def _begin_again(mailbox: Mailbox, validity: int) -> MailboxProgress:
    """Go through everything since the first time. What was taken is known by its words, and stays taken."""
    progress = _locked(mailbox)
    if progress.validity != validity:
        # The server's days may begin at another hour.
        since = mailbox.came_since(timezone.localdate(progress.since) - timedelta(days=1))
        progress.validity, progress.left = validity, []
        progress.last_uid = min(since) - 1 if since else max(mailbox.numbers(), default=0)
        progress.save()
    return progress


def _locked(mailbox: Mailbox) -> MailboxProgress:
    return MailboxProgress.objects.select_for_update().get(mailbox=mailbox.name)


def _note(progress: MailboxProgress, uid: int, *, is_left: bool) -> None:
    others = [other for other in progress.left if other != uid]
    progress.left = sorted({*others, uid}) if is_left else others
    progress.last_uid = max(progress.last_uid, uid)
    progress.save(update_fields=["left", "last_uid"])
