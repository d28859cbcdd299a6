"""The worker's job: note what happened, deliver what is due. It costs nothing while no system is set up."""

from collections.abc import Callable
from datetime import datetime
from time import monotonic

from django.utils import timezone

from patients.chain import ACTS, chain_new_rows
from scheduling.models import EVENTS_KEPT, WebhookEndpoint, WebhookEvent
from scheduling.models.webhook import WEBHOOK_WAITS
from scheduling.webhooks.delivery import Delivered, deliver_due
from scheduling.webhooks.noting import note_new

# Where there is none, a process asks again after so long whether there is one by now; a first event waits.
ASKED_AGAIN_SECONDS = 30
FORGOTTEN_EVERY_SECONDS = 3600


class _Known:
    """What this process knows, by the clock that never jumps."""

    none_until = 0.0
    forget_at = 0.0


def tell_systems(*, stopping: Callable[[], bool] = lambda: False) -> Delivered | None:
    """Note and deliver. None if no system is set up: a query in half a minute, and none in between."""
    if monotonic() < _Known.none_until:
        return None
    if not WebhookEndpoint.objects.exists():
        _Known.none_until = monotonic() + ASKED_AGAIN_SECONDS
        return None
    now = timezone.now()
    if monotonic() >= _Known.forget_at:
        _Known.forget_at = monotonic() + FORGOTTEN_EVERY_SECONDS
        forget_old(now)
    # Not only in its turn among the jobs, where a slow mail server would keep what is told at once waiting.
    chain_new_rows(stopping=stopping, logs=[ACTS])
    note_new(now, stopping=stopping)
    return deliver_due(stopping=stopping)


def forget_old(now: datetime) -> None:
    """Delete what nothing more is done about, and earlier secrets that sign no more."""
    WebhookEvent.objects.filter(done_at__lt=now - EVENTS_KEPT).exclude(status__in=WEBHOOK_WAITS).delete()
    WebhookEndpoint.objects.filter(former_until__lt=now).update(former_sealed="", former_until=None)


def ask_anew() -> None:
    """Forget what this process knows."""
    _Known.none_until = _Known.forget_at = 0.0
