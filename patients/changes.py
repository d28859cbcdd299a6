"""Saving a child or a contact, with what other apps do about the change in the same transaction.

This app knows none of those that follow it: each says so when it starts (`follow`), as a context manager
around the saving. So it can take its locks before the row is locked, and act once the row is saved.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

from django.db import transaction

from patients import audit
from patients.models import Contact, Patient

# Called with the changed row, not saved yet, who saves it, and a list for sentences about what it does.
Follower = Callable[[Patient | Contact, audit.Actor, list[str]], AbstractContextManager[None]]
_followers: list[Follower] = []


def follow(follower: Follower) -> None:
    """Let `follower` stand around every saving of a child or a contact from now on."""
    if follower not in _followers:
        _followers.append(follower)


@transaction.atomic
def save(row: Patient | Contact, *, by: audit.Actor) -> list[str]:
    """Save a child or a contact; sentences about what was done because of it, for the person at the screen.

    Raises Clash as `audit.save` does, and what a follower refuses; then nothing is saved.
    """
    said: list[str] = []
    with ExitStack() as around:
        for follower in _followers:
            around.enter_context(follower(row, by, said))
        audit.save(row, by=by, patient=row if isinstance(row, Patient) else row.patient)
    return said
