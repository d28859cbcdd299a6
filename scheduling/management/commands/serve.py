"""`manage.py serve`: the web server and the worker together, for trying the app on one machine."""

import errno
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from select import select
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from crmo_clinic.nhsuk.wording import quantity
from patients.models import User
from scheduling.management.commands.seed_demo import DEMO_PASSWORD, DEMO_USERS

HOST = "127.0.0.1"
# An end from outside and a closed terminal do as Ctrl-C does, so that no child outlives this process.
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# So many seconds lie between two lines of progress.
TELL_EVERY = 5
# gunicorn gives up a page after so many seconds, and waits so long for pages when it is told to end.
WEB_LIMITS = ["--timeout", "120", "--graceful-timeout", "5"]
SECONDS_TO_END = 8


class Command(BaseCommand):
    help = "Runs the web server and the worker until Ctrl-C ends both. Not for production: see README.md."
    requires_migrations_checks = True

    def add_arguments(self, parser: CommandParser) -> None:
        port = os.environ.get("PORT", "8000")
        parser.add_argument("--port", type=int, default=port, help="the first to try; 0 is any that is free")
        parser.add_argument(
            "--patience", type=int, default=60, help="seconds to wait for the first page (default 60)"
        )
        parser.add_argument(
            "--demo", action="store_true", help="first fill the database with demo data, if it is empty"
        )

    def handle(self, *, port: int, patience: int, demo: bool, **options: Any) -> None:
        before = {number: signal.getsignal(number) for number in ENDINGS}
        for number, handler in before.items():
            if handler != signal.SIG_IGN:
                signal.signal(number, signal.default_int_handler)
        children: dict[str, subprocess.Popen] = {}
        try:
            with first_free(port) as listener:
                served = listener.getsockname()[1]
                if port not in (0, served):
                    self.say(f"Port {port} is taken, so this is port {served}.")
                tell_families(f"http://{HOST}:{served}")
                if demo:
                    call_command("seed_demo", stdout=self.stdout)
                start(children, listener)
            self.wait_for_first_page(served, children, patience)
            self.announce(served)
            while True:
                watch(children)
                time.sleep(0.2)
        except KeyboardInterrupt:
            self.say("\nStopping.")
        finally:
            for number in ENDINGS:
                signal.signal(number, signal.SIG_IGN)
            stop(children)
            for number, handler in before.items():
                signal.signal(number, handler)

    def wait_for_first_page(self, port: int, children: dict[str, subprocess.Popen], patience: int) -> None:
        """Wait until it stands, with a line of progress now and then. Raises CommandError if it does not."""
        began, tell_at = time.monotonic(), TELL_EVERY
        page = HTTPConnection(HOST, port, timeout=patience)
        status = None
        while status is None:
            watch(children)
            waited = time.monotonic() - began
            if waited >= patience:
                within = quantity(patience, "second")
                raise CommandError(f"The first page did not come within {within}. Is this machine very busy?")
            if waited >= tell_at:
                self.say(f"Waiting for the first page: {tell_at} seconds of at most {patience}.")
                tell_at += TELL_EVERY
            try:
                if page.sock is None:
                    page.request("GET", reverse("account_login"))
                if select([page.sock], [], [], 0.2)[0]:
                    status = page.getresponse().status
            except (OSError, HTTPException):
                # Its process has died: the web server starts another, or `watch` will say that it did not.
                page.close()
                time.sleep(0.2)
        page.close()
        if status != 200:
            raise CommandError(f"The web server answers its first page with status {status}.")

    def announce(self, port: int) -> None:
        self.say(f"\nOpen http://{HOST}:{port}/   (Ctrl-C ends it)")
        self.say(f"Mail to families: {settings.MAIL_DIR}/")
        if User.objects.filter(email__in=[email for email, _ in DEMO_USERS.values()]).exists():
            self.say(f"Demo sign-ins, all with the password {DEMO_PASSWORD}:")
            for role, (email, name) in DEMO_USERS.items():
                self.say(f"  {email:<32} {name}, {role}")

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def first_free(port: int) -> socket.socket:
    """What listens on the first free port from this one on: from then on nobody else can take it."""
    if not 0 <= port <= 65535:
        raise CommandError(f"A port is a number from 0 to 65535, and not {port}.")
    for candidate in range(port, 65536):
        try:
            return socket.create_server((HOST, candidate))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise CommandError(f"Port {candidate} cannot be used: {error.strerror}.") from None
    raise CommandError(f"No port from {port} on is free.")


def tell_families(address: str) -> None:
    """Let mails carry this address, unless somebody has set another.

    The children have it from their environment; demo data is written here.
    """
    if not {"PUBLIC_URL", "PUBLIC_URL_FILE"} & os.environ.keys():
        os.environ["PUBLIC_URL"] = settings.PUBLIC_URL = address


def start(children: dict[str, subprocess.Popen], listener: socket.socket) -> None:
    """Start both, and put each among the children by the name that people are told.

    Ctrl-C reaches this process alone, which then ends each with all that it started itself.
    """
    number = listener.fileno()
    web = [sys.executable, "-m", "gunicorn", "crmo_clinic.wsgi", "--bind", f"fd://{number}", "--workers", "2"]
    web += ["--log-level", "warning", "--no-control-socket", *WEB_LIMITS]
    worker = [sys.executable, "manage.py", "worker"]
    for name, command, pass_fds in (("web server", web, [number]), ("worker", worker, [])):
        children[name] = subprocess.Popen(  # noqa: S603
            command, cwd=settings.BASE_DIR, pass_fds=pass_fds, process_group=0
        )


def watch(children: dict[str, subprocess.Popen]) -> None:
    """Raise CommandError if one of them has ended."""
    for name, child in children.items():
        status = child.poll()
        if status is not None:
            how = f"status {status}" if status >= 0 else signal.Signals(-status).name
            raise CommandError(f"The {name} has ended by itself ({how}); what it said stands above.")


def stop(children: dict[str, subprocess.Popen]) -> None:
    """End them all, with what they have started."""
    for child in children.values():
        if child.poll() is None:
            child.terminate()
    for child in children.values():
        with suppress(subprocess.TimeoutExpired):
            child.wait(SECONDS_TO_END)
        # What a process that was killed has left, and a process that does not end.
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
