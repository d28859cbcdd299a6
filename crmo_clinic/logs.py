"""Keeps the addresses of families' pages out of logs: whoever has one can open the page."""

import logging
import re

_SECRET = re.compile(r"(/family/(?:feed/)?)[A-Za-z0-9_~%.=-]+")
_FORMATTER = logging.Formatter()


class WithoutFamilyAddresses(logging.Filter):
    """Writes `/family/…` in place of a family's address, in the message and in a traceback; drops nothing."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if "/family/" in message:
            record.msg, record.args = without_addresses(message), None
        if record.exc_info and not record.exc_text:
            record.exc_text = _FORMATTER.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = without_addresses(record.exc_text)
        return True


def without_addresses(text: str) -> str:
    return _SECRET.sub(r"\1…", text)
