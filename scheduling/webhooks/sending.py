"""The one door to other systems: a POST to an address, and the status of the answer.

Whoever may name an address could make the app knock at any door of the hospital's network. So a name is
resolved here, everything it resolves to has to be an address of the public internet unless WEBHOOK_HOSTS
names the host, and the connection goes to exactly what was judged. No proxy is asked and no redirect
followed; of the answer only the status and `Retry-After` are read.
"""

import ipaddress
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse
from threading import Timer
from time import monotonic
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils import timezone

# For everything together, from the first knock to the status.
SECONDS = 10
LONGEST_ADDRESS = 500
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# Of protocols, of sites, of translators within a network (RFC 8215), and IPv4 in disguise: to Python, or to
# some of its releases, as public as any.
OF_NETWORKS = [
    ipaddress.ip_network(each)
    for each in ("192.0.0.0/24", "fec0::/10", "64:ff9b:1::/48", "::/96", "::ffff:0:0:0/96")
]
NAT64 = ipaddress.ip_network("64:ff9b::/96")
GONE = 410


@dataclass(frozen=True)
class Answer:
    """What came of an attempt. status: of HTTP; None without an answer. problem: a sentence that
    quotes neither address nor answer; empty if it was taken. later: for how long it asks to be left alone."""

    status: int | None = None
    problem: str = ""
    later: timedelta | None = None

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class NotAllowed(Exception):
    """The address may not be sent to. Its text is a sentence that says why, and what would change that."""


def refuse_address(address: str) -> SplitResult:
    """The parts of an address that may be sent to, as far as it says itself. Raises NotAllowed."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise NotAllowed(
            "This is no web address. Write it in full, like https://engine.trust.example/in"
        ) from None
    if len(address) > LONGEST_ADDRESS or any(ord(sign) <= 32 for sign in address):
        raise NotAllowed("This is no web address: it has a space in it, or is too long.")
    if parts.scheme not in ("https", "http") or not parts.hostname or port == 0:
        raise NotAllowed("This is no web address. Write it in full, like https://engine.trust.example/in")
    if parts.scheme == "http" and not settings.DEBUG:
        raise NotAllowed("The address has no TLS, so what is sent could be read on its way. Use https://")
    if parts.username is not None or parts.password is not None:
        raise NotAllowed(
            "The address has a user name or a password in it. Leave it out: each event is signed."
        )
    return parts


def refuse_host(host: str, port: int) -> list[str]:
    """What a host resolves to, in order. Raises NotAllowed if that may not be sent to, OSError if unknown."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(where[0]) for *_, where in found))
    if host.lower() not in settings.WEBHOOK_HOSTS:
        for address in addresses:
            # A zone is only of use on the machine itself.
            if not is_public(ipaddress.ip_address(address.partition("%")[0])):
                raise NotAllowed(
                    "The address leads into the hospital’s own network. If that is meant, whoever runs this "
                    "app names the host in WEBHOOK_HOSTS."
                )
    return addresses


def is_public(address: Address) -> bool:
    """Whether it is one of the public internet, also as the IPv4 address that it may stand for."""
    inner = [address]
    if isinstance(address, ipaddress.IPv6Address):
        inner += [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in NAT64:
            inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    known = [each for each in inner if each is not None]
    return all(
        each.is_global and not each.is_multicast and not any(each in network for network in OF_NETWORKS)
        for each in known
    )


def post(address: str, body: bytes, headers: dict[str, str]) -> Answer:
    """Send the bytes. Never raises: whatever goes wrong on the way is the answer."""
    try:
        return _post(address, body, headers)
    except NotAllowed as refusal:
        return Answer(problem=str(refusal))
    except TimeoutError:
        return Answer(problem=f"It did not answer within {SECONDS} seconds.")
    except ssl.SSLCertVerificationError:
        return Answer(problem="Its certificate is not one that this app trusts for that name.")
    except socket.gaierror:
        return Answer(problem="The name in its address is not known.")
    except (OSError, HTTPException, UnicodeError):
        return Answer(problem="It could not be reached, or broke off.")


def _post(address: str, body: bytes, headers: dict[str, str]) -> Answer:
    parts = refuse_address(address)
    host, is_safe = parts.hostname or "", parts.scheme == "https"
    connection = _Connection(host, parts.port or (443 if is_safe else 80), is_safe)
    try:
        connection.request(
            "POST",
            (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
            body,
            {"Content-Type": "application/json", "User-Agent": "crmo-clinic", **headers},
        )
        answer = _read(connection.getresponse())
    except (OSError, HTTPException):
        if connection.is_late:
            raise TimeoutError from None
        raise
    finally:
        connection.close()
    if connection.is_late:
        # To the library, a line that was cut between two headers is the end of them.
        raise TimeoutError
    return answer


class _Connection(HTTPConnection):
    """To an address that was judged, and no other, with one time limit for everything.

    A time-out of a socket starts again with every byte, so the line is cut at the end by a clock of its own.
    """

    def __init__(self, host: str, port: int, is_safe: bool) -> None:
        self.default_port = 443 if is_safe else 80
        super().__init__(host, port)
        self._is_safe = is_safe
        self._until = monotonic() + SECONDS
        self._clock: Timer | None = None
        self._line: socket.socket | None = None

    @property
    def is_late(self) -> bool:
        return monotonic() >= self._until

    def connect(self) -> None:
        addresses = refuse_host(self.host, self.port)
        self._line = self._first_that_answers(addresses)
        self._clock = Timer(self._left, self._cut)
        self._clock.daemon = True
        self._clock.start()
        if self._is_safe:
            context = ssl.create_default_context()
            line = context.wrap_socket(self._line, server_hostname=self.host, do_handshake_on_connect=False)
            self._line = line
            line.do_handshake()
        self.sock = self._line

    def close(self) -> None:
        if self._clock:
            self._clock.cancel()
        super().close()
        if self._line:
            self._line.close()

    @property
    def _left(self) -> float:
        return max(self._until - monotonic(), 0.001)

    def _first_that_answers(self, addresses: list[str]) -> socket.socket:
        for address in addresses[:-1]:
            try:
                return socket.create_connection((address, self.port), self._left)
            except OSError:
                continue
        return socket.create_connection((addresses[-1], self.port), self._left)

    def _cut(self) -> None:
        if self._line:
            with suppress(OSError):
                # That of the socket itself: to end TLS politely would wait for the other side.
                socket.socket.shutdown(self._line, socket.SHUT_RDWR)


def _read(response: HTTPResponse) -> Answer:
    status = response.status
    if 200 <= status < 300:
        return Answer(status)
    if 300 <= status < 400:
        problem = f"It answered {status}, which leads elsewhere. Enter the address that it leads to."
    else:
        problem = f"It answered {status}."
    return Answer(status, problem, _later(response.getheader("Retry-After", "")))


def _later(text: str) -> timedelta | None:
    """What `Retry-After` asks for: seconds or a date (RFC 9110 section 10.2.3); None for anything else."""
    if text.isascii() and text.isdigit() and len(text) < 10:
        return timedelta(seconds=int(text))
    try:
        until: datetime = parsedate_to_datetime(text)
        return max(until - timezone.now(), timedelta(0))
    except (TypeError, ValueError, OverflowError):
        return None
