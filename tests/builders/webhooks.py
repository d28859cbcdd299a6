"""Systems that are told, and reading the log for them as the worker does."""

from django.utils import timezone

from patients.audit import WORKER
from patients.chain import chain_new_rows
from scheduling.models import ASKED_FOR, EventType, WebhookEndpoint, WebhookEvent
from scheduling.webhooks import endpoints
from scheduling.webhooks.noting import new_webhook_id, note_new
from scheduling.webhooks.payload import for_a_test


def a_system(address: str = "https://engine.trust.example/in", **fields) -> tuple[WebhookEndpoint, str]:
    """A system that is told of everything, of every unit; and its secret."""
    wanted = {"name": "Trust integration engine", "address": address, "events": ASKED_FOR, "units": []}
    return endpoints.add(**wanted | fields, by=WORKER)


def noted(now=None) -> list[WebhookEvent]:
    """All events, the oldest first, once the worker has read the log."""
    chain_new_rows(stopping=bool)
    note_new(now or timezone.now())
    return list(WebhookEvent.objects.order_by("pk"))


def fill_outbox(*, address: str, number: int) -> tuple[str, list[str]]:
    """A system with so many events that are due, each about a course of its own; its secret, their ids."""
    system, secret = a_system(address)
    now = timezone.now()
    events = WebhookEvent.objects.bulk_create(
        WebhookEvent(
            endpoint=system,
            type=EventType.BOOKED,
            course_id=n,
            webhook_id=new_webhook_id(),
            at=now,
            payload=for_a_test(now),
            next_attempt_at=now,
        )
        for n in range(number)
    )
    return secret, [event.webhook_id for event in events]
