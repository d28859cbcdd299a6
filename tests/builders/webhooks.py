"""Systems that are told, and reading the log for them as the worker does."""

from django.utils import timezone

from patients.audit import WORKER
from patients.chain import chain_new_rows
from scheduling.models import ASKED_FOR, WebhookEndpoint, WebhookEvent
from scheduling.webhooks import endpoints
from scheduling.webhooks.noting import note_new


def a_system(address: str = "https://engine.trust.example/in", **fields) -> tuple[WebhookEndpoint, str]:
    """A system that is told of everything, of every unit; and its secret."""
    wanted = {"name": "Trust integration engine", "address": address, "events": ASKED_FOR, "units": []}
    return endpoints.add(**wanted | fields, by=WORKER)


def noted(now=None) -> list[WebhookEvent]:
    """All events, the oldest first, once the worker has read the log."""
    chain_new_rows(stopping=bool)
    note_new(now or timezone.now())
    return list(WebhookEvent.objects.order_by("pk"))
