"""Whether what the hospital's records system sent names a child by a number, for erasing what nobody placed.

Numbers are compared whole and as they are kept: K1 is not in a message about K104482. A line that is no
segment of a message is searched for the number's signs instead: rather one too many is deleted than one left.
"""

import re
from collections.abc import Iterable

from crmo_clinic.nhsuk import nhs_number
from patients.models import plain_hospital_number

_HEADER = re.compile(r"(?:^|[\r\n\x0b])[ \t]*(?:MSH|FHS|BHS)([^\w\s]{5})")
_LINE = re.compile(r"[\r\n\x0b\x1c]+")


def names_one_of(raw: bytes, numbers: Iterable[str]) -> bool:
    """Whether one of the numbers, as they are kept, stands in a message or in a file of messages."""
    # A number has no letter that any character set writes otherwise.
    text = raw.decode("latin-1").removeprefix("\xef\xbb\xbf")
    plain = {plain_hospital_number(number) for number in numbers}
    signs = "".join(dict.fromkeys("".join(_HEADER.findall(text))))
    return any(_stands_in(line.strip(), plain, signs) for line in _LINE.split(text))


def _stands_in(line: str, plain: set[str], signs: str) -> bool:
    if signs and re.match(f"[A-Z][A-Z0-9]{{2}}[{re.escape(signs)}]", line):
        parts = re.split(f"[{re.escape(signs)}]", line)
        return any(plain_hospital_number(nhs_number.normalise(part)) in plain for part in parts)
    found = plain_hospital_number(line)
    return any(number in found for number in plain)
