"""A real IMAP server on this machine: Dovecot, with one mailbox in a folder of its own."""

import imaplib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import quote

PASSWORD = "s3cret,signs/é@"
SECONDS_TO_START = 30
CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_failure_delay = 0
mail_location = maildir:{folder}/Maildir
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}
}}
"""


BY_TOKEN = """
auth_mechanisms = plain login xoauth2
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/tokens
}}
"""


def dovecot_path() -> str | None:
    return shutil.which("dovecot") or next(filter(os.path.exists, ["/usr/sbin/dovecot"]), None)


class ImapServer:
    """Dovecot with an empty INBOX. It runs only from `start` on; its mails survive a stop."""

    def __init__(self, folder: Path, tokeninfo: str = "") -> None:
        # It refuses to touch mail as root, so there somebody with no rights runs it.
        self._as = "nobody" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        person = pwd.getpwnam(self._as)
        self._group = person.pw_gid
        self.port, self._folder, self._process = free_port(), folder, None
        config = CONFIG.format(folder=folder, user=self._as, group=group_name(self._group), port=self.port)
        if tokeninfo:
            config += BY_TOKEN.format(folder=folder)
            (folder / "tokens").write_text(f"tokeninfo_url = {tokeninfo}\nusername_attribute = email\n")
        (folder / "conf").write_text(config)
        (folder / "users").write_text(f"daycase:{{PLAIN}}{PASSWORD}\n")
        folder.chmod(0o755)
        if os.getuid() == 0:
            for path in [folder, *folder.iterdir()]:
                os.chown(path, person.pw_uid, person.pw_gid)

    @property
    def url(self) -> str:
        return f"imap://daycase:{quote(PASSWORD, safe='')}@127.0.0.1:{self.port}/INBOX"

    def start(self) -> None:
        more = {"user": self._as, "group": self._group, "extra_groups": []} if os.getuid() == 0 else {}
        self._process = subprocess.Popen(
            [dovecot_path(), "-F", "-c", str(self._folder / "conf")],
            cwd=self._folder,
            start_new_session=True,
            **more,
        )
        until = monotonic() + SECONDS_TO_START
        while True:
            try:
                with self.client():
                    return
            except OSError:
                assert monotonic() < until, (self._folder / "log").read_text()
                sleep(0.05)

    def stop(self) -> None:
        """Kill it with every open connection: its processes are a group of their own."""
        if self._process:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(20)
            self._process = None

    @contextmanager
    def client(self):
        """Signed in with the mailbox open, as a person's mail program would be."""
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        try:
            client.authenticate("PLAIN", lambda _: f"\0daycase\0{PASSWORD}".encode())
            client.select("INBOX")
            yield client
        finally:
            with suppress(Exception):
                client.logout()

    def put(self, *mails: bytes, at: datetime | None = None) -> None:
        """They come in now, or at that moment."""
        came = imaplib.Time2Internaldate(at or datetime.now(UTC))
        with self.client() as client:
            for mail in mails:
                status, answer = client.append("INBOX", None, came, mail)
                assert status == "OK", answer

    def open_all(self) -> None:
        """A person looks at every mail."""
        with self.client() as client:
            client.store("1:*", "+FLAGS", r"(\Seen)")

    def flags(self) -> list[bytes]:
        """Those of each mail."""
        with self.client() as client:
            return [imaplib.ParseFlags(said) for said in client.fetch("1:*", "(FLAGS)")[1] if said]

    def number_anew(self) -> None:
        """As after a restore: the same mails, under other numbers."""
        self.stop()
        for path in (self._folder / "Maildir").glob("dovecot*"):
            path.unlink()
        # Dovecot numbers by the second.
        time.sleep(1.1)
        self.start()

    def unseen(self) -> int:
        with self.client() as client:
            return len(client.search(None, "UNSEEN")[1][0].split())


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def group_name(gid: int) -> str:
    import grp

    return grp.getgrgid(gid).gr_name


@contextmanager
def imap_server(tokeninfo: str = ""):
    """A server that runs until the block ends. Not under pytest's own folder, which is closed to others.

    tokeninfo: where it asks whose a token is, if it takes any.
    """
    folder = Path(tempfile.mkdtemp(prefix="imap-"))
    server = ImapServer(folder, tokeninfo)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
