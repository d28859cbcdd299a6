"""Work that need not be done by every worker: whoever comes first takes the turn, the others leave it."""

from datetime import datetime, timedelta

from scheduling.models import Turn


def take(what: str, *, now: datetime, lasts: timedelta) -> Turn | None:
    """The turn, taken until `lasts` have gone by; None if another worker has it. Two queries.

    A worker that dies has it no longer than that.
    """
    turn, _ = Turn.objects.get_or_create(what=what, defaults={"until": now})
    is_ours = Turn.objects.filter(pk=turn.pk, until=turn.until, until__lte=now).update(until=now + lasts)
    return turn if is_ours else None


def come_to(turn: Turn, position: int) -> None:
    """Say where the next turn begins."""
    Turn.objects.filter(pk=turn.pk).update(position=position)
