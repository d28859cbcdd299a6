"""Too many of something from one place, counted in the cache that all web processes share."""

from hashlib import sha256
from time import time

from django.core.cache import cache

HOUR, MINUTE = 3600, 60


def too_many(what: str, whose: str, most: int, seconds: int = HOUR) -> bool:
    """Count one more in this hour, or in so many seconds. Returns whether that is more than `most`."""
    key = f"flood.{what}.{int(time()) // seconds}.{sha256(whose.encode()).hexdigest()}"
    count = cache.get(key, 0) + 1
    cache.set(key, count, seconds)
    return count > most
