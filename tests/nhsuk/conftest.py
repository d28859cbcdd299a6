"""A server for the kit's own pages: real middleware and static files, no database."""

import copy
import threading
from collections.abc import Iterator
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.test import override_settings

TEMPLATES_HERE = Path(__file__).parent / "templates"


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Silent(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def kit_settings() -> Iterator[None]:
    """The real settings with the kit's addresses and with sessions and messages in cookies."""
    templates = copy.deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"].append(TEMPLATES_HERE)
    with override_settings(
        ROOT_URLCONF="tests.kit_urls",
        TEMPLATES=templates,
        SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
        MESSAGE_STORAGE="django.contrib.messages.storage.cookie.CookieStorage",
        WHITENOISE_AUTOREFRESH=True,
        DEBUG=False,
    ):
        yield


@pytest.fixture(scope="module")
def kit(kit_settings: None) -> Iterator[str]:
    """The address of a running server with the pages of `tests/kit_urls.py`."""
    application = get_wsgi_application()
    with make_server("127.0.0.1", 0, application, server_class=Server, handler_class=Silent) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
