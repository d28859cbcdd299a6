"""How finished mail is sent: over SMTP, or into files if no server is set. Its bytes are never changed."""

import os
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from django.conf import settings
from django.core.mail.backends.smtp import EmailBackend
from django.utils.encoding import punycode

SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"


class TransportError(Exception):
    """The mail was not sent, or it is not certain that it was.

    sentence: why, for the person at the screen. It has no address in it and does not quote the server.
    permanent: trying this mail again would not help.
    of_server: no fault of this mail or its address; the mail server would not take another one either.
    """

    def __init__(self, sentence: str, permanent: bool, *, of_server: bool = False) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.permanent = permanent
        self.of_server = of_server


class Transport(Protocol):
    """A way to send mail."""

    def send(self, from_address: str, to_address: str, mime: bytes) -> None:
        """Return once the mail is accepted for delivery. Raises TransportError if that is not certain."""


@contextmanager
def configured_transport() -> Iterator[Transport]:
    """What the settings name, for one run of sending: the SMTP server of EMAIL_URL, or files in MAIL_DIR."""
    if settings.EMAIL_BACKEND == SMTP_BACKEND:
        with closing(SmtpTransport()) as transport:
            yield transport
    else:
        yield FileTransport(settings.MAIL_DIR)


class SmtpTransport:
    """Mail over SMTP (RFC 5321), with the server, sign-in, TLS and timeout of Django's EMAIL_* settings.

    One object serves one run. It connects for the first mail, keeps the connection for the next, and connects
    again after a fault. If connecting fails, it does not try again, so that not every mail waits for a
    timeout.
    """

    def __init__(self) -> None:
        self._connection: smtplib.SMTP | None = None
        self._unreachable: TransportError | None = None

    def send(self, from_address: str, to_address: str, mime: bytes) -> None:
        try:
            sender, recipient = _ascii(from_address), _ascii(to_address)
        except UnicodeError:
            raise TransportError("The address is not one that mail can be sent to.", permanent=True) from None
        connection = self._begun(sender, len(mime))
        try:
            refused = self._carry(connection, recipient, mime)
        except OSError as fault:
            self._drop()
            raise _not_taken(fault) from fault
        except BaseException:
            self._drop()
            raise
        if refused:
            raise _address_refused(refused)

    def close(self) -> None:
        """Say goodbye to the server. What was sent stays sent, whatever it answers."""
        if self._connection:
            with suppress(OSError):
                self._connection.quit()
            self._drop()

    def _begun(self, sender: str, size: int) -> smtplib.SMTP:
        """A connection on which a mail from this sender has begun.

        Servers close one that was idle or has carried enough mails: then a new one is opened, for nothing of
        this mail has left.
        """
        was_open, connection = bool(self._connection), self._ready()
        try:
            connection.ehlo_or_helo_if_needed()
            code, answer = connection.mail(sender, [f"size={size}"] if connection.has_extn("size") else [])
            if code != 250:
                raise smtplib.SMTPSenderRefused(code, answer, sender)
        except OSError as fault:
            self._drop()
            ended = isinstance(fault, smtplib.SMTPServerDisconnected | ConnectionError)
            if was_open and (ended or getattr(fault, "smtp_code", 0) == 421):
                return self._begun(sender, size)
            raise _not_taken(fault) from fault
        return connection

    def _carry(self, connection: smtplib.SMTP, recipient: str, mime: bytes) -> int:
        """Hand over a mail that has begun; 0, or the code by which its address was refused. Raises OSError if
        it may not have been taken for another reason."""
        code, _ = connection.rcpt(recipient)
        if code not in (250, 251):
            # So that the connection can carry the next one. If that has ended, it is opened again then.
            with suppress(OSError):
                connection.rset()
            return code
        code, answer = connection.data(mime)
        if code != 250:
            raise smtplib.SMTPDataError(code, answer)
        return 0

    def _ready(self) -> smtplib.SMTP:
        """An open connection."""
        if self._unreachable:
            raise self._unreachable
        if not self._connection:
            backend = EmailBackend()
            try:
                backend.open()
            except OSError as fault:
                with suppress(OSError):
                    backend.close()
                self._unreachable = _not_opened(fault)
                raise self._unreachable from fault
            self._connection = backend.connection
        return self._connection

    def _drop(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None


class FileTransport:
    """Each mail as a file of exactly its bytes. The file names sort by time and say nothing about anybody."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, from_address: str, to_address: str, mime: bytes) -> None:
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{uuid4().hex[:8]}.eml"
        unfinished = self._folder / f".{name}.part"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with unfinished.open("xb") as file:
                file.write(mime)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self._folder / name)
        except OSError as fault:
            with suppress(OSError):
                unfinished.unlink()
            raise TransportError(
                "The mail could not be written to the mail folder.", permanent=False
            ) from fault


def _ascii(address: str) -> str:
    """The address for the envelope; a domain with non-ASCII letters gets its ASCII form (RFC 5891).

    Raises UnicodeError if there is no such form.
    """
    name, _, domain = address.rpartition("@")
    name.encode("ascii")
    return f"{name}@{punycode(domain)}"


def _address_refused(code: int) -> TransportError:
    """The fault for a reply to RCPT TO. 5xx is permanent, 4xx is not (RFC 5321 section 4.2.1)."""
    if 500 <= code <= 599:
        return TransportError(
            f"The mail server refused this address (its answer was {code}). Check it with the family.",
            permanent=True,
        )
    return TransportError(
        f"The mail server could not take mail for this address (its answer was {code}).", permanent=False
    )


def _not_opened(fault: OSError) -> TransportError:
    """The fault for a connection that failed. It is for whoever runs the server, and not about the mail."""
    if isinstance(fault, smtplib.SMTPAuthenticationError):
        sentence = f"The mail server refused our sign-in (its answer was {fault.smtp_code})."
    elif isinstance(fault, smtplib.SMTPNotSupportedError):
        sentence = "The mail server does not offer the sign-in or the encryption that the settings ask for."
    elif isinstance(fault, ssl.SSLError):
        sentence = "The mail server could not be reached securely."
    elif isinstance(fault, smtplib.SMTPResponseException):
        sentence = f"The mail server is not ready to take mail (its answer was {fault.smtp_code})."
    else:
        sentence = "The mail server could not be reached."
    return TransportError(sentence, permanent=False, of_server=True)


def _not_taken(fault: OSError) -> TransportError:
    """A fault of an open connection that is not about the recipient's address. The mail may have arrived.

    Only a 5xx reply to the mail itself is permanent. One to anything else is about our side, and can be put
    right.
    """
    refused = isinstance(fault, smtplib.SMTPDataError) and 500 <= fault.smtp_code <= 599
    if isinstance(fault, smtplib.SMTPSenderRefused):
        sentence = (
            f"The mail server refused the unit’s mailbox as the sender (its answer was {fault.smtp_code})."
        )
    elif isinstance(fault, smtplib.SMTPResponseException):
        sentence = f"The mail server did not take the mail (its answer was {fault.smtp_code})."
    else:
        sentence = "The mail server stopped answering before it said that it had taken the mail."
    return TransportError(sentence, permanent=refused, of_server=not refused)
