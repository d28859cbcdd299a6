"""What somebody searched for, kept in their session by a key of its own, which may stand in an address.

So searches in two tabs stay apart, and no name or number of a child stands in an address.
"""

from django.contrib.sessions.backends.base import SessionBase
from django.utils.crypto import get_random_string

MOST_KEPT = 20
# The keys of the user's own units, in the session: read at sign-in.
OWN_UNITS = "units"
_NAME = "searches"


def keep(session: SessionBase, text: str) -> str:
    """Keep the text as the latest, and give its key: the one it has already, if it is kept."""
    kept = _kept(session)
    key = next((key for key, each in kept if each == text), None) or get_random_string(12)
    others = [[other, each] for other, each in kept if other != key]
    session[_NAME] = [*others, [key, text]][-MOST_KEPT:]
    return key


def text_of(session: SessionBase, key: str) -> str:
    """Empty if nothing is kept by that key, or no more."""
    return dict(_kept(session)).get(key, "")


def forget(session: SessionBase, key: str) -> None:
    session[_NAME] = [[other, text] for other, text in _kept(session) if other != key]


def latest(session: SessionBase, most: int) -> list[tuple[str, str]]:
    """Keys and texts, the latest first."""
    return [(key, text) for key, text in reversed(_kept(session))][:most]


def _kept(session: SessionBase) -> list[list[str]]:
    return session.get(_NAME, [])
