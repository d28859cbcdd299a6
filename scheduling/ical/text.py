"""Typed text made fit for a calendar entry and a mail: no control characters, one kind of line break.

What people paste carries tabs, old Mac line breaks, zero bytes and halves of emoji. Calendars and mail
servers stumble over them (RFC 5545 §3.3.11, RFC 5322 §2.2), and a line break in a header would start another.
"""

import re

# C0 and C1 controls except the line feed, lone surrogates (not encodable), the byte order mark (dropped at
# the start of a value) and the two code points that are never characters.
_UNFIT = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")


def one_line(text: str) -> str:
    """`text` on one line: every run of white space, line breaks and control characters becomes one space."""
    return " ".join(_UNFIT.sub(" ", text).split())


def lines(text: str) -> str:
    r"""`text` with every line break written \n, control characters as spaces, and nothing blank around it."""
    return _UNFIT.sub(" ", "\n".join(text.splitlines())).strip()
