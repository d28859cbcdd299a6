"""A sender of messages, written from the specification (MLLP release 1), with nothing of ours."""

import socket


class Sender:
    """A connection to a listener."""

    def __init__(self, port: int, seconds: float = 20) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=seconds)
        self._read = b""

    def __enter__(self) -> "Sender":
        return self

    def __exit__(self, *error: object) -> None:
        self._socket.close()

    def put(self, content: bytes) -> None:
        """Send these bytes as they are."""
        self._socket.sendall(content)

    def send(self, message: bytes) -> bytes:
        """Send a message, and wait for its answer."""
        self.put(b"\x0b" + message + b"\x1c\x0d")
        return self.answer()

    def answer(self) -> bytes:
        """The next answer, without what stands around it. Raises ConnectionError if none will come."""
        while b"\x1c\x0d" not in self._read:
            read = self._socket.recv(65536)
            if not read:
                raise ConnectionError("closed")
            self._read += read
        block, _, self._read = self._read.partition(b"\x1c\x0d")
        assert block.startswith(b"\x0b"), block
        return block[1:]
