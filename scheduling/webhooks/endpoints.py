"""What people do with a system that is told: add, change, give another secret, switch off and on, replay."""

from collections.abc import Collection
from contextlib import suppress
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from patients import audit
from patients.stale import Clash
from scheduling.acts import Act, record
from scheduling.errors import ChangedMeanwhile, Refused
from scheduling.models import (
    EventType,
    Task,
    Unit,
    WebhookEndpoint,
    WebhookEvent,
    WebhookProgress,
)
from scheduling.models.watch import GONE_AFTER
from scheduling.models.webhook import WebhookEventQuerySet
from scheduling.states import WebhookStatus
from scheduling.tasks.opening import close_tasks
from scheduling.webhooks import outcomes, payload, signing
from scheduling.webhooks.noting import head_of_log, new_webhook_id

SWITCHED_OFF = "The system was switched off before this was taken."
TAKEN_NAME = "Another system has this name. Give this one a name of its own."


@transaction.atomic
def add(
    *, name: str, address: str, events: Collection[str], units: Collection[Unit], by: audit.Actor
) -> tuple[WebhookEndpoint, str]:
    """Add a system, told of what happens from now on. Returns it, and its secret, which nobody can see again.

    units: none for all there are. Raises Clash if another system has the name.
    """
    secret = signing.new_secret()
    endpoint = WebhookEndpoint(name=name, address=address, events=sorted(events), since=timezone.now())
    signing.keep(endpoint, secret)
    try:
        with transaction.atomic():
            endpoint.save()
    except IntegrityError:
        raise Clash(TAKEN_NAME) from None
    endpoint.units.set(units)
    WebhookProgress.objects.create(endpoint=endpoint, read_to=head_of_log())
    fields = {field: [None, getattr(endpoint, field)] for field in ("name", "address", "events")}
    record(Act.WEBHOOKENDPOINT_ADDED, endpoint, by, fields | _units(None, _names(units)))
    return endpoint, secret


@transaction.atomic
def change(
    *,
    endpoint: WebhookEndpoint,
    name: str,
    address: str,
    events: Collection[str],
    units: Collection[Unit],
    by: audit.Actor,
) -> bool:
    """Change what a system is called, where it is and what it is told. Returns whether anything changed.

    What is in the outbox goes to the new address. Raises Clash if it is gone, or if another system has the
    name.
    """
    endpoint = locked(endpoint)
    before = _names(endpoint.units.all())
    wanted = {"name": name, "address": address, "events": sorted(events)}
    changes = {
        field: [getattr(endpoint, field), value]
        for field, value in wanted.items()
        if getattr(endpoint, field) != value
    }
    if before != _names(units):
        changes |= _units(before, _names(units))
    if not changes:
        return False
    for field, value in wanted.items():
        setattr(endpoint, field, value)
    try:
        with transaction.atomic():
            endpoint.save(update_fields=list(wanted))
    except IntegrityError:
        raise Clash(TAKEN_NAME) from None
    endpoint.units.set(units)
    record(Act.WEBHOOKENDPOINT_CHANGED, endpoint, by, changes)
    return True


@transaction.atomic
def renew_secret(*, endpoint: WebhookEndpoint, by: audit.Actor) -> str:
    """Give a system another secret, and return it. For a day both sign, so that nothing is refused."""
    endpoint = locked(endpoint)
    secret = signing.renew(endpoint, timezone.now())
    endpoint.save(update_fields=["sealed_secret", "former_sealed", "former_until"])
    record(Act.WEBHOOKENDPOINT_SECRET_RENEWED, endpoint, by)
    return secret


@transaction.atomic
def switch_off(*, endpoint: WebhookEndpoint, because: str, by: audit.Actor) -> None:
    """Tell a system nothing more. What waits for it is given up, and can be replayed once it is on again.

    Raises ChangedMeanwhile if it is off already.
    """
    endpoint = locked(endpoint)
    if not endpoint.is_on:
        raise ChangedMeanwhile(endpoint)
    endpoint.is_on, endpoint.off_because = False, because
    endpoint.save(update_fields=["is_on", "off_because"])
    record(Act.WEBHOOKENDPOINT_SWITCHED_OFF, endpoint, by, {"reason": because})
    # What is being sent at this moment ends by itself.
    _give_up_waiting(endpoint)


@transaction.atomic
def switch_on(*, endpoint: WebhookEndpoint, by: audit.Actor) -> None:
    """Tell a system of what happens from now on. Raises ChangedMeanwhile if it is on already."""
    endpoint = locked(endpoint)
    if endpoint.is_on:
        raise ChangedMeanwhile(endpoint)
    # What was noted or put off in the moment in which it was switched off.
    _give_up_waiting(endpoint)
    endpoint.is_on, endpoint.off_because, endpoint.since = True, "", timezone.now()
    endpoint.save(update_fields=["is_on", "off_because", "since"])
    WebhookProgress.objects.filter(endpoint=endpoint).update(
        read_to=head_of_log(), failures=0, rests_until=None
    )
    record(Act.WEBHOOKENDPOINT_SWITCHED_ON, endpoint, by)


@transaction.atomic
def remove(*, endpoint: WebhookEndpoint, by: audit.Actor) -> None:
    """Remove a system with its outbox; the log keeps what it was told. Raises Clash if it is gone already."""
    task = WebhookProgress.objects.filter(endpoint=endpoint.pk).values_list("task", flat=True).first()
    if task:
        close_tasks(Task.objects.filter(pk=task), "The system was removed.", by=by)
    audit.delete(endpoint, by=by)


@transaction.atomic
def send_test(*, endpoint: WebhookEndpoint, by: audit.Actor) -> WebhookEvent:
    """Put an event without contents into the outbox of a system. Raises Refused if it is switched off."""
    endpoint = locked(endpoint)
    refuse_off(endpoint)
    now = timezone.now()
    record(Act.WEBHOOKENDPOINT_TESTED, endpoint, by)
    # Whoever tests does not want to wait until the system is no longer left alone.
    WebhookProgress.objects.filter(endpoint=endpoint).update(rests_until=None)
    return WebhookEvent.objects.create(
        endpoint=endpoint,
        type=EventType.TEST,
        webhook_id=new_webhook_id(),
        at=now,
        payload=payload.for_a_test(now),
        next_attempt_at=now,
    )


@transaction.atomic
def replay(*, event: WebhookEvent, by: audit.Actor) -> None:
    """Send an event again, the same bytes under the same webhook-id.

    Raises Refused if its system is off or the event was withheld, ChangedMeanwhile if it waits to be sent.
    """
    refuse_off(locked(event.endpoint))
    if event.waits:
        raise ChangedMeanwhile(event)
    if not event.can_be_replayed:
        raise Refused(f"This event was not to be sent. {event.problem}")
    event.move_to(WebhookStatus.QUEUED, **_anew(timezone.now()))
    outcomes.record(Act.WEBHOOKEVENT_REPLAYED, event, by=by)
    WebhookProgress.objects.filter(endpoint=event.endpoint).update(rests_until=None)


@transaction.atomic
def replay_since(*, endpoint: WebhookEndpoint, since: datetime, only_missed: bool, by: audit.Actor) -> int:
    """Send again what happened from `since` on, as `replay` does. Returns how many events.

    only_missed: not what was taken. What was withheld stays so. Raises Refused if the system is off.
    """
    endpoint = locked(endpoint)
    refuse_off(endpoint)
    again = [WebhookStatus.FAILED] + ([] if only_missed else [WebhookStatus.TAKEN])
    found = endpoint.outbox.filter(at__gte=since, status__in=again)
    count = _move_all(found, WebhookStatus.QUEUED, **_anew(timezone.now()))
    WebhookProgress.objects.filter(endpoint=endpoint).update(rests_until=None)
    if count:
        record(Act.WEBHOOKENDPOINT_REPLAYED, endpoint, by, {"events": count, "since": since})
    return count


def refuse_off(endpoint: WebhookEndpoint) -> None:
    if not endpoint.is_on:
        raise Refused(f"“{endpoint}” is switched off, so nothing can be sent to it. Switch it on first.")


def locked(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    """The row as it is, locked, before its events and its progress. Raises Clash if it is gone.

    Without its key: whoever notes events, which point to it, has its progress and waits for nobody here.
    """
    row = WebhookEndpoint.objects.select_for_update(no_key=True).filter(pk=endpoint.pk).first()
    if row is None:
        raise Clash("This system was removed meanwhile, so nothing was done.")
    return row


def _give_up_waiting(endpoint: WebhookEndpoint) -> None:
    """What has not left yet does not leave."""
    now = timezone.now()
    # Nor what a worker claimed that was gone before it had an answer.
    gone = Q(status=WebhookStatus.SENDING, claimed_at__lt=now - GONE_AFTER)
    waiting = endpoint.outbox.filter(Q(status=WebhookStatus.QUEUED) | gone)
    _move_all(waiting, WebhookStatus.FAILED, claimed_at=None, problem=SWITCHED_OFF, done_at=now)


def _move_all(events: WebhookEventQuerySet, status: WebhookStatus, **fields: object) -> int:
    """Move each of them, unless a worker was quicker. Returns how many."""
    moved = 0
    for event in events.defer("payload").order_by("pk"):
        with suppress(ChangedMeanwhile):
            event.move_to(status, **fields)
            moved += 1
    return moved


def _anew(now: datetime) -> dict[str, object]:
    """The fields of an event that has all its attempts before it again."""
    return {"attempts": 0, "next_attempt_at": now, "problem": "", "answered": None, "done_at": None}


def _units(before: list[str] | None, after: list[str] | None) -> dict[str, object]:
    return {"units": [before or None, after or None]} if before or after else {}


def _names(units: Collection[Unit]) -> list[str]:
    return sorted(unit.name for unit in units)
