"""What everybody has to know of the work beside the pages: asked by every staff page, probes and metrics.

Pages ask for `alarms`, which are looked up at most every half minute in each process, so they cost a page
nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from django.conf import settings
from django.db.models import Count, Max, Min, Q
from django.urls import reverse
from django.utils import timezone

from crmo_clinic.nhsuk.wording import clock, long_date, quantity
from scheduling.models import AdtMessage, Channel, Message, Outage, WorkerBeat
from scheduling.models.message import WAITS
from scheduling.states import MessageStatus

# A worker that was restarted is no alarm, nor is a mail server that was.
SILENT = timedelta(minutes=5)
REFUSING = timedelta(minutes=10)
# A mail that has been due for so long was overlooked.
OVERDUE = timedelta(minutes=15)
KEPT_SECONDS = 30


@dataclass(frozen=True)
class Alarm:
    """One thing that is wrong for everybody: a sentence, and where to see whom it touches."""

    sentence: str
    link: str
    label: str


class _Kept:
    """What was found last, and until when it counts, by the clock that never jumps."""

    alarms: tuple[Alarm, ...] = ()
    until = 0.0


def alarms() -> tuple[Alarm, ...]:
    """What everybody who is signed in has to know, as it stood within the last half minute."""
    if monotonic() >= _Kept.until:
        keep(find_alarms(timezone.now()), seconds=KEPT_SECONDS)
    return _Kept.alarms


def keep(found: tuple[Alarm, ...], *, seconds: float) -> None:
    """Let that be the answer for so long."""
    _Kept.alarms, _Kept.until = found, monotonic() + seconds


def find_alarms(now: datetime) -> tuple[Alarm, ...]:
    """Look now. Two queries if all is well, and one more where a silence of the hospital's records counts."""
    to_ring = reverse("scheduling:list_to_ring")
    found = []
    if sentence := _no_worker(now):
        found.append(Alarm(sentence, to_ring, "Families to ring"))
    outage = Outage.objects.filter(what=Outage.MAIL, since__lte=now - REFUSING).first()
    if outage:
        waiting = mails_waiting(now)
        what = quantity(waiting.number, "mail waits", "mails wait") if waiting.number else "no mail waits"
        first = f"; first visit affected {_day_and_time(waiting.first_visit)}" if waiting.first_visit else ""
        since = _since(outage.since, now)
        found.append(
            Alarm(
                f"The mail server has refused mails since {since}; {what}{first}.",
                to_ring,
                "Families to ring",
            )
        )
    if sentence := _silence(now):
        found.append(Alarm(sentence, reverse("scheduling:list_adt"), "What came from the hospital’s records"))
    return tuple(found)


def last_beat() -> datetime | None:
    """When a worker last said that it runs; None if none ever did."""
    return WorkerBeat.objects.aggregate(last=Max("beat_at"))["last"]


@dataclass(frozen=True)
class Waiting:
    """Mails that are still to be sent: how many, and the first visit to come that one of them is about."""

    number: int
    first_visit: datetime | None


def mails_waiting(now: datetime) -> Waiting:
    mails = Message.objects.filter(status__in=WAITS, channel=Channel.EMAIL)
    mails = mails.filter(Q(attempts__gt=0) | Q(next_attempt_at__lte=now))
    to_come = Min("session__starts_at", filter=Q(session__starts_at__gt=now))
    return Waiting(**mails.aggregate(number=Count("pk"), first_visit=to_come))


def oldest_due(now: datetime) -> timedelta:
    """For how long the message that is due longest has been due; zero if none is."""
    due = Message.objects.filter(status=MessageStatus.QUEUED, next_attempt_at__lte=now)
    first = due.aggregate(first=Min("next_attempt_at"))["first"]
    return now - first if first else timedelta(0)


def _no_worker(now: datetime) -> str:
    """On a laptop nobody has to start one; that is no alarm before one has run."""
    what = "no mail leaves, no answer is read and no reminder goes. Tell whoever runs the server"
    last = last_beat()
    if last is None:
        return f"No worker has been started: {what}." if settings.PRODUCTION else ""
    return f"No worker has run since {_since(last, now)}: {what}." if last < now - SILENT else ""


def _silence(now: datetime) -> str:
    """Only where somebody said after how long it is one."""
    if not (settings.ADT_SILENT_HOURS and (settings.ADT_DIR or settings.ADT_PORT)):
        return ""
    last = AdtMessage.objects.aggregate(last=Max("received_at"))["last"]
    if last and last > now - timedelta(hours=settings.ADT_SILENT_HOURS):
        return ""
    since = f"since {_since(last, now)}" if last else "yet"
    return (
        f"No message of the hospital’s records system has come {since}: new names and addresses may be "
        "missing. Tell whoever runs the server."
    )


def _since(at: datetime, now: datetime) -> str:
    local = timezone.localtime(at)
    day = "" if local.date() == timezone.localdate(now) else f" on {long_date(local)}"
    return f"{clock(local.time())}{day}"


def _day_and_time(at: datetime) -> str:
    local, today = timezone.localtime(at), timezone.localdate()
    near = {today: "today", today + timedelta(days=1): "tomorrow"}
    return f"{near.get(local.date()) or f'on {long_date(local)}'} at {clock(local.time())}"
