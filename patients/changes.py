"""Saving a child or a contact, with what other apps do about the change in the same transaction.

This app does not know which apps follow such changes. Each registers a context manager when it starts
(`follow`), and every save runs inside it. So a follower can take its locks before the row is locked, and act
once the row is saved.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from typing import Any

from django.db import transaction

from patients import audit
from patients.models import Contact, Patient

# Called with the changed row, not saved yet, who saves it, and a list for sentences about what it does.
Follower = Callable[[Patient | Contact, audit.Actor, list[str]], AbstractContextManager[None]]
_followers: list[Follower] = []


def follow(follower: Follower) -> None:
    """From now on, run every save of a child or a contact inside `follower`."""
    if follower not in _followers:
        _followers.append(follower)


@transaction.atomic
def save(row: Patient | Contact, *, by: audit.Actor, details: Mapping[str, Any] = {}) -> list[str]:
    """Save a child or a contact. Returns sentences for the person at the screen about what followed from it.

    details: see `audit.save`. Raises Clash as it does, and any refusal of a follower; then nothing is saved.
    """
    said: list[str] = []
    with ExitStack() as around:
        for follower in _followers:
            around.enter_context(follower(row, by, said))
        child = row if isinstance(row, Patient) else row.patient
        audit.save(row, by=by, patient=child, details=details)
    return said
