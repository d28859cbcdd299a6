"""The servers in front, for real: nginx before gunicorn as the files in crmo_clinic/deploy/ set them up."""

import re
import shutil
import socket
import ssl
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from time import monotonic, sleep
from urllib.request import urlopen

import pytest

from tests.processes import ROOT, database_of_its_own, environment, serving

DEPLOY = ROOT / "crmo_clinic" / "deploy"
BIG = 300_000_000


@pytest.fixture(scope="module")
def gunicorn(tmp_path_factory):
    """The web server with its own configuration, in two processes of four threads."""
    folder = tmp_path_factory.mktemp("front")
    config = ("--config", str(DEPLOY / "gunicorn.conf.py"))
    with (
        database_of_its_own(folder) as database,
        serving(
            database,
            folder / "web.log",
            *config,
            WEB_PROCESSES="2",
            WEB_THREADS="8",
            BEHIND_TLS_PROXY="yes",
            TMPDIR=str(folder),
            LOG_FORMAT="json",
        ) as address,
    ):
        behind = address.removeprefix("http://")
        # The first page of a process imports half the app.
        for _ in range(4):
            ask(behind, "/accounts/login/", more=TLS)
        yield behind, folder


@pytest.fixture(scope="module")
def nginx(gunicorn, tmp_path_factory):
    """nginx with our file, from a free port, with a certificate of its own."""
    behind, _ = gunicorn
    folder = tmp_path_factory.mktemp("nginx")
    port, plain = _free_port(), _free_port()
    make = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run([*make, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    text = (DEPLOY / "nginx.conf").read_text()
    for ours, here in (
        ("127.0.0.1:8000", behind),
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("daycase.trust.example", "localhost"),
        ("/etc/ssl/crmo-clinic", str(folder)),
        ("/var/log/nginx", str(folder)),
    ):
        assert ours in text
        text = text.replace(ours, here)
    spool = folder / "spool"
    spool.mkdir()
    paths = "".join(
        f"{kind}_temp_path {spool};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = folder / "nginx.conf"
    whole.write_text(
        f"pid {folder}/pid; error_log {folder}/error.log; daemon off;"
        f"events {{ worker_connections 512; }} http {{ {paths} {text} }}"
    )
    checked = subprocess.run(["nginx", "-t", "-c", whole], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    server = subprocess.Popen(["nginx", "-c", whole], stderr=subprocess.PIPE)
    until = monotonic() + 20
    while socket.socket().connect_ex(("127.0.0.1", port)):
        assert monotonic() < until
        sleep(0.05)
    yield port, folder
    server.terminate()
    server.wait(20)


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def connect(address: str | int) -> socket.socket:
    """To gunicorn by `host:port`; to nginx by its port, with TLS."""
    if isinstance(address, str):
        host, port = address.split(":")
        return socket.create_connection((host, int(port)), timeout=20)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(socket.create_connection(("127.0.0.1", address), timeout=20))


def ask(
    address: str | int, path: str, *, host: str = "localhost", more: str = "", body: bytes = b""
) -> tuple:
    """The status and the whole answer. More than one line of headers ends with CRLF each."""
    method = "POST" if body or "Content-Length" in more else "GET"
    with connect(address) as line:
        head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n"
        line.sendall(head.encode() + body)
        parts = []
        try:
            while part := line.recv(65_536):
                parts.append(part)
        except (ConnectionResetError, ssl.SSLError):
            pass
    answer = b"".join(parts).decode()
    return int(answer.split(" ", 2)[1]), answer


@contextmanager
def slow(address: str | int, number: int):
    """Connections that have sent the half of a request, and say nothing more."""
    with ExitStack() as stack:
        for _ in range(number):
            line = stack.enter_context(connect(address))
            line.sendall(b"POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Le")
        yield


TLS = "X-Forwarded-Proto: https\r\n"


@pytest.mark.processes
def test_six_slow_connections_do_not_stop_the_web_server(gunicorn):
    address, _ = gunicorn
    with slow(address, 6):
        began = monotonic()
        assert ask(address, "/accounts/login/", more=TLS)[0] == 200
        assert monotonic() - began < 5


@pytest.mark.processes
@pytest.mark.parametrize("path", ["/accounts/login/", "/family/" + "x" * 43 + "/", "/children/add/"])
def test_a_big_body_from_anybody_is_refused_before_a_byte_of_it_is_read(gunicorn, path):
    address, folder = gunicorn
    before = {file.name for file in folder.iterdir()}
    kind = "Content-Type: multipart/form-data; boundary=x\r\n"
    status, answer = ask(address, path, more=f"{TLS}{kind}Content-Length: {BIG}\r\n", body=b"--x\r\n" * 1000)
    assert status == 413
    assert "A file may have up to 6 MB" in answer
    assert {file.name for file in folder.iterdir()} == before, "nothing was written"


@pytest.mark.processes
def test_figures_of_all_web_processes_are_added_up(gunicorn):
    address, _ = gunicorn
    counted = r'crmo_http_requests_total\{method="GET",route="account_login",status="200"\} (\d+)'
    before, after = (int(re.search(counted, answer)[1]) for answer in _figures_around_ten_pages(address))
    assert after == before + 10


def _figures_around_ten_pages(address: str):
    yield ask(address, "/metrics")[1]
    for _ in range(10):
        ask(address, "/accounts/login/", more=TLS)
    yield ask(address, "/metrics")[1]


@pytest.mark.front
def test_the_proxy_takes_sixty_slow_connections_off_the_site(nginx):
    port, _ = nginx
    with slow(port, 60):
        began = monotonic()
        assert ask(port, "/accounts/login/")[0] == 200
        assert monotonic() - began < 5


@pytest.mark.front
def test_the_proxy_refuses_a_big_body_and_writes_nothing(nginx):
    port, folder = nginx
    anybody = f"Content-Length: {BIG}\r\n"
    assert ask(port, "/waiting/", more=anybody)[0] == 413
    assert ask(port, "/waiting/", more="Content-Length: 250001\r\n")[0] == 413, "not signed in"
    signed_in = "Cookie: __Host-sessionid=abc\r\nContent-Length: 7000000\r\n"
    assert ask(port, "/waiting/", more=signed_in)[0] == 413, "too big for anybody"
    assert list((folder / "spool").rglob("*.*")) == []


@pytest.mark.front
def test_the_proxy_passes_pages_on_and_keeps_family_addresses_probes_and_queries_out(nginx):
    port, folder = nginx
    secret = "k3-Y_zQ" * 6
    status, answer = ask(port, "/accounts/login/?next=/children/")
    assert status == 200
    assert re.search(r"(?i)x-request-id: [0-9a-f]{32}", answer)
    assert ask(port, f"/family/{secret}/")[0] == 404
    assert ask(port, "/metrics")[0] == 404
    assert ask(port, "/health/live")[0] == 200
    log = (folder / "crmo-clinic.log").read_text()
    assert "/accounts/login/" in log and "GET /family/-" in log
    assert secret not in log and "next=" not in log and "/health/" not in log


@pytest.mark.front
def test_who_hammers_the_sign_in_is_slowed_down(nginx):
    port, _ = nginx
    assert 429 in {ask(port, "/accounts/login/")[0] for _ in range(40)}


@pytest.mark.front
@pytest.mark.parametrize("unit", sorted(file.name for file in DEPLOY.glob("crmo-clinic*")))
def test_the_units_of_systemd_are_right(unit, tmp_path):
    """Its programs are there only on a server, so another stands for them."""
    text = (DEPLOY / unit).read_text()
    (tmp_path / unit).write_text(re.sub(r"ExecStart=\S+", "ExecStart=/bin/true", text))
    for other in DEPLOY.glob("crmo-clinic*.service"):
        if other.name != unit:
            (tmp_path / other.name).write_text(
                re.sub(r"ExecStart=\S+", "ExecStart=/bin/true", other.read_text())
            )
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", tmp_path / unit], capture_output=True, text=True
    )
    ours = [line for line in done.stderr.splitlines() if "crmo-clinic" in line]
    assert (done.returncode, ours) == (0, [])


@pytest.mark.parametrize("name", ["nginx.conf", "Containerfile", "crmo-clinic-web.service"])
def test_no_file_names_a_program_or_a_file_that_is_not_there(name):
    text = (DEPLOY / name).read_text()
    for path in re.findall(r"crmo_clinic/deploy/[\w.-]+", text):
        assert (ROOT / path).exists(), path
    for path, _ in copied_by(text):
        assert (ROOT / path).exists(), path


def copied_by(text: str) -> list[tuple[str, str]]:
    """Each file or folder that a Containerfile copies, with where to."""
    found = []
    for line in re.findall(r"^COPY (?:--\S+ )*(.+)", text, re.MULTILINE):
        *sources, to = line.split()
        found += [(source, to) for source in sources]
    return found


@pytest.mark.processes
def test_what_the_container_has_in_it_is_enough_to_start_the_app(tmp_path):
    """There is no registry to build it from; so its files are laid out as it says, and checked there."""
    for source, to in copied_by((DEPLOY / "Containerfile").read_text()):
        if to.startswith("/"):
            continue
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, tmp_path / to, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, tmp_path / to)
    (tmp_path / "var").mkdir()
    for command in (["check"], ["collectstatic", "--no-input", "--verbosity", "0"]):
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=tmp_path,
            env=environment(f"sqlite:///{tmp_path}/var/clinic.sqlite3"),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr[-2000:]
    database = f"sqlite:///{tmp_path}/var/clinic.sqlite3"
    with (
        serving(database, tmp_path / "web.log", checkout=tmp_path, PYTHONPATH=str(ROOT)) as address,
        urlopen(f"{address}/accounts/login/") as page,
    ):
        assert b"nhsuk-form-group" in page.read()
