"""Letting another system read, and ending that. Its secret is told once; only a hash of it is kept."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from patients import audit
from patients.models import User
from patients.stale import Clash
from scheduling.acts import Act
from scheduling.errors import ChangedMeanwhile
from scheduling.fhir import tokens
from scheduling.models import OtherSystem, Unit

NAME_TAKEN = "Another system has this name, or had it. Choose another name"


@dataclass(frozen=True)
class LetIn:
    """A system that may read from now on, and its secret."""

    system: OtherSystem
    secret: str


@transaction.atomic
def let_in(
    *, name: str, reads: Sequence[str], units: Sequence[Unit], reads_protected: bool, by: User
) -> LetIn:
    """Let a system read these things of these units. reads: of `Reads`.

    Raises Clash if another system has the name, or had it: the log tells systems apart by their names.
    """
    secret = secrets.token_urlsafe(32)
    system = OtherSystem(
        client_id=secrets.token_urlsafe(18),
        secret_hash=tokens.digest(secret),
        name=name,
        reads=list(reads),
        reads_protected=reads_protected,
        made_by=by.name,
    )
    try:
        with transaction.atomic():
            system.save(force_insert=True)
    except IntegrityError:
        raise Clash(NAME_TAKEN) from None
    system.units.set(units)
    audit.record(
        Act.OTHERSYSTEM_ADDED,
        by=by,
        on=system,
        patient=None,
        changes={
            "reads": system.reads_in_words,
            "units": [unit.name for unit in units],
            "protected": "Also these" if reads_protected else "Not these",
        },
    )
    return LetIn(system, secret)


@transaction.atomic
def end(*, system: OtherSystem, by: User) -> None:
    """From now on it reads nothing, and neither its secret nor a token opens anything.

    Raises ChangedMeanwhile if its access was ended already.
    """
    still = OtherSystem.objects.filter(pk=system.pk, ended_at__isnull=True)
    if not still.update(ended_at=timezone.now(), ended_by=by.name):
        raise ChangedMeanwhile(system)
    tokens.forget_all(system)
    audit.record(Act.OTHERSYSTEM_ENDED, by=by, on=system, patient=None)
