"""A process that has the app loaded and answers questions about its database, one after the other.

A question is a function in a module of the tests; the process calls it. Starting Python and Django for each
question would take a second every time.
"""

import json
import subprocess
import sys
import traceback
from collections.abc import Callable
from importlib import import_module
from typing import Any

from tests import clock
from tests.processes import ROOT, SECONDS_TO_END, environment


class Clerk:
    """A context manager: the process answers while its block runs. more: environment variables."""

    def __init__(self, database: str, **more: str) -> None:
        self.database = database
        self._environment = environment(database, **more)

    def __enter__(self) -> "Clerk":
        self._process = subprocess.Popen(
            clock.python("-m", "tests.clerk"),
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *error: object) -> None:
        self._process.communicate(timeout=SECONDS_TO_END)

    def ask(self, question: Callable[..., Any], **values: object) -> Any:
        """The result of the function, called in that process. Values have to be JSON; what is not JSON in the
        result comes back as text. Raises AssertionError with the traceback if the function failed."""
        self._process.stdin.write(json.dumps([question.__module__, question.__name__, values]) + "\n")
        self._process.stdin.flush()
        answer, fault = json.loads(self._process.stdout.readline())
        assert not fault, fault
        return answer


def serve() -> None:
    import django

    django.setup()
    from django.db import connection

    from scheduling.unit import diary_rows

    # What a question prints must not mix with the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        module, name, values = json.loads(line)
        # Questions write rows past the app's acts, so a cached diary may be out of date.
        diary_rows._kept.clear()
        try:
            said = json.dumps([getattr(import_module(module), name)(**values), ""], default=str)
        except Exception:
            said = json.dumps([None, traceback.format_exc()])
        connection.close()
        print(said, file=answers, flush=True)


if __name__ == "__main__":
    serve()
