"""One mailbox on an IMAP server: the numbers of its mails, and their bytes. Nothing in it is changed."""

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import unquote, urlsplit

from django.conf import settings
from imap_tools import BaseMailBox, MailBox, MailBoxUnencrypted

from scheduling.answers.access_token import access_token, forget_token
from scheduling.ical import LARGEST_MAIL

SECONDS_TO_ANSWER = 20
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
INTERNALDATE = re.compile(rb'INTERNALDATE "([^"]{1,40})"', re.IGNORECASE)
THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}


class MailboxAway(Exception):
    """The server cannot be reached, refuses the sign-in, or broke off. Its text is only the kind of error."""


@dataclass(frozen=True)
class Fetched:
    """A mail as it lies there, enough of a large one to see that it is; and when it came, if that is said."""

    raw: bytes
    received_at: datetime | None


class Mailbox:
    """An open mailbox, as nobody but its owner sees it: no flag is changed. Every method raises MailboxAway.

    name: whose it is, on which server, which folder. Mails have numbers (UIDs) that only rise.
    """

    def __init__(self, box: BaseMailBox, name: str) -> None:
        self._box, self.name = box, name

    def validity(self) -> int:
        """The numbering that the numbers belong to: once it is another, they mean other mails."""
        with _asking():
            _, [said] = self._box.client.response("UIDVALIDITY")
            return int(said)

    def numbers(self, *, after: int = 0) -> list[int]:
        """Those of all mails above a number, in order."""
        # "12:*" means the last mail too, if that has a lower one.
        return [uid for uid in self._search(f"UID {after + 1}:*") if uid > after]

    def unread(self) -> list[int]:
        return self._search("UNSEEN")

    def came_since(self, day: date) -> list[int]:
        """Those of all mails that came on that day or later, by the server's calendar."""
        return self._search(f"SINCE {day.day}-{MONTHS[day.month - 1]}-{day.year}")

    def read(self, uid: int) -> Fetched | None:
        """A mail, left unread if it is. None if it is gone."""
        with _asking():
            wanted = f"(INTERNALDATE BODY.PEEK[]<0.{LARGEST_MAIL + 1}>)"
            _, answers = self._box.client.uid("FETCH", str(uid), wanted)
            said = b" ".join(part[0] if isinstance(part, tuple) else part or b"" for part in answers)
            raw = next((bytes(part[1]) for part in answers if isinstance(part, tuple)), None)
            return None if raw is None else Fetched(raw, _moment(said))

    def _search(self, criteria: str) -> list[int]:
        with _asking():
            return sorted(int(uid) for uid in self._box.uids(criteria, charset=None))


def _moment(said: bytes) -> datetime | None:
    """The INTERNALDATE in an answer to FETCH (RFC 9051 section 7.5.2)."""
    found = INTERNALDATE.search(said)
    try:
        return datetime.strptime(found[1].decode().strip(), "%d-%b-%Y %H:%M:%S %z") if found else None
    except ValueError:
        return None


@contextmanager
def open_mailbox(url: str) -> Iterator[Mailbox]:
    """The mailbox at `imaps://user:password@host:993/INBOX`; `imap://` only on this machine.

    Raises MailboxAway.
    """
    with _asking():
        box = _connected(url)
    try:
        yield Mailbox(box, _name(url))
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
    try:
        _sign_in(box, user, password)
        # Opened for reading only: what people see as unread stays so.
        box.folder.set(_folder(url), readonly=True)
    except Exception:
        with suppress(Exception):
            box.client.shutdown()
        raise
    return box


def _sign_in(box: BaseMailBox, user: str, password: str) -> None:
    """With the password in the address; without one by an access token, if the settings name a client."""
    if password or not settings.IMAP_OAUTH_CLIENT_ID:
        login = box.login if (user + password).isascii() else box.login_utf8
        login(user, password, initial_folder=None)
        return
    token = access_token()
    try:
        box.xoauth2(user, token, initial_folder=None)
    except Exception:
        forget_token()
        raise


def _folder(url: str) -> str:
    return unquote(urlsplit(url).path.strip("/")) or "INBOX"


def _name(url: str) -> str:
    """A mailbox whatever its password and the port of its server are."""
    parts = urlsplit(url)
    return f"{unquote(parts.username or '')} {parts.hostname} {_folder(url)}"[:500]


@contextmanager
def _asking() -> Iterator[None]:
    """Turn every error into MailboxAway, without its text, which may quote a name or a password."""
    try:
        yield
    except Exception as fault:
        raise MailboxAway(type(fault).__name__) from None
