"""A server that gives access tokens by HTTPS, as Entra does, and tells a mail server whose they are."""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

TENANT, CLIENT_ID, SECRET = "a-trust", "the-app", "s3cret/of the app"
SCOPE = "https://outlook.office365.com/.default"


class TokenServer:
    """`asked` counts the tokens given. Those in `refused` are no longer good for anything."""

    def __init__(self, folder: Path) -> None:
        self.certificate = folder / "certificate.pem"
        self.asked, self.refused, self.whose = 0, set[str](), "daycase"
        _write_certificate(self.certificate)
        self._servers = [self._served(secure=True), self._served(secure=False)]
        self.authority = f"https://127.0.0.1:{self._servers[0].server_port}"
        self.tokeninfo = f"http://127.0.0.1:{self._servers[1].server_port}/tokeninfo?access_token="

    def stop(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def answer(self, address: str, form: dict[str, list[str]]) -> tuple[int, dict[str, object]]:
        path, query = urlsplit(address).path, parse_qs(urlsplit(address).query)
        if path.endswith("/.well-known/openid-configuration"):
            base = f"{self.authority}/{TENANT}"
            return 200, {
                "issuer": f"{base}/v2.0",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            }
        if path.endswith("/token"):
            wanted = {"client_id": [CLIENT_ID], "client_secret": [SECRET], "scope": [SCOPE]}
            if form.get("grant_type") != ["client_credentials"] or any(
                form.get(k) != wanted[k] for k in wanted
            ):
                return 401, {"error": "invalid_client", "error_description": f"{SECRET} is wrong"}
            self.asked += 1
            return 200, {"token_type": "Bearer", "expires_in": 3599, "access_token": f"token-{self.asked}"}
        token = query.get("access_token", [""])[0]
        if not token.startswith("token-") or token in self.refused:
            return 401, {"error": "invalid_token"}
        return 200, {"email": self.whose}

    def _served(self, *, secure: bool) -> ThreadingHTTPServer:
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        if secure:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        Thread(target=server.serve_forever, daemon=True).start()
        return server


@contextmanager
def token_server(folder: Path) -> Iterator[TokenServer]:
    server = TokenServer(folder)
    try:
        yield server
    finally:
        server.stop()


def _handler(of: TokenServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(*of.answer(self.path, {}))

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._say(*of.answer(self.path, parse_qs(sent)))

        def _say(self, status: int, said: dict[str, object]) -> None:
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _write_certificate(path: Path) -> None:
    """One that the server signs itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2100, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(key.private_bytes(*plain) + certificate.public_bytes(serialization.Encoding.PEM))
