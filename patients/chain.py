"""The chain of each log: every row carries the hash of the one before it, so no row is changed unseen.

Who owns the database can drop its triggers and rewrite a log. `broken` finds what they did, unless they made
the whole chain anew: against that, its head is printed to the process log each day, so it lies elsewhere too.

The worker chains new rows in batches, seconds after they were committed. Chaining them as they are written
would let all of a hospital's acts wait for each other: a row can only be chained once the one before is.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from patients.models import AccessChainRow, AccessEvent, AuditChainRow, AuditEvent, ChainRow, Event
from patients.walking import walk

BATCH = 1000
# A row gets its key when it is written, and is seen when it is committed: others may be chained by then. So
# many keys back the worker still looks for such rows.
LATE_KEYS = 5000
# No transaction takes longer: a row that is this much older than those before it was put in afterwards.
LATEST = timedelta(minutes=10)
FIRST = "0" * 64


class Log(NamedTuple):
    """A log, and what its rows are called."""

    events: type[Event]
    rows: type[ChainRow]
    word: str


ACTS = Log(AuditEvent, AuditChainRow, "log of acts")
LOGS = (ACTS, Log(AccessEvent, AccessChainRow, "log of looks"))


def chain_new_rows(*, stopping: Callable[[], bool], logs: Sequence[Log] = LOGS) -> None:
    """Chain every new row of these logs. There is nothing to say about it. Several may do so at once."""
    now = timezone.now()
    for log in logs:
        while not stopping() and _chain_batch(log, now) == BATCH:
            pass


def say_heads(*, stopping: Callable[[], bool]) -> str | None:
    """The last row of each chain, for the process log: `log of looks 4711 3f0a…`."""
    heads = [head for log in LOGS if (head := head_of(log))]
    return f"The logs end with: {'; '.join(heads)}." if heads else None


def head_of(log: Log) -> str:
    """`log of looks 4711 3f0a…`; empty if nothing is chained yet."""
    last = log.rows._default_manager.order_by("-number").first()
    return f"{log.word} {last.number} {last.digest}" if last else ""


def broken(heads: Mapping[str, tuple[int, str]], erased: Collection[int] = ()) -> Iterator[str]:
    """Each row of a log that was changed, deleted or inserted, as a sentence; two queries for each log.

    heads: what was printed earlier, by the word of the log: the chain has to lead through it. erased: rows of
    the log of acts whose details were erased, and that are else as they were (`patients.erasing`).
    """
    for log in LOGS:
        yield from _broken_rows(log, heads.get(log.word), erased if log.events is AuditEvent else ())
        yield from _never_chained(log)


def read_heads(printed: str) -> dict[str, tuple[int, str]]:
    """The heads in a printed line. Raises ValueError if there is none."""
    found = {}
    for log in LOGS:
        if (at := printed.find(log.word)) >= 0:
            number, digest = printed[at + len(log.word) :].split()[:2]
            found[log.word] = (int(number), digest.strip(";."))
    if not found:
        raise ValueError("This is no line that the worker printed.")
    return found


def digest_of(event: Event, before: str) -> str:
    """64 hexadecimal digits over the row and the digest of the row before it."""
    # Rows from before there was a salt have none, and were chained without.
    fields = [field for field in event._meta.concrete_fields if field.name != "salt" or event.salt]
    values = [_plain(field.value_from_object(event)) for field in fields]
    content = json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{before}{content}".encode()).hexdigest()


def _chain_batch(log: Log, now: datetime) -> int:
    """Chain the next rows. Returns how many; 0 if another worker was quicker."""
    newest = log.rows._default_manager.aggregate(Max("event_id"))["event_id__max"] or 0
    events = log.events._default_manager.filter(pk__gt=newest - LATE_KEYS, chain_row=None)
    if not events.exists():
        # So that a round with nothing to do takes no lock, which on SQLite is the only one there is.
        return 0
    try:
        with transaction.atomic():
            last = log.rows._default_manager.order_by("-number").first()
            number, digest, rows = (last.number, last.digest, []) if last else (0, FIRST, [])
            for event in events.order_by("pk")[:BATCH]:
                number, digest = number + 1, digest_of(event, digest)
                rows.append(log.rows(number=number, digest=digest, event=event, chained_at=now))
            log.rows._default_manager.bulk_create(rows)
    except IntegrityError:
        return 0
    return len(rows)


def _broken_rows(log: Log, head: tuple[int, str] | None, erased: Collection[int]) -> Iterator[str]:
    before, number, latest, began = FIRST, 0, None, None
    for row in walk(log.rows._default_manager.select_related("event"), "number", at_once=BATCH):
        began = began or row.chained_at
        if row.number != number + 1:
            yield f"The {log.word}: rows {number + 1} to {row.number - 1} of its chain were deleted."
            before = None
        event = row.event
        if event is None:
            yield f"The {log.word}: row {row.event_id} was deleted."
        elif before is not None and digest_of(event, before) != row.digest and event.pk not in erased:
            yield f"The {log.word}: row {row.event_id} was changed."
        elif latest and event.at < latest - LATEST and row.chained_at != began:
            yield f"The {log.word}: row {row.event_id} was inserted later than its time says."
        if head == (row.number, row.digest):
            head = None
        latest = max(filter(None, (latest, event and event.at)), default=None)
        before, number = row.digest, row.number
    if head:
        yield f"The {log.word}: its chain does not lead through row {head[0]}, as it was printed."


def _never_chained(log: Log) -> Iterator[str]:
    """Rows that stand before those that were chained, and long before them in time."""
    newest = log.rows._default_manager.order_by("-event_id").select_related("event").first()
    if newest is None or newest.event is None:
        return
    missed = log.events._default_manager.filter(
        chain_row=None, pk__lt=newest.event_id, at__lt=newest.event.at - LATEST
    )
    for pk in missed.order_by("pk").values_list("pk", flat=True):
        yield f"The {log.word}: row {pk} was inserted, or is not in its chain."


def _plain(value: object) -> object:
    return value.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(value, datetime) else value
