"""Bytes that may be stored packed, and are read as they were. Nobody above sees a difference but the size.

Most of a mail is the frame of its letter, twice, and quoted-printable: zlib makes a third of it.
"""

import zlib
from typing import Any

from django.db import models

# No mail begins with a zero byte (RFC 5322 section 2.2), nor does a text message.
MARK = b"\x00z1\x00"


class PackedBytes(models.BinaryField):
    """A BinaryField that unpacks what it reads. `packed` makes what is to be stored of it."""

    def from_db_value(self, value: Any, *context: object) -> bytes | None:
        return None if value is None else unpacked(bytes(value))


def packed(mime: bytes) -> bytes:
    """The bytes as they are stored packed; themselves if that would not make them smaller."""
    made = MARK + zlib.compress(mime, 9)
    return made if len(made) < len(mime) else mime


def unpacked(stored: bytes) -> bytes:
    """The bytes that were packed, or these if they were not. Raises zlib.error if they are damaged."""
    return zlib.decompress(stored.removeprefix(MARK)) if stored.startswith(MARK) else stored
