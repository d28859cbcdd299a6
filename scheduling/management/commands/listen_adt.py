"""The long-running process that takes messages of the hospital's records system over TCP (HL7 v2, MLLP)."""

import asyncio
import signal
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from scheduling.adt.listening import Listener


class Command(BaseCommand):
    help = (
        "Takes ADT messages (HL7 v2, MLLP) until it is told to end (SIGTERM or Ctrl-C); then it finishes the "
        "message in hand. It knows no TLS: let stunnel or nginx stand before it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.ADT_HOST, help="ADT_HOST, else only this machine")
        parser.add_argument("--port", type=int, default=settings.ADT_PORT, help="ADT_PORT")

    def handle(self, *, host: str, port: int, **options: Any) -> None:
        if not settings.ADT_PORT:
            raise CommandError(
                "Set ADT_PORT, for the web and the worker too: else nobody sees what comes in."
            )
        try:
            asyncio.run(self._listen(host, port))
        except OSError as error:
            raise CommandError(f"It cannot listen on port {port} of {host}: {error.strerror}.") from None

    async def _listen(self, host: str, port: int) -> None:
        ended, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, ended.set)
        await Listener().listen(host, port, ended=ended, ready=lambda at: self._say(host, at))

    def _say(self, host: str, port: int) -> None:
        self.stdout.write(f"Listening for ADT messages on port {port} of {host}.")
        self.stdout.flush()
