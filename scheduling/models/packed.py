"""Bytes that may be stored packed, and are read as they were. Nobody above sees a difference but the size.

Most of a mail is the frame of its letter, twice, and quoted-printable: zlib makes a third of it.
"""

import zlib
from typing import Any

from django.db import models

# No mail begins with a zero byte (RFC 5322 section 2.2), nor does a text message.
MARK = b"\x00z1\x00"


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
    made = MARK + zlib.compress(mime)
    return made if len(made) < len(mime) else mime


def unpacked(stored: bytes) -> bytes:
    """The bytes that were packed, or these if they were not. Raises zlib.error if they are damaged."""
    return zlib.decompress(stored.removeprefix(MARK)) if stored.startswith(MARK) else stored
