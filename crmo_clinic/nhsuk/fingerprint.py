"""A text for what a page was drawn from. The page sends it back: another by then means a stale page."""

import json
from collections.abc import Iterable
from hashlib import sha256
from typing import Any


def fingerprint(values: Iterable[Any]) -> str:
    """64 hexadecimal digits, others as soon as one of the values is another."""
    return sha256(json.dumps(list(values), default=str).encode()).hexdigest()
