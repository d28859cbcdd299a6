"""Look through every mailbox for new mails, and take them one by one, each in its own transaction."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import monotonic

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from scheduling.answers import progress
from scheduling.answers.kept_mails import forget_old_mails
from scheduling.answers.mailbox import Fetched, Mailbox, MailboxAway, open_mailbox
from scheduling.answers.unstored import ask_to_open
from scheduling.models import Unit

SECONDS_BETWEEN = 60
# For how long, and for how many mails, one mailbox is read in a round: the worker's other jobs wait for it.
SECONDS_A_ROUND = 30
MAILS_A_ROUND = 200
SECONDS_BETWEEN_FORGETTING = 3600

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Taken:
    """How many mails were taken in a round, and how many could not be and are tried again; false if none."""

    taken: int = 0
    left: int = 0

    def __bool__(self) -> bool:
        return bool(self.taken or self.left)

    def __str__(self) -> str:
        return f"Inbox: {self.taken} taken, {self.left} left for later."


@dataclass(eq=False)
class Reader:
    """The worker's job. It remembers when each mailbox is to be read next, and which errors it has logged."""

    _next: dict[str, float] = field(default_factory=dict)
    _away: set[str] = field(default_factory=set)
    _failed: set[tuple[str, int]] = field(default_factory=set)
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
                    for was_taken in self._take_all(mailbox, stopping):
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

    def _take_all(self, mailbox: Mailbox, stopping: Callable[[], bool]) -> Iterator[bool]:
        """Whether each mail that was to be taken was, as they are."""
        until = monotonic() + SECONDS_A_ROUND
        for uid in progress.to_take(mailbox)[:MAILS_A_ROUND]:
            if stopping() or monotonic() > until:
                return
            found = mailbox.read(uid)
            if found is None:
                progress.pass_by(mailbox, uid)
            elif (was_taken := self._take(mailbox, uid, found)) is not None:
                yield was_taken

    def _take(self, mailbox: Mailbox, uid: int, found: Fetched) -> bool | None:
        """Store what a mail asks for; None if another worker did.

        One that cannot be stored is named once, given to a person, and tried again each round.
        """
        try:
            return progress.take(mailbox, uid, found.raw, found.received_at) or None
        except (OperationalError, InterfaceError):
            # The database's fault, not the mail's: every other mail would fail as well.
            raise
        except Exception as error:
            if (mailbox.name, uid) not in self._failed:
                # Not its words, which may quote the mail.
                logger.error("Mail %s was not taken and is tried again: %s.", uid, type(error).__name__)
            self._failed.add((mailbox.name, uid))
        progress.leave(mailbox, uid)
        try:
            ask_to_open(mailbox.name, uid, found.received_at)
        except Exception as error:
            # The other mails are not to wait for it either; this is tried again with the mail.
            logger.error("Nobody could be asked to read mail %s: %s.", uid, type(error).__name__)
        return False

    def _forget(self) -> None:
        if monotonic() >= self._forget_at:
            forget_old_mails(timezone.now())
            self._forget_at = monotonic() + SECONDS_BETWEEN_FORGETTING


read_mailboxes = Reader()
