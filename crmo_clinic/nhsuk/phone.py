"""Phone numbers as people type them."""

import re

# 071 to 075 and 077 to 079 are mobiles, 07624 those of the Isle of Man (Ofcom, Numbering Plan).
_UK_MOBILE = re.compile(r"(?:\+44|0044|44|0)(7(?:[1-57-9]\d|62(?=4))\d{7})")
_SEPARATORS = re.compile(r"\(0\)|[\s().\-\u2010-\u2015]")


def uk_mobile(text: str) -> str:
    """`+447700900123` (E.164) for a UK mobile number in any usual spelling; empty text for anything else."""
    found = _UK_MOBILE.fullmatch(_SEPARATORS.sub("", text))
    return f"+44{found[1]}" if found else ""
