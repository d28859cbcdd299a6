"""What may stand in a log, and how it is written: a line for people, or JSON for machines.

Nothing in it is personal: addresses that are keys are taken out, and of an error only its kind and its places
are written as JSON, for its text may quote a row.
"""

import json
import logging
import re
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

_SECRET = re.compile(r"(/(?:family/(?:feed/)?|staff-calendar/))[A-Za-z0-9_~%.=-]+")
_FORMATTER = logging.Formatter()
# What is known of the request that this thread answers: `request_id`, and `user_id` once it is known.
of_request: ContextVar[dict[str, Any] | None] = ContextVar("of_request", default=None)


class WithoutFamilyAddresses(logging.Filter):
    """Writes `/family/…` in place of an address that is a key, in message and traceback; drops nothing."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if _SECRET.search(message):
            record.msg, record.args = without_addresses(message), None
        if record.exc_info and not record.exc_text:
            record.exc_text = _FORMATTER.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = without_addresses(record.exc_text)
        return True


class JsonLines(logging.Formatter):
    """One line of JSON for each record, with what is known of the request."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_addresses(record.getMessage()),
            "process": record.process,
            **(of_request.get() or {}),
            **getattr(record, "facts", {}),
        }
        if record.exc_info and record.exc_info[0]:
            kind, _, places = record.exc_info
            line["error"] = kind.__name__
            line["at"] = [
                f"{place.filename}:{place.lineno} {place.name}" for place in traceback.extract_tb(places)
            ]
        return json.dumps(line, ensure_ascii=False)


def without_addresses(text: str) -> str:
    return _SECRET.sub(r"\1…", text)
