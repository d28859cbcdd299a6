"""A fingerprint of what a page was drawn from. The page sends it back; if it differs by then, it is stale."""

import json
from collections.abc import Iterable
from hashlib import sha256
from typing import Any


def fingerprint(values: Iterable[Any]) -> str:
    """64 hexadecimal digits, which differ as soon as one of the values differs."""
    return sha256(json.dumps(list(values), default=str).encode()).hexdigest()
