"""One mailbox on an IMAP server: list its unread mails, read their bytes, mark them as seen."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import unquote, urlsplit

from imap_tools import BaseMailBox, MailBox, MailBoxUnencrypted

from scheduling.ical import LARGEST_MAIL

SECONDS_TO_ANSWER = 20
THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}


class MailboxAway(Exception):
    """The server cannot be reached, refuses the sign-in, or broke off. Its text is only the kind of error."""


class Mailbox:
    """An open mailbox. Every method raises MailboxAway."""

    def __init__(self, box: BaseMailBox) -> None:
        self._box = box

    def unread(self) -> list[str]:
        """The UIDs of the unread mails, the oldest first."""
        with _asking():
            return sorted(self._box.uids("UNSEEN", charset=None), key=int)

    def read(self, uid: str) -> bytes | None:
        """The bytes of a mail, which stays unread; None if it is gone.

        Of a mail larger than LARGEST_MAIL, just enough bytes to see that it is too large.
        """
        with _asking():
            _, answers = self._box.client.uid("FETCH", uid, f"(BODY.PEEK[]<0.{LARGEST_MAIL + 1}>)")
            return next((bytes(answer[1]) for answer in answers if isinstance(answer, tuple)), None)

    def mark_seen(self, uid: str) -> None:
        # Not imap_tools' own way, which also removes mails that others have marked for removal.
        with _asking():
            status, _ = self._box.client.uid("STORE", uid, "+FLAGS.SILENT", r"(\Seen)")
            if status != "OK":
                raise PermissionError


@contextmanager
def open_mailbox(url: str) -> Iterator[Mailbox]:
    """The mailbox at `imaps://user:password@host:993/INBOX`; `imap://` only on this machine.

    Raises MailboxAway.
    """
    with _asking():
        box = _connected(url)
    try:
        yield Mailbox(box)
    finally:
        with suppress(Exception):
            box.logout()


def _connected(url: str) -> BaseMailBox:
    parts = urlsplit(url)
    host, user, password = parts.hostname or "", unquote(parts.username or ""), unquote(parts.password or "")
    if parts.scheme == "imaps":
        secure = ssl.create_default_context()
        box = MailBox(host, parts.port or 993, timeout=SECONDS_TO_ANSWER, ssl_context=secure)
    elif parts.scheme == "imap" and host in THIS_MACHINE:
        box = MailBoxUnencrypted(host, parts.port or 143, timeout=SECONDS_TO_ANSWER)
    else:
        raise ValueError("neither imaps:// nor on this machine")
    login = box.login if (user + password).isascii() else box.login_utf8
    try:
        login(user, password, initial_folder=unquote(parts.path.strip("/")) or "INBOX")
    except Exception:
        with suppress(Exception):
            box.client.shutdown()
        raise
    return box


@contextmanager
def _asking() -> Iterator[None]:
    """Turn every error into MailboxAway, without its text, which may quote a name or a password."""
    try:
        yield
    except Exception as fault:
        raise MailboxAway(type(fault).__name__) from None
