"""Whoever has the address of a family's page can open it, so no log may contain one."""

import io
import logging

import pytest
from django.conf import settings
from django.urls import reverse

from crmo_clinic.logs import WithoutFamilyAddresses
from crmo_clinic.wsgi import application

TOKEN = "k3-Y_zQ" + "a" * 36
ADDRESS = f"/family/{TOKEN}/can-you-come/"


@pytest.fixture
def console():
    """What our handler writes, as the settings configure it."""
    [handler] = [h for h in logging.getLogger().handlers if type(h) is logging.StreamHandler]
    stream, handler.stream = handler.stream, io.StringIO()
    yield handler
    handler.stream = stream


def test_what_django_says_of_a_request_names_no_address(console, client, db):
    client.get(ADDRESS)
    client.get(reverse("family:show_feed", args=[TOKEN]))
    written = console.stream.getvalue()
    assert "Not Found: /family/…/can-you-come/" in written
    assert "Not Found: /family/feed/…" in written
    assert TOKEN not in written


def test_neither_does_a_fault_with_its_traceback(console):
    try:
        raise ValueError(f"cannot read {ADDRESS}")
    except ValueError:
        logging.getLogger("django.request").exception("Internal Server Error: %s", ADDRESS)
    written = console.stream.getvalue()
    assert "ValueError: cannot read /family/…/can-you-come/" in written
    assert TOKEN not in written


def test_the_log_of_the_web_server_of_a_laptop_goes_the_same_way():
    logger = settings.LOGGING["loggers"]["django.server"]
    assert (logger["handlers"], logger["propagate"]) == (["console"], False)


@pytest.mark.parametrize("name", ["gunicorn.error", "gunicorn.access"])
def test_the_web_server_s_own_logs_are_filtered(name):
    assert application
    logger = logging.getLogger(name)
    record = logger.makeRecord(name, logging.INFO, "", 0, "Error handling request %s", (ADDRESS,), None)
    assert logger.filter(record)
    assert record.getMessage() == "Error handling request /family/…/can-you-come/"


def test_other_lines_stay_as_they_are():
    record = logging.makeLogRecord({"msg": "Message %s: sent", "args": (7,)})
    assert WithoutFamilyAddresses().filter(record)
    assert (record.msg, record.args) == ("Message %s: sent", (7,))
