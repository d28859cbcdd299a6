"""The whole app as processes on a database of its own: web server, worker, and questions to its shell."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from tests.processes import ROOT, environment, python

# Slow machines take their time; a machine that is merely busy takes longer.
SECONDS_TO_START = 90
SECONDS_TO_END = 20


@dataclass(frozen=True)
class App:
    """A running app. address: without a slash at its end. mail_folder: where its worker puts mails."""

    address: str
    database: str
    mail_folder: Path

    def run_worker(self) -> list[EmailMessage]:
        """Send what is due, and give the mails that this run sent, in the order of sending."""
        before = set(self.mail_folder.glob("*.eml"))
        python(self.database, "manage.py", "worker", "--once", MAIL_DIR=str(self.mail_folder))
        sent = sorted(set(self.mail_folder.glob("*.eml")) - before)
        return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in sent]

    def ask(self, code: str, **values: object) -> Any:
        """The value that `code` leaves in `answer`, asked in a process: a browser's loop forbids queries.

        values: what the code may use by name.
        """
        lines = ["import json", f"globals().update(json.loads({json.dumps(json.dumps(values))}))", code]
        lines.append("print('ANSWER ' + json.dumps(answer, default=str))")
        said = python(self.database, "manage.py", "shell", "--verbosity", "0", "-c", "\n".join(lines))
        return json.loads(said.partition("ANSWER ")[2])


@contextmanager
def running(database: str, folder: Path) -> Iterator[App]:
    """Serve the database from a free port until the block ends. folder: for the log and the mails."""
    log, mail_folder = folder / "server.log", folder / "mail"
    command = [sys.executable, "-m", "gunicorn", "crmo_clinic.wsgi", "--bind", "127.0.0.1:0"]
    command += ["--threads", "2", "--no-control-socket"]
    with log.open("wb") as output:
        server = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(database, MAIL_DIR=str(mail_folder)),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield App(_address(server, log), database, mail_folder)
    finally:
        server.terminate()
        try:
            server.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _address(server: subprocess.Popen, log: Path) -> str:
    """Where the server says that it listens. Raises RuntimeError with its log if it does not."""
    until = monotonic() + SECONDS_TO_START
    while monotonic() < until and server.poll() is None:
        if found := re.search(r"Listening at: (http://\S+)", log.read_text()):
            return found[1]
        sleep(0.05)
    raise RuntimeError(f"The web server did not start.\n{log.read_text()[-4000:]}")
