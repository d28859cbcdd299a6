"""Bytes into messages, and the first line of each (MSH), whose signs part the rest. Nothing raises here."""

import re
from dataclasses import dataclass, field

STANDARD_SEPARATOR, STANDARD_SIGNS = "|", "^~\\&"
# Around a message on the wire, and before a text in UTF-8: no part of it.
_AROUND = b"\x0b\x1c\r\n \t\x00"
_BOM = b"\xef\xbb\xbf"
_NEXT = re.compile(rb"[\r\n]+(?=MSH)")
# Lines around the messages of a file (FHS, BHS, BTS, FTS): they say nothing of a person.
_WRAPPING = re.compile(rb"(?m)^(?:FHS|BHS|BTS|FTS)[^\r\n]*(?:[\r\n]+|\Z)")


def parted(content: bytes) -> list[bytes]:
    """The messages in a file or a block, each line ended by 0x0D. What is no message comes as one."""
    content = re.sub(rb"\r\n?", b"\n", content.removeprefix(_BOM))
    whole = _WRAPPING.sub(b"", content).strip(_AROUND)
    parts = [part.strip(_AROUND) for part in _NEXT.split(whole)]
    return [part.replace(b"\n", b"\r") for part in parts if part]


@dataclass(frozen=True)
class Header:
    """The first line of a message, its fields by their number in MSH, as they stood (a letter for a byte).

    separator, signs: what parts fields, and the rest (MSH-1, MSH-2); the standard's where there are none.
    """

    separator: str = STANDARD_SEPARATOR
    signs: str = STANDARD_SIGNS
    fields: list[str] = field(default_factory=list)

    def __getitem__(self, number: int) -> str:
        return self.fields[number - 1] if 2 <= number <= len(self.fields) else ""

    def component(self, number: int, which: int) -> str:
        """One component of the first repetition of a field, counted from 1."""
        parts = self[number].split(self.signs[1])[0].split(self.signs[0])
        return parts[which - 1].strip() if which <= len(parts) else ""


def header_of(raw: bytes) -> Header:
    """The first line; empty if the bytes are no message."""
    text = raw.decode("latin-1").lstrip()
    line = re.split(r"[\r\n]", text, maxsplit=1)[0]
    if len(line) < 5 or not line.startswith("MSH") or not _is_sign(line[3]):
        return Header()
    fields = line.split(line[3])
    signs = fields[1] if len(fields) > 1 else ""
    if not all(map(_is_sign, signs)) or len({line[3], *signs}) != len(signs) + 1 or len(signs) > 5:
        signs = STANDARD_SIGNS
    signs += "".join(sign for sign in STANDARD_SIGNS[len(signs) :] if sign not in signs + line[3])
    return Header(line[3], signs if len(signs) >= 4 else STANDARD_SIGNS, fields)


def _is_sign(char: str) -> bool:
    return char.isascii() and char.isprintable() and not char.isalnum() and char != " "
