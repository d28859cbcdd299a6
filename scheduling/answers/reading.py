"""Look through every mailbox for new mails, and take them one by one, each in its own transaction."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import monotonic

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from scheduling.answers import incoming_mail
from scheduling.answers.mailbox import Mailbox, MailboxAway, open_mailbox
from scheduling.models import Unit

SECONDS_BETWEEN = 60
# For how long, and for how many mails, one mailbox is read in a round: the worker's other jobs wait for it.
SECONDS_A_ROUND = 30
MAILS_A_ROUND = 200
SECONDS_BETWEEN_FORGETTING = 3600

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Taken:
    """How many mails one round took, and how many failed and stay unread; false if there were none."""

    taken: int = 0
    left: int = 0

    def __bool__(self) -> bool:
        return bool(self.taken or self.left)

    def __str__(self) -> str:
        return f"Inbox: {self.taken} taken, {self.left} left unread."


@dataclass(eq=False)
class Reader:
    """The worker's job. It remembers when each mailbox is to be read next, and which errors it has logged."""

    _next: dict[str, float] = field(default_factory=dict)
    _away: set[str] = field(default_factory=set)
    _failed: set[tuple[str, str]] = field(default_factory=set)
    _forget_at: float = 0.0

    def __call__(self, *, stopping: Callable[[], bool]) -> Taken:
        """Read every mailbox whose minute is over. Neither an unreachable server nor a bad mail stops it."""
        self._forget()
        taken = left = 0
        for number, url in enumerate(settings.IMAP_URLS, start=1):
            if stopping() or monotonic() < self._next.get(url, 0.0):
                continue
            self._next[url] = monotonic() + SECONDS_BETWEEN
            if not Unit.objects.exists():
                # Without a unit there is nobody to give a mail to.
                continue
            try:
                with open_mailbox(url) as mailbox:
                    for was_taken in self._take_all(mailbox, url, stopping):
                        taken, left = taken + was_taken, left + (not was_taken)
            except MailboxAway as fault:
                if url not in self._away:
                    logger.warning("Mailbox %s cannot be read: %s.", number, fault)
                self._away.add(url)
            else:
                if url in self._away:
                    logger.warning("Mailbox %s is read again.", number)
                self._away.discard(url)
        return Taken(taken, left)

    def _take_all(self, mailbox: Mailbox, url: str, stopping: Callable[[], bool]) -> Iterator[bool]:
        """For each unread mail, yield whether it was taken."""
        until = monotonic() + SECONDS_A_ROUND
        # Mails that failed before come last, so that they do not keep the others waiting.
        unread = sorted(mailbox.unread(), key=lambda uid: (url, uid) in self._failed)
        for uid in unread[:MAILS_A_ROUND]:
            if stopping() or monotonic() > until:
                return
            raw = mailbox.read(uid)
            if raw is None:
                continue
            was_taken = self._take(raw, url, uid)
            if was_taken:
                mailbox.mark_seen(uid)
            yield was_taken

    def _take(self, raw: bytes, url: str, uid: str) -> bool:
        """Store what a mail asks for. If that fails, it is logged once, and tried again each round."""
        try:
            incoming_mail.take(raw=raw)
        except (OperationalError, InterfaceError):
            # The database's fault, not the mail's: every other mail would fail as well.
            raise
        except Exception as error:
            if (url, uid) not in self._failed:
                # Not the error's own text, which may quote the mail.
                logger.error("Mail %s was not taken and stays unread: %s.", uid, type(error).__name__)
            self._failed.add((url, uid))
            return False
        return True

    def _forget(self) -> None:
        if monotonic() >= self._forget_at:
            incoming_mail.forget_old_mails(timezone.now())
            self._forget_at = monotonic() + SECONDS_BETWEEN_FORGETTING


read_mailboxes = Reader()
