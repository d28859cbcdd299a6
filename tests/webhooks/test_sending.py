"""The door to other systems: where it does not go, and what a system at the other end can do to it."""

import datetime as dt
import ipaddress
import logging
import socket
import ssl
from time import monotonic

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from scheduling.webhooks import sending
from scheduling.webhooks.sending import Answer, NotAllowed, post, refuse_address, refuse_host
from tests.fakes.webhooks import DRIP, DROP, ENDLESS, LEAD_ELSEWHERE, STALL, TOO_MANY, listening

HEADERS = {"webhook-id": "evt_1"}


@pytest.fixture
def at_home(settings):
    """Loopback may be sent to, without TLS."""
    settings.DEBUG, settings.WEBHOOK_HOSTS = True, ["127.0.0.1"]


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.9.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.7.7", "169.254.169.254"),
        *("100.64.0.1", "192.0.0.8", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("::1", "::", "fe80::1", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1"),
        # IPv4 in other clothes.
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "2002:a00:1::1"),
        *("fec0::1", "64:ff9b:1::a00:1", "::10.0.0.1", "::5db8:d70e", "::ffff:0:a00:1"),
    ],
)
def test_an_address_within_is_refused_unless_a_setting_names_its_host(settings, monkeypatch, address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    public = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 443))
    within = (family, socket.SOCK_STREAM, 6, "", (address, 443))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [public, within])
    with pytest.raises(NotAllowed, match="WEBHOOK_HOSTS"):
        refuse_host("engine.trust.example", 443)
    settings.WEBHOOK_HOSTS = ["other.trust.example"]
    assert "WEBHOOK_HOSTS" in post("https://engine.trust.example/in", b"{}", HEADERS).problem
    settings.WEBHOOK_HOSTS = ["engine.trust.example"]
    assert refuse_host("Engine.Trust.example", 443) == ["93.184.215.14", address]


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.1", "localhost", "[::ffff:7f00:1]"])
def test_no_way_of_writing_loopback_is_a_way_round(host):
    assert "own network" in post(f"https://{host}/in", b"{}", HEADERS).problem


def test_the_public_internet_may_be_sent_to():
    for address in ("93.184.215.14", "2606:4700::1111"):
        assert sending.is_public(ipaddress.ip_address(address))


def test_the_connection_goes_to_what_was_judged(settings, monkeypatch, at_home):
    """A name that resolves to something else the second time (DNS rebinding) gains nothing."""
    asked = []

    def resolve(host, port, **_):
        asked.append(host)
        return [
            (
                socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                ("93.184.215.14" if len(asked) == 1 else "127.0.0.1", port),
            )
        ]

    tried = []
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", lambda where, _: tried.append(where) or refuse())
    post("http://engine.trust.example/in", b"{}", HEADERS)
    assert (asked, tried) == (["engine.trust.example"], [("93.184.215.14", 80)])


def refuse():
    raise ConnectionRefusedError


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://engine.trust.example/in", "no TLS"),
        ("ftp://engine.trust.example/in", "no web address"),
        ("file:///etc/passwd", "no web address"),
        ("engine.trust.example/in", "no web address"),
        ("https:///in", "no web address"),
        ("https://engine.trust.example:0/in", "no web address"),
        ("https://engine.trust.example:99999/in", "no web address"),
        ("https://[::1/in", "no web address"),
        ("https://engine.trust.example/in\r\nX: y", "space"),
        ("https://engine.trust.example/" + "x" * 500, "too long"),
        ("https://ann:secret@engine.trust.example/in", "password"),
    ],
)
def test_what_is_no_address_is_refused_in_words(address, why):
    with pytest.raises(NotAllowed, match=why):
        refuse_address(address)
    assert why in post(address, b"{}", HEADERS).problem


def test_it_arrives_byte_for_byte_at_the_whole_address(at_home):
    body = '{"type":"webhook.test","data":{"ü":1}}'.encode()
    with listening() as listener:
        listener.moods = [200, 204, 299]
        answers = [post(listener.address, body, HEADERS) for _ in range(3)]
    assert [answer.is_taken for answer in answers] == [True] * 3
    headers, arrived = listener.requests[0]
    assert (arrived, headers["content-type"], headers["webhook-id"]) == (body, "application/json", "evt_1")
    assert "/in?from=day%20case" in listener.address


@pytest.mark.parametrize("status", [300, 304, 400, 401, 404, 410, 500, 502])
def test_any_other_answer_is_none(at_home, status):
    with listening() as listener:
        listener.moods = [status]
        answer = post(listener.address, b"{}", HEADERS)
    assert (answer.is_taken, answer.status, str(status) in answer.problem) == (False, status, True)


def test_no_redirect_is_followed(at_home):
    with listening() as listener, listening() as other:
        listener.moods, listener.elsewhere = [LEAD_ELSEWHERE], other.address
        answer = post(listener.address, b"{}", HEADERS)
    assert (answer.status, other.requests) == (302, [])
    assert "leads elsewhere" in answer.problem


@pytest.mark.parametrize("mood", [STALL, DRIP])
def test_who_does_not_answer_in_time_is_cut_off_however_little_it_says(at_home, monkeypatch, mood):
    monkeypatch.setattr(sending, "SECONDS", 0.3)
    with listening() as listener:
        listener.moods, began = [mood], monotonic()
        answer = post(listener.address, b"{}", HEADERS)
    assert answer == Answer(problem="It did not answer within 0.3 seconds.")
    assert monotonic() - began < 5


def test_an_endless_answer_is_not_read(at_home):
    with listening() as listener:
        listener.moods = [ENDLESS]
        began = monotonic()
        assert post(listener.address, b"{}", HEADERS).status == 200
    assert monotonic() - began < 5


def test_who_cannot_be_reached_is_said_in_a_sentence(at_home, monkeypatch):
    with listening() as listener:
        listener.moods = [DROP]
        assert "broke off" in post(listener.address, b"{}", HEADERS).problem
    assert "could not be reached" in post(listener.address, b"{}", HEADERS).problem

    def unknown(*_, **__):
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert "not known" in post("https://engine.trust.example/in", b"{}", HEADERS).problem


def test_who_asks_to_be_left_alone_is_heard(at_home, time_machine):
    with listening() as listener:
        listener.moods = [TOO_MANY]
        assert post(listener.address, b"{}", HEADERS).later == dt.timedelta(hours=2)
    time_machine.move_to(dt.datetime(2027, 6, 8, 8, tzinfo=dt.UTC), tick=False)
    assert sending._later("Tue, 08 Jun 2027 09:00:00 GMT") == dt.timedelta(hours=1)
    assert sending._later("Tue, 08 Jun 2027 07:00:00 GMT") == dt.timedelta(0)
    for nonsense in ("", "soon", "-5", "1e9", "9" * 30, f"Mon, 01 Jan 2027 00:00:00 +{'9' * 20}"):
        assert sending._later(nonsense) is None


def test_only_a_certificate_for_that_name_is_trusted(settings, monkeypatch, tmp_path):
    settings.WEBHOOK_HOSTS = ["127.0.0.1", "localhost"]
    context, authority = tls(tmp_path, name="localhost")
    with listening(context=context) as listener:
        listener.moods = [204, 204]
        named = listener.address.replace("127.0.0.1", "localhost")
        assert "certificate" in post(named, b"{}", HEADERS).problem
        # Whoever runs the app can trust the authority of the Trust.
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        assert post(named, b"{}", HEADERS).status == 204
        assert "certificate" in post(listener.address, b"{}", HEADERS).problem
        assert len(listener.requests) == 1


def test_a_server_that_begins_tls_and_says_nothing_more_is_cut_off(settings, monkeypatch):
    settings.WEBHOOK_HOSTS = ["127.0.0.1"]
    monkeypatch.setattr(sending, "SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        answer = post(f"https://127.0.0.1:{silent.getsockname()[1]}/", b"{}", HEADERS)
    assert "did not answer" in answer.problem


def test_nothing_of_address_or_answer_is_logged(at_home, caplog):
    caplog.set_level(logging.DEBUG)
    with listening() as listener:
        listener.moods = [500]
        post(listener.address, b'{"secret":1}', HEADERS)
    assert "secret" not in caplog.text
    assert "/in" not in caplog.text


def tls(folder, *, name):
    """A context of a server that calls itself so, and the file of the authority that says that it is it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    began = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(began)
        .not_valid_after(began + dt.timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "own.pem").write_bytes(private + pem)
    (folder / "authority.pem").write_bytes(pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "own.pem")
    return context, folder / "authority.pem"
