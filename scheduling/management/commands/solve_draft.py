"""The process that works out one draft of a plan; the worker starts it."""

import os
import signal
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

# Below everything else on the machine: people wait for pages, and families for mails.
NICE = 10


class Command(BaseCommand):
    help = "Works out the draft of a plan with this number. The worker starts it; it ends by itself."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("draft", type=int, help="the number of the draft")

    def handle(self, *, draft: int, **options: Any) -> None:
        # Only here: the solver is a large library, and no other process may load it.
        from scheduling.booking.drafts.working import work_out

        self._stop = False
        before = signal.signal(signal.SIGTERM, self._end)
        if hasattr(os, "nice"):
            os.nice(NICE)
        try:
            self.stdout.write(work_out(draft, stopping=lambda: self._stop))
        finally:
            signal.signal(signal.SIGTERM, before)

    def _end(self, *signal_and_frame: Any) -> None:
        self._stop = True
