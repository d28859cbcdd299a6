"""`manage.py serve`: the web server and the worker together, for trying the app on one machine."""

import os
import signal
import socket
import subprocess
import sys
import time
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from patients.models import User
from scheduling.management.commands.seed_demo import DEMO_PASSWORD, DEMO_USERS

HOST = "127.0.0.1"


class Command(BaseCommand):
    help = "Runs the web server and the worker until Ctrl-C ends both. Not for production: see README.md."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))

    def handle(self, *args: Any, port: int, **options: Any) -> None:
        port = free_port(port)
        web = [sys.executable, "-m", "gunicorn", "crmo_clinic.wsgi", "--bind", f"{HOST}:{port}"]
        web += ["--workers", "2", "--log-level", "warning", "--no-control-socket"]
        worker = [sys.executable, "manage.py", "worker"]
        # SIGTERM ends this process as Ctrl-C does, so that no child outlives it.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        children = [subprocess.Popen(command, cwd=settings.BASE_DIR) for command in (web, worker)]  # noqa: S603
        try:
            self.announce(port)
            while all(child.poll() is None for child in children):
                time.sleep(0.2)
        except KeyboardInterrupt:
            self.stdout.write("\nStopping.")
        finally:
            stop(children)

    def announce(self, port: int) -> None:
        address = f"http://{HOST}:{port}/"
        for _ in range(100):
            try:
                with urlopen(f"{address}accounts/login/", timeout=5):  # noqa: S310
                    break
            except URLError:
                time.sleep(0.1)
        self.stdout.write(f"\nOpen {address}   (Ctrl-C ends it)")
        self.stdout.write(f"Mail to families: {settings.MAIL_DIR}/")
        if User.objects.filter(email__in=[email for email, _ in DEMO_USERS.values()]).exists():
            self.stdout.write(f"Demo sign-ins, all with the password {DEMO_PASSWORD}:")
            for role, (email, name) in DEMO_USERS.items():
                self.stdout.write(f"  {email:<32} {name}, {role}")


def free_port(port: int) -> int:
    """The first free port from `port` on."""
    while True:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
                return port
            except OSError:
                port += 1


def stop(children: list[subprocess.Popen]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
