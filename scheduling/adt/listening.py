"""A listener for messages over TCP (MLLP, HL7's minimal lower layer protocol, release 1).

A message stands between 0x0B and 0x1C 0x0D, and so does its answer. Messages are taken one after the other,
whatever the number of connections: one thread writes, at the pace of the database.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from django.db import close_old_connections

from scheduling.adt.acknowledging import TOO_BIG, Answer, answer
from scheduling.adt.framing import header_of, parted
from scheduling.adt.receiving import receive

START, END = b"\x0b", b"\x1c\x0d"
BEGUN = START + b"MSH"
LONGEST_HEADER = 10_000
BIGGEST_MESSAGE = 1_000_000
MOST_CONNECTIONS = 20
# A connection may rest between two messages; half a message may not.
SECONDS_AT_REST, SECONDS_IN_A_MESSAGE, SECONDS_TO_END = 3600, 30, 30

logger = logging.getLogger(__name__)
Take = Callable[[bytes, str], Answer]


def take_in_thread(raw: bytes, came_from: str) -> Answer:
    """`receive`, on a connection to the database that is looked after."""
    close_old_connections()
    return receive(raw, came_from)


@dataclass(eq=False)
class Listener:
    """Takes connections until it is told to end; then it finishes the message in hand."""

    take: Take = take_in_thread
    seconds_at_rest: float = SECONDS_AT_REST
    seconds_in_a_message: float = SECONDS_IN_A_MESSAGE
    most_connections: int = MOST_CONNECTIONS
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _at_rest: set[asyncio.Task[None]] = field(default_factory=set)
    _is_ending: bool = False
    _writer: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "adt"))

    async def listen(
        self, host: str, port: int, *, ended: asyncio.Event, ready: Callable[[int], None]
    ) -> None:
        """Listen until `ended`. ready: called with the port; 0 asks for any that is free."""
        server = await asyncio.start_server(self._talk, host, port, limit=BIGGEST_MESSAGE)
        async with server:
            ready(server.sockets[0].getsockname()[1])
            await ended.wait()
            server.close()
            self._is_ending = True
            for task in self._at_rest:
                task.cancel()
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=SECONDS_TO_END)
        self._writer.shutdown()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._tasks) >= self.most_connections:
            logger.warning("A connection for ADT messages was refused: there are too many.")
            writer.close()
            return
        self._tasks.add(task)
        try:
            await self._messages(reader, writer, task)
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError, asyncio.CancelledError):
            # Half a message is never answered, so its sender sends it again.
            pass
        finally:
            self._tasks.discard(task)
            self._at_rest.discard(task)
            writer.close()

    async def _messages(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, task: "asyncio.Task[None]"
    ) -> None:
        came_from = str((writer.get_extra_info("peername") or ("?",))[0])
        loop = asyncio.get_running_loop()
        while not self._is_ending:
            self._at_rest.add(task)
            async with asyncio.timeout(self.seconds_at_rest):
                # What stands between two messages is none.
                while await reader.readexactly(1) != START:
                    pass
            async with asyncio.timeout(self.seconds_in_a_message):
                try:
                    block = await reader.readuntil(END)
                except asyncio.LimitOverrunError:
                    logger.warning("An ADT message was refused: it is too big.")
                    header = header_of(_last_begun(await reader.read(LONGEST_HEADER)))
                    writer.write(START + answer(header, TOO_BIG).content + END)
                    return
            # What has come in whole is stored and answered, also when the process is told to end.
            self._at_rest.discard(task)
            content = _last_begun(block.removesuffix(END))
            for raw in parted(content) or [content]:
                try:
                    done = await loop.run_in_executor(self._writer, self.take, raw, came_from)
                except Exception as error:
                    # Not answered: whoever sent it sends it again.
                    logger.error("An ADT message was not taken: %s.", type(error).__name__)
                    return
                writer.write(START + done.content + END)
                async with asyncio.timeout(self.seconds_in_a_message):
                    await writer.drain()


def _last_begun(block: bytes) -> bytes:
    """Without the half of a message that broke off. The sign of a start may also stand within a text."""
    return block[block.rfind(BEGUN) + 1 :].removeprefix(START)
