"""The whole app as processes on a database of its own: web server, worker, and questions to its shell."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from tests.processes import python, serving


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
    mail_folder = folder / "mail"
    with serving(database, folder / "server.log", "--threads", "2", MAIL_DIR=str(mail_folder)) as address:
        yield App(address, database, mail_folder)
