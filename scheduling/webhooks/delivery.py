"""Deliver what is due. Several workers may do so at once.

    QUEUED ──claim──▶ SENDING ──2xx──▶ TAKEN
      │ ▲                ├──anything else──▶ QUEUED, after a longer wait each time
      │ │                └──anything else, tried for days──▶ FAILED, with a task
      │ └──the worker that claimed it is gone──┘
      └──the child is restricted or sensitive by now, or it was taken back──▶ WITHHELD

At least once: if it is not certain that it arrived, the same bytes go again under the same webhook-id, by
which the reader knows them. What is about one course arrives in the order in which it was done. A system that
does not take one event is left alone for a while, and never keeps another waiting for longer than one try.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from secrets import SystemRandom
from time import monotonic

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from patients.audit import WORKER
from patients.stale import Clash
from scheduling.errors import ChangedMeanwhile
from scheduling.models import WebhookEndpoint, WebhookEvent, WebhookProgress
from scheduling.models.webhook import WebhookEventQuerySet
from scheduling.states import WebhookStatus
from scheduling.watch import pulse
from scheduling.webhooks import endpoints, sending, signing
from scheduling.webhooks.outcomes import give_up, take, withhold

# After each failed attempt, as the specification recommends; then it is given up, after three days.
WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
# By up to so much longer, so that what failed together is not tried again together.
JITTER = 0.1
# A system is left alone for no longer than that, unless it asks for it: another event may be to its liking.
LONGEST_REST = timedelta(minutes=5)
LONGEST_ASKED = timedelta(days=1)
# Longer than any attempt takes: for claims of workers without a heartbeat.
CLAIM = timedelta(minutes=2)
# So many to one system, or for so long, then it is the turn of the next.
AT_ONCE, SECONDS_AT_ONCE = 50, 20
NOT_TAKEN = (
    "“{}” does not take what it is told of visits, and some was given up after three days. Let whoever runs "
    "it put that right, then replay what it missed."
)
SAYS_GONE = (
    "“{}” answered that it is gone, so it was switched off and is told nothing more of visits. If that was "
    "not meant, switch it on and replay what it missed; else remove it."
)
PROTECTED = "The child’s record is restricted or sensitive, so nothing of it leaves."
UNREADABLE = "The secret of this system can no longer be read, because SECRET_KEY was changed. Renew it."

logger = logging.getLogger(__name__)
Post = Callable[[str, bytes, dict[str, str]], sending.Answer]


@dataclass(frozen=True)
class Delivered:
    """How many events had each outcome in one round; false if there were none."""

    taken: int = 0
    retried: int = 0
    failed: int = 0
    withheld: int = 0

    def __bool__(self) -> bool:
        return any(astuple(self))

    def __str__(self) -> str:
        return (
            f"Other systems: {self.taken} events taken, {self.retried} to be tried again, "
            f"{self.failed} given up, {self.withheld} not sent."
        )


def deliver_due(
    *,
    now: datetime | None = None,
    post: Post = sending.post,
    stopping: Callable[[], bool] = lambda: False,
) -> Delivered:
    """Send what is due to each system in turn. One query for each that is on, if nothing is.

    now: replaces the clock, and post the network, in tests. stopping: asked before each event.
    """
    clock = timezone.now if now is None else lambda: now
    counts = Counter[WebhookStatus | None]()
    on = WebhookEndpoint.objects.filter(is_on=True).order_by("pk")
    rested = Q(progress__rests_until=None) | Q(progress__rests_until__lte=clock())
    for endpoint in on.filter(rested).values_list("pk", flat=True):
        for status in _deliver_to(endpoint, clock, post, stopping):
            counts[status] += 1
    return Delivered(
        taken=counts[WebhookStatus.TAKEN],
        retried=counts[WebhookStatus.QUEUED],
        failed=counts[WebhookStatus.FAILED],
        withheld=counts[WebhookStatus.WITHHELD],
    )


def wait_after(attempts: int) -> timedelta | None:
    """How long an event waits after so many attempts; None if it is given up."""
    if attempts > len(WAITS):
        return None
    return WAITS[attempts - 1] * SystemRandom().uniform(1, 1 + JITTER)


def _deliver_to(
    endpoint: int, clock: Callable[[], datetime], post: Post, stopping: Callable[[], bool]
) -> Iterator[WebhookStatus | None]:
    """Deliver what is due to one system, until it does not take something or it is the turn of the next."""
    until = monotonic() + SECONDS_AT_ONCE
    for pk in _keys(endpoint, clock()):
        if stopping() or monotonic() > until:
            return
        try:
            status = _deliver(endpoint, pk, clock, post)
        except Exception as error:
            # Without its text, which may quote a row.
            logger.error("Webhook event %s: unexpected %s.", pk, type(error).__name__)
            return
        yield status
        if status in (WebhookStatus.QUEUED, WebhookStatus.FAILED):
            return


def _keys(endpoint: int, now: datetime) -> Iterable[int]:
    """The keys of what is due to a system, oldest first, each once; what one held up comes after it."""
    looked: set[int] = set()
    while len(looked) < AT_ONCE:
        due = _due(endpoint, now).exclude(pk__in=looked).values_list("pk", flat=True)
        if not (keys := list(due[: AT_ONCE - len(looked)])):
            return
        for pk in keys:
            looked.add(pk)
            yield pk


def _due(endpoint: int, now: datetime) -> WebhookEventQuerySet:
    return WebhookEvent.objects.due(now, stale=now - CLAIM).filter(endpoint=endpoint, endpoint__is_on=True)


def _deliver(endpoint: int, pk: int, clock: Callable[[], datetime], post: Post) -> WebhookStatus | None:
    """Bring one event to its outcome; None if it has to wait, or another worker was quicker."""
    event = _due(endpoint, clock()).select_related("endpoint__progress").filter(pk=pk).first()
    if event is None:
        return None
    try:
        if event.status == WebhookStatus.SENDING:
            event.move_to(WebhookStatus.QUEUED, claimed_at=None)
        if WebhookEvent.objects.about_protected().filter(pk=pk).exists():
            return WebhookStatus.WITHHELD if withhold(event, PROTECTED) else None
        now = clock()
        claim = {"claimed_at": now, "claimed_by": pulse.own_name(), "tried_at": now}
        event.move_to(WebhookStatus.SENDING, attempts=event.attempts + 1, **claim)
    except ChangedMeanwhile:
        return None
    answer = _send(event, clock(), post)
    now = clock()
    if answer.is_taken:
        return WebhookStatus.TAKEN if take(event, now, answered=answer.status or 0) else None
    logger.info("Webhook event %s was not taken: %s.", pk, answer.status or "no answer")
    if answer.status == sending.GONE:
        return _end_gone(event)
    return _put_off(event, answer, now)


def _send(event: WebhookEvent, now: datetime, post: Post) -> sending.Answer:
    """Send the stored bytes, outside any transaction."""
    # PostgreSQL gives a memoryview.
    payload = bytes(event.payload)
    try:
        headers = signing.headers(event.endpoint, event.webhook_id, payload, now)
    except signing.SecretLost:
        return sending.Answer(problem=UNREADABLE)
    try:
        return post(event.endpoint.address, payload, headers)
    except Exception as error:
        # Without its text, which may quote a row.
        logger.error("Webhook event %s: unexpected %s.", event.pk, type(error).__name__)
        return sending.Answer(problem="Something unexpected went wrong while it was sent.")


def _put_off(event: WebhookEvent, answer: sending.Answer, now: datetime) -> WebhookStatus | None:
    """Try it again later, or give it up; leave the system alone meanwhile."""
    pause, asked = wait_after(event.attempts), min(answer.later or timedelta(0), LONGEST_ASKED)
    _let_rest(event.endpoint, now, asked)
    if pause is None:
        why = f"{answer.problem} It was tried {event.attempts} times in more than three days."
        says = NOT_TAKEN.format(event.endpoint)
        return WebhookStatus.FAILED if give_up(event, why, says, answered=answer.status) else None
    try:
        if not WebhookEndpoint.objects.filter(pk=event.endpoint_id, is_on=True).exists():
            # Switched off meanwhile: it is not to leave once the system is on again, weeks later.
            off = {"problem": endpoints.SWITCHED_OFF, "answered": answer.status, "done_at": now}
            event.move_to(WebhookStatus.FAILED, claimed_at=None, **off)
            return WebhookStatus.FAILED
        event.move_to(
            WebhookStatus.QUEUED,
            claimed_at=None,
            problem=answer.problem,
            answered=answer.status,
            next_attempt_at=now + pause,
        )
    except ChangedMeanwhile:
        return None
    return WebhookStatus.QUEUED


def _let_rest(endpoint: WebhookEndpoint, now: datetime, asked: timedelta) -> None:
    # Without jitter, so that what failed first need not wait longer than its own wait.
    rest = min(WAITS[min(endpoint.progress.failures, len(WAITS) - 1)], LONGEST_REST)
    WebhookProgress.objects.filter(pk=endpoint.pk).update(
        failures=F("failures") + 1, rests_until=now + max(rest, asked)
    )


@transaction.atomic
def _end_gone(event: WebhookEvent) -> WebhookStatus | None:
    """Whoever runs the system wants nothing more: it is switched off, and somebody is asked about it."""
    try:
        endpoints.locked(event.endpoint)
    except Clash:
        return None
    is_ended = give_up(event, "It answered 410.", SAYS_GONE.format(event.endpoint), answered=sending.GONE)
    with suppress(ChangedMeanwhile):
        endpoints.switch_off(endpoint=event.endpoint, because="It answered that it is gone (410)", by=WORKER)
    return WebhookStatus.FAILED if is_ended else None
