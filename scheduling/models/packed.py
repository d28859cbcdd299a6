"""Bytes that may be stored packed, and are read as they were. Nobody above sees a difference but the size.

Most of a mail is what all have: the frame of the letter, twice, and of the entry, twice, as base64. So
base64 is undone, and zlib begins with a mail that it knows. `tests/known_mail.py` wrote that; what was packed
with it can be read only with it, so it is never changed: a better one is another file with another mark.
"""

import re
import zlib
from base64 import b64decode, b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.db import models

# No mail begins with a zero byte (RFC 5322 section 2.2), nor does a text message.
MARK = b"\x00z"
PLAIN, KNOWING = MARK + b"1\x00", MARK + b"2\x00"
KNOWN_MAIL = Path(__file__).with_name("known_mail_2.bin")
KNOWN_DIGEST = "98a0409b94d9a6ba3d0100dbeb114af13710cc0abae3302e9503cb08450ebbde"
# Lines of base64 as the app writes them, whole ones and the last. Undone, they stand between zero bytes.
_LINE = 76
_LETTER = rb"[A-Za-z0-9+/]"
_LAST = rb"(?:%b{4}){0,18}(?:%b{4}|%b{3}=|%b{2}==)\r\n" % ((_LETTER,) * 4)
_BASE64 = re.compile(rb"\n((?:%b{76}\r\n)+(?:%b)?)" % (_LETTER, _LAST))
_UNDONE = re.compile(rb"\x00([^\x00]*)\x00")


class PackedBytes(models.BinaryField):
    """A BinaryField that packs what it stores and unpacks what it reads."""

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        stored = None if value is None else packed(bytes(value))
        return super().get_db_prep_value(stored, connection, prepared)

    def from_db_value(self, value: Any, *context: object) -> bytes | None:
        return None if value is None else unpacked(bytes(value))


def packed(mime: bytes) -> bytes:
    """The bytes as they are stored packed; themselves if they are, or if that would not make them smaller."""
    if mime.startswith(MARK):
        return mime
    writing = _knowing().copy()
    made = KNOWING + writing.compress(undone(mime)) + writing.flush()
    if unpacked(made) != mime:
        # Zero bytes, or base64 that others wrote otherwise.
        made = PLAIN + zlib.compress(mime)
    return made if len(made) < len(mime) else mime


def unpacked(stored: bytes) -> bytes:
    """The bytes that were packed, or these if they were not. Raises zlib.error if they are damaged."""
    if stored.startswith(PLAIN):
        return zlib.decompress(stored.removeprefix(PLAIN))
    if not stored.startswith(KNOWING):
        return stored
    reading = zlib.decompressobj(zdict=_known())
    mime = reading.decompress(stored.removeprefix(KNOWING)) + reading.flush()
    if not reading.eof:
        raise zlib.error("The end is missing.")
    return _UNDONE.sub(lambda found: _base64(found[1]), mime)


def undone(mime: bytes) -> bytes:
    """A mail with what stands in it as base64."""
    return _BASE64.sub(lambda found: b"\n\x00" + b64decode(found[1]) + b"\x00", mime)


def _base64(content: bytes) -> bytes:
    letters = b64encode(content)
    return b"".join(letters[at : at + _LINE] + b"\r\n" for at in range(0, len(letters), _LINE))


@cache
def _known() -> bytes:
    known = KNOWN_MAIL.read_bytes()
    if sha256(known).hexdigest() != KNOWN_DIGEST:
        raise RuntimeError(f"{KNOWN_MAIL.name} is not as it came: packed mails cannot be read.")
    return known


@cache
def _knowing() -> Any:
    """To be copied: to read the known mail takes longer than to pack one like it."""
    return zlib.compressobj(zdict=_known())
