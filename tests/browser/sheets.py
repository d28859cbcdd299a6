"""What stands on the sheets of a printed page."""

import re
import zlib


def letters_on(pdf: bytes) -> list[int]:
    """How many letters stand on each sheet, in order."""
    pages = re.findall(rb"/Type\s*/Page\b(?!s).*?/Contents (\d+) 0 R", pdf, re.DOTALL)
    return [
        sum(len(text) // 4 for text in re.findall(rb"<([0-9A-Fa-f]+)>", _stream(pdf, page))) for page in pages
    ]


def _stream(pdf: bytes, number: bytes) -> bytes:
    found = re.search(rb"\n%s 0 obj\s*<<.*?>>\s*stream\r?\n(.*?)\r?\nendstream" % number, pdf, re.DOTALL)
    return zlib.decompress(found[1])
