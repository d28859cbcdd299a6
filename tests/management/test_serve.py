"""`manage.py serve`, which `make run` ends in: what it says, what mails carry, and how it ends."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from urllib.request import urlopen

import pytest
from django.core.management import CommandError, call_command

from tests.processes import ROOT, SECONDS_TO_END, SECONDS_TO_START, database_of_its_own, environment

LATE = {"GUNICORN_CMD_ARGS": "--config python:tests.late_pages"}
OPEN = re.compile(r"^Open (http://127\.0\.0\.1:\d+)/ ", re.MULTILINE)


@dataclass
class Serving:
    """A `serve` and what it started: all of them write to one pipe, and it ends when the last has ended."""

    process: subprocess.Popen

    def __post_init__(self) -> None:
        self.lines: list[str] = []
        self.reader = Thread(target=lambda: self.lines.extend(self.process.stdout), daemon=True)
        self.reader.start()

    def said(self) -> str:
        return "".join(self.lines)

    def address(self) -> str:
        wait_for(lambda: OPEN.search(self.said()) or self.process.poll() is not None)
        assert OPEN.search(self.said()), self.said()
        return OPEN.search(self.said())[1]

    def status(self) -> int:
        """How it ends, once it and all that it started are gone."""
        status = self.process.wait(SECONDS_TO_START)
        self.reader.join(SECONDS_TO_END)
        assert not self.reader.is_alive(), "something that it started goes on"
        return status


def _heed_signals() -> None:
    """Tests that run in the background ignore some of these, and a process inherits what is ignored."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


@contextmanager
def serving(database: str, folder: Path, *options: str, **more: str) -> Iterator[Serving]:
    """Any free port is asked for unless the options say otherwise. more: environment variables."""
    serve = Serving(
        subprocess.Popen(
            [sys.executable, "manage.py", "serve", *(options or ("--port", "0"))],
            cwd=ROOT,
            env=environment(database, MAIL_DIR=str(folder / "mail"), **more),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=_heed_signals,
        )
    )
    try:
        yield serve
    finally:
        serve.process.terminate()
        serve.process.wait(SECONDS_TO_END)


def wait_for(something: Callable[[], object]) -> None:
    until = monotonic() + SECONDS_TO_START
    while not something():
        assert monotonic() < until
        sleep(0.05)


@pytest.fixture
def database(tmp_path) -> Iterator[str]:
    with database_of_its_own(tmp_path) as address:
        yield address


@pytest.mark.processes
def test_a_first_page_that_takes_long_is_waited_for_with_a_line_of_progress(database, tmp_path):
    with serving(database, tmp_path, SECONDS_LATE="6", **LATE) as serve:
        serve.address()
        assert "Waiting for the first page: 5 seconds of at most 60." in serve.said()


@pytest.mark.processes
def test_a_first_page_that_never_comes_is_given_up_in_a_sentence(database, tmp_path):
    options = ("--port", "0", "--patience", "1")
    with serving(database, tmp_path, *options, SECONDS_LATE="100", **LATE) as serve:
        assert serve.status() == 1
        assert "The first page did not come within 1 second." in serve.said()
        assert "Traceback" not in serve.said()


@pytest.mark.processes
def test_a_first_page_that_is_refused_ends_it_with_a_sentence(database, tmp_path):
    with serving(database, tmp_path, ALLOWED_HOSTS="daycase.trust.test") as serve:
        assert serve.status() == 1
        assert "The web server answers its first page with status 400." in serve.said()


@pytest.mark.processes
def test_where_the_port_is_taken_it_says_so_and_mails_and_pages_carry_the_address_served(database, tmp_path):
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        taken = other.getsockname()[1]
        with serving(database, tmp_path, "--demo", "--port", str(taken)) as serve:
            address = serve.address()
            assert f"Port {taken} is taken, so this is port {address.rpartition(':')[2]}." in serve.said()
            pages = set()
            # Those of the demo data wait to be sent until the worker has started.
            wait_for(lambda: pages.update(family_pages(tmp_path / "mail")) or pages)
            assert {page.partition("/family/")[0] for page in pages} == {address}
            with urlopen(f"{pages.pop()}calendar/") as calendar:
                found = re.findall(r"(\w+://[\w.:]+)/family/feed/", calendar.read().decode())
    assert {feed.partition("://")[2] for feed in found} == {address.partition("://")[2]}


def family_pages(mails: Path) -> set[str]:
    """The addresses of family pages in the mails of a folder."""
    found = set()
    for file in mails.glob("*.eml"):
        mail = message_from_bytes(file.read_bytes(), policy=policy.default)
        if text := mail.get_body(("plain",)):
            found.update(re.findall(r"http\S+/family/(?!about/)[\w-]+/", text.get_content()))
    return found


@pytest.mark.processes
def test_an_address_for_families_that_somebody_has_set_stays(database, tmp_path):
    ours = {"PUBLIC_URL": "https://try.trust.test"}
    with serving(database, tmp_path, "--demo", "--port", "0", **ours) as serve:
        serve.address()
        pages = set()
        wait_for(lambda: pages.update(family_pages(tmp_path / "mail")) or pages)
        assert {page.partition("/family/")[0] for page in pages} == {"https://try.trust.test"}


@pytest.mark.processes
def test_a_web_server_that_dies_is_named_and_the_worker_ends_too(database, tmp_path):
    number = tmp_path / "web.pid"
    with serving(database, tmp_path, GUNICORN_CMD_ARGS=f"--pid {number}") as serve:
        serve.address()
        os.kill(int(number.read_text()), signal.SIGKILL)
        assert serve.status() == 1
        assert "The web server has ended by itself (SIGKILL)" in serve.said()


@pytest.mark.processes
def test_a_web_server_that_cannot_start_is_named(database, tmp_path):
    with serving(database, tmp_path, GUNICORN_CMD_ARGS="--config python:tests.no_such_module") as serve:
        assert serve.status() == 1
        assert "The web server has ended by itself (status 1)" in serve.said()


@pytest.mark.processes
def test_a_worker_that_dies_is_named_and_the_web_server_ends_too(database, tmp_path):
    with serving(database, tmp_path) as serve:
        serve.address()
        os.kill(worker_of(serve.process.pid), signal.SIGKILL)
        assert serve.status() == 1
        assert "The worker has ended by itself (SIGKILL)" in serve.said()


def worker_of(pid: int) -> int:
    """The process of the worker that this one has started."""
    started = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    [found] = [int(each) for each in started if b"\0worker\0" in Path(f"/proc/{each}/cmdline").read_bytes()]
    return found


@pytest.mark.processes
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_an_end_from_outside_and_a_closed_terminal_end_both_without_a_fault(
    database, tmp_path, number
):
    with serving(database, tmp_path) as serve:
        serve.address()
        os.killpg(serve.process.pid, number)
        assert serve.status() == 0
        assert "\nStopping.\n" in serve.said()
        assert "Traceback" not in serve.said()


@pytest.mark.processes
def test_ctrl_c_while_the_first_page_is_waited_for_ends_both_without_a_fault(database, tmp_path):
    with serving(database, tmp_path, SECONDS_LATE="100", **LATE) as serve:
        wait_for(lambda: "Waiting for the first page" in serve.said())
        os.killpg(serve.process.pid, signal.SIGINT)
        assert serve.status() == 0
        assert "Traceback" not in serve.said()


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_is_none_is_refused_in_a_sentence(db, port):
    with pytest.raises(CommandError, match="A port is a number from 0 to 65535"):
        call_command("serve", port=port, skip_checks=True)
