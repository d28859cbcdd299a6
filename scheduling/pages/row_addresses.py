"""The addresses of a page for many rows: looked up once, for that takes longer than all else in a row."""

from collections.abc import Callable

from django.urls import reverse

# No row has this key.
_STAND_IN = 10**18


def addresses_of(page: str) -> Callable[[int], str]:
    """What makes the address of this page from the key of a row."""
    before, _, after = reverse(page, args=[_STAND_IN]).partition(str(_STAND_IN))
    return lambda key: f"{before}{key}{after}"
