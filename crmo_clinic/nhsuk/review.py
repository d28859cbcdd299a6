"""Forms that are brought back for review: drawn as they were typed, and never saved by that.

While a form is under review, every form of the app that was filled in says why it is shown again. So it
counts as not valid, and the page shows it with all that was typed. A page needs no code of its own for that.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_why: ContextVar[str] = ContextVar("why a form is under review", default="")


@contextmanager
def under_review(why: str) -> Iterator[None]:
    """Within this block filled-in forms only come back. why: a sentence that stands above them; empty if
    that is not known yet."""
    token = _why.set(why)
    try:
        yield
    finally:
        _why.reset(token)


def begin(why: str) -> None:
    """The same from here to the end of the block of `under_review("")` around it."""
    _why.set(why)


def reason() -> str:
    """Why forms are under review; empty if they are not."""
    return _why.get()
