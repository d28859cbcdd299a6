"""SMTP servers on loopback that take mail, and that refuse, stall and drop the line as told."""

import asyncio
import logging
import socket
from collections.abc import Coroutine, Iterable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult

# It writes every command, with its addresses.
logging.getLogger("mail.log").setLevel(logging.WARNING)

DROP_MIDWAY = "drop the line while the mail comes in"
DROP_AFTER = "keep the mail, and drop the line before saying so"
STALL = "take the mail, and say nothing for longer than anybody waits"


class MailServer:
    """A context manager: while its block runs, a server listens on `port`.

    recipient, data: its answers to the first RCPT TOs and to the first mails, in order, each an SMTP reply or
    one of the faults above; later ones get 250. mails: the bytes of every mail it has taken, whether or not
    it could say so. refuse_sign_in: no password is right. mails_a_connection: it ends a connection that has
    carried so many. answer_after: the seconds it takes over each mail.
    together: it answers nobody's mail before so many have connected.
    """

    def __init__(
        self,
        *,
        recipient: Iterable[str] = (),
        data: Iterable[str] = (),
        port: int = 0,
        refuse_sign_in: bool = False,
        mails_a_connection: int = 1000,
        answer_after: float = 0,
        together: int = 1,
    ) -> None:
        self.recipient, self.data = iter(recipient), iter(data)
        self.port = port
        self.refuse_sign_in = refuse_sign_in
        self.mails_a_connection = mails_a_connection
        self.answer_after, self.together = answer_after, together
        self.mails: list[bytes] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.connections = 0

    @property
    def message_ids(self) -> list[str]:
        return [message_from_bytes(mail)["Message-ID"] for mail in self.mails]

    def __enter__(self) -> "MailServer":
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._run(self._loop.create_server(self._connect, "127.0.0.1", self.port))
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *error: object) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(5)

    def _connect(self) -> "_Connection":
        self.connections += 1
        return _Connection(self, self._loop)

    async def _close(self) -> None:
        self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Connection(SMTP):
    """One connection, and its own handler: aiosmtpd calls the `handle_` hooks."""

    def __init__(self, server: MailServer, loop: asyncio.AbstractEventLoop) -> None:
        self._of = server
        self._carried = 0
        options = {"authenticator": _refuse, "auth_require_tls": False} if server.refuse_sign_in else {}
        super().__init__(self, hostname="mail.example", loop=loop, **options)

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        answer = next(self._of.recipient, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def smtp_DATA(self, arg: str) -> None:
        self._fault = next(self._of.data, "250 OK")
        if self._fault == DROP_MIDWAY:
            await self.push("354 Go on")
            await self._reader.readline()
            self.transport.abort()
        else:
            await super().smtp_DATA(arg)
            if self._carried == self._of.mails_a_connection:
                self.transport.close()

    async def handle_DATA(self, server, session, envelope) -> str:
        self._carried += 1
        while self._of.connections < self._of.together:
            await asyncio.sleep(0.01)
        if self._fault[0] not in "45":
            self._of.mails.append(envelope.content)
            self._of.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        if self._fault == DROP_AFTER:
            self.transport.abort()
        await asyncio.sleep(60 if self._fault == STALL else self._of.answer_after)
        return self._fault


def _refuse(*of_what: object) -> AuthResult:
    return AuthResult(success=False, handled=False)


@contextmanager
def nobody_listens() -> Iterator[int]:
    """A port that refuses every connection, and that no other program is given meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@contextmanager
def never_greets() -> Iterator[socket.socket]:
    """A socket that lets anybody connect and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@contextmanager
def says(*lines: bytes) -> Iterator[int]:
    """The port of a server that says the first line unasked, and the next whenever it is told something,
    whatever that is; after the last it hangs up."""

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            for line in lines:
                self.request.sendall(line)
                if not self.request.recv(65_536):
                    return

    with ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()
