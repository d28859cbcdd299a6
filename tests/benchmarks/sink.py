"""An SMTP server that takes every mail and keeps none: `python -m tests.benchmarks.sink`.

It is small so that it is not what is measured (aiosmtpd takes longer over a mail than the worker does), and a
process of its own. Its first line is the port; then comes a line for each mail: seconds, Message-ID, SHA-256.
"""

import asyncio
import re
import sys
from collections.abc import Iterator
from hashlib import sha256
from time import monotonic

END = b"\r\n.\r\n"
ANSWERS = {b"DATA": b"354 Go on\r\n", b"QUIT": b"221 Bye\r\n"}


class Session(asyncio.Protocol):
    """One connection, which may carry many mails."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport, self._buffer, self._in_mail = transport, b"", False
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        for answer in self._answers():
            self._transport.write(answer)

    def _answers(self) -> Iterator[bytes]:
        while True:
            whole, found, rest = self._buffer.partition(END if self._in_mail else b"\r\n")
            if not found:
                return
            self._buffer = rest
            if self._in_mail:
                self._in_mail = False
                _note(whole + b"\r\n")
                yield b"250 Taken\r\n"
            else:
                verb = whole[:4].upper()
                self._in_mail = verb == b"DATA"
                yield ANSWERS.get(verb, b"250 OK\r\n")


def _note(carried: bytes) -> None:
    """carried: with the dots that SMTP adds to lines which begin with one."""
    mail = carried.replace(b"\r\n..", b"\r\n.")
    key = re.search(rb"^Message-ID:\s*(\S+)", mail, re.IGNORECASE | re.MULTILINE)[1].decode()
    sys.stdout.write(f"{monotonic()} {key} {sha256(mail).hexdigest()}\n")
    sys.stdout.flush()


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Session, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
