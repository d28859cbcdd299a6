"""How rows of the log are put into words: what was done, and what a value was before it was put right.

The log keeps codes and times as the database has them; people read labels, and the times of their clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import models
from django.utils import timezone

from crmo_clinic.nhsuk import wording
from patients.models import AuditEvent
from scheduling.models import Given, PartBecause
from scheduling.visit.recording import TIMES

NOTHING = "no value"

SENTENCES = {
    "course.added": "Agreed",
    "course.changed": "What was agreed was changed",
    "course.impossible_dates_changed": "The family’s dates were changed",
    "course.booked": "Booked",
    "course.moved": "Moved",
    "course.cancelled": "Cancelled",
    "course.held": "Held",
    "course.hold_released": "Hold released",
    "course.hold_lapsed": "Hold lapsed",
    "course.day_lost": "A day cannot happen",
    "course.day_left_out": "A day was left out",
    "course.day_moved": "A day was put at another time",
    "course.invites_sent": "Invites sent",
    "course.entries_followed": "Mails after another address or permission",
    "course.told": "Told the family",
    "course.family_asked": "The family asked or told something on its page",
    "course.checked_in": "The family said how it went",
    "course.page_renewed": "New address for the family’s page",
    "course.page_revoked": "The family’s page was closed",
    "task.opened": "Opened",
    "task.changed": "Changed what is to do",
    "task.assigned": "Changed who does it",
    "task.put_off": "Changed the due date",
    "task.done": "Done",
    "course.contact_attempted": "Tried to reach the family",
    "course.days_asked": "Asked the family for the days they cannot do",
}
# Acts whose row in the log lists the days they are about.
AT_DAYS = ("course.booked", "course.held", "course.hold_released", "course.hold_lapsed")


def event_sentence(event: AuditEvent) -> str:
    """One row of the log in words: what was done, to which days, why."""
    words = [SENTENCES.get(event.action, event.action)]
    days = event.changes.get("days")
    if event.action in AT_DAYS and days:
        words.append(": " + "; ".join(days))
    elif event.action in ("course.moved", "course.day_moved") and days:
        words.append(" from " + "; ".join(days[0]) + " to " + "; ".join(days[1]))
    elif event.action == "course.day_left_out" and days:
        words.append(": " + "; ".join(days[0]))
    elif event.action == "course.day_lost":
        words.append(f": day {event.changes.get('day')}")
    elif event.action == "course.cancelled":
        words.append(
            ", back to the waiting list" if event.changes.get("then") == "Waiting" else ", course ended"
        )
    elif event.action == "course.invites_sent":
        words.append(": " + ", ".join(event.changes.get("to", [])))
    elif event.action == "course.entries_followed":
        words.append(f": {event.changes['to']}")
    elif event.action == "course.told":
        words.append(f": {event.changes['to']}, {event.changes['way'].lower()}, of {event.changes['of']}")
    elif event.action == "task.assigned":
        words.append(f": {event.changes['owner'][1] or 'nobody'}")
    elif event.action == "task.put_off":
        words.append(f": {wording.short_date(date.fromisoformat(event.changes['due_on'][1]))}")
    elif event.action == "task.done":
        words.append(f": {event.changes['note']}")
    elif event.action == "course.contact_attempted":
        words.append(f": {str(event.changes.get('outcome')).lower()}")
    elif event.action == "course.family_asked":
        words.append(f": {str(event.changes.get('what')).lower()}")
    elif event.action in ("course.page_renewed", "course.page_revoked"):
        words.append(f": {event.changes.get('contact')}")
    if isinstance(reason := event.changes.get("reason"), str):
        words.append(f" ({reason})")
    if decided := event.changes.get("decided"):
        words.append(f". Decided by {decided}")
    return "".join(words)


CARE_SENTENCES = {
    "session.arrived": "Arrived",
    "session.started": "Drip started",
    "session.finished": "Drip finished",
    "session.not_brought": "Was not brought",
    "session.taken_back": "Taken back",
    "session.times_recorded": "Times",
    "session.outcome_recorded": "How much was given",
    "session.note_written": "Note written",
    "session.goes_on": "Given as planned",
    "cannulaattempt.added": "Try at the cannula recorded",
    "cannulaattempt.changed": "Try at the cannula put right",
    "cannulaattempt.removed": "Try at the cannula taken out",
    "adverseeffect.added": "Adverse effect recorded",
    "adverseeffect.changed": "Adverse effect put right",
    "adverseeffect.removed": "Adverse effect taken out",
}


def care_sentence(event: AuditEvent) -> str:
    """One row of the log of a visit: what was recorded, and what a value put right was before."""
    words = CARE_SENTENCES.get(event.action, event.action)
    if event.action == "session.times_recorded":
        said = [
            f"{name} {_clock_of(before) + ' → ' if before else ''}{_clock_of(after) or 'taken out'}"
            for key, name in TIMES.items()
            for before, after in [event.changes.get(key, (None, None))]
            if key in event.changes
        ]
        return f"{words}: {', '.join(said)}"
    if event.action == "session.outcome_recorded":
        before, now = event.changes["given"], event.changes["now"]
        return f"{words}: {_outcome(before) + ' → ' if before[0] else ''}{_outcome(now)}"
    if event.action.endswith(".changed"):
        said = [f"{change.what}: {change.before} → {change.now}" for change in changes_of(event)]
        return f"{words} ({'; '.join(said)})"
    if event.action == "session.goes_on":
        return f"{words}. Decided by {event.changes['decided']}"
    return words


def _clock_of(stored: str | None) -> str:
    return wording.clock(_local(stored).time()) if stored else ""


def _outcome(stored: Sequence[str]) -> str:
    given, because = stored
    return f"{Given(given).label.lower()}{f' ({PartBecause(because).label.lower()})' if because else ''}"


@dataclass(frozen=True)
class Change:
    """One value that was put right: what it is called, what it was and what it is, in words."""

    what: str
    before: str
    now: str


def changes_of(event: AuditEvent) -> list[Change]:
    """Each value of a row that was changed; another row that it points to is no value of its own.

    In the order of the row's fields, for the log keeps none.
    """
    fields = apps.get_model("scheduling", event.record)._meta.concrete_fields
    changed = [(field, *event.changes[field.name]) for field in fields if field.name in event.changes]
    return [
        Change(str(field.verbose_name), _value(field, before, now), _value(field, now, before))
        for field, before, now in changed
        if not field.is_relation
    ]


def _value(field: Any, stored: Any, beside: Any) -> str:
    """beside: the other value of the change; times of one day need no date."""
    if stored is None or stored == "":
        return NOTHING
    if field.choices:
        return str(dict(field.flatchoices).get(stored, stored))
    match field:
        case models.BooleanField():
            return "yes" if stored else "no"
        case models.DateTimeField():
            same_day = beside and _local(stored).date() == _local(beside).date()
            return _clock_of(stored) + ("" if same_day else f" on {wording.short_date(_local(stored))}")
        case models.DateField():
            return wording.plain_date(date.fromisoformat(stored))
        case models.DecimalField():
            return wording.plain_number(Decimal(stored))
        case _:
            return str(stored)


def _local(stored: str) -> datetime:
    return timezone.localtime(datetime.fromisoformat(stored))
