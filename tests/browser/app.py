"""The whole app as processes on a database of its own: web server, and a clerk who answers questions."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from tests.browser import questions
from tests.clerk import Clerk
from tests.processes import serving


@dataclass(frozen=True)
class App:
    """A running app. address: without a slash at its end. mail_folder: where its worker puts mails."""

    address: str
    clerk: Clerk
    mail_folder: Path

    def run_worker(self) -> list[EmailMessage]:
        """Send what is due, and give the mails that this run sent, in the order of sending."""
        before = set(self.mail_folder.glob("*.eml"))
        self.ask(questions.run_worker)
        sent = sorted(set(self.mail_folder.glob("*.eml")) - before)
        return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in sent]

    def ask(self, question: Callable[..., Any], **values: object) -> Any:
        """The result of the function, called in another process: playwright's loop forbids queries here."""
        return self.clerk.ask(question, **values)


@contextmanager
def running(database: str, folder: Path) -> Iterator[App]:
    """Serve the database from a free port until the block ends. folder: for the log and the mails."""
    mail_folder = folder / "mail"
    with (
        serving(database, folder / "server.log", "--threads", "2", MAIL_DIR=str(mail_folder)) as address,
        Clerk(database, MAIL_DIR=str(mail_folder)) as clerk,
    ):
        yield App(address, clerk, mail_folder)
