"""How the outboxes of systems stand, for the pages about them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q

from scheduling.models import WEBHOOK_WAITS, WebhookEndpoint, WebhookEvent
from scheduling.states import WebhookStatus


@dataclass(frozen=True)
class Counts:
    """Events of one system that wait, were given up; and when one was taken last."""

    waiting: int = 0
    given_up: int = 0
    last_taken: datetime | None = None


def counts_of(systems: Iterable[WebhookEndpoint]) -> dict[int, Counts]:
    """By the key of the system. One query."""
    keys = [system.pk for system in systems]
    rows = (
        WebhookEvent.objects.filter(endpoint__in=keys)
        .order_by()
        .values_list("endpoint")
        .annotate(
            waiting=Count("pk", filter=Q(status__in=WEBHOOK_WAITS)),
            given_up=Count("pk", filter=Q(status=WebhookStatus.FAILED)),
            last_taken=Max("done_at", filter=Q(status=WebhookStatus.TAKEN)),
        )
    )
    return {key: Counts() for key in keys} | {key: Counts(*rest) for key, *rest in rows}
