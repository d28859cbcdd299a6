"""A process that has the app loaded and answers questions about its database, one after the other.

A question is a function of a module of the tests; the process calls it. To start Python and Django takes a
second, which every question would cost.
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
    """Answers for the time of a `with`. more: environment variables."""

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
        """What the function gives for those values, called over there: both have to be JSON, but for what
        can be read as text. Raises AssertionError with its traceback if it failed."""
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

    # Whatever is printed along the way must not stand among the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        module, name, values = json.loads(line)
        # Questions write rows as no act of the app does, so nothing that was kept still holds.
        diary_rows._kept.clear()
        try:
            said = json.dumps([getattr(import_module(module), name)(**values), ""], default=str)
        except Exception:
            said = json.dumps([None, traceback.format_exc()])
        connection.close()
        print(said, file=answers, flush=True)


if __name__ == "__main__":
    serve()
