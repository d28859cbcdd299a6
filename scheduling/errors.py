"""All refusals of this app. Each is made of sentences for the person at the screen.

Refused                 the rules, or the present state, do not allow it (`patients.errors`)
├── Clash               somebody else just saved a conflicting row, or the row is gone (`patients.stale`)
├── SlotGone            the chosen days no longer fit; `objections` says why
├── MoveNotAllowed      the status may not change like that
├── ChangedMeanwhile    a colleague changed it first (checked and worded by `patients.stale`)
├── CannotUndo          the last act cannot be undone: it is too late, or something happened since
├── Undecided           a clinician has to decide first whether this day goes ahead
├── NotReadyToWrite     the unit lacks a text that every mail to a family must carry
├── NotDone             something on the checklist must be done before the drip starts
├── ResultsChanged      lines of a file became something else while somebody looked at them
├── NothingTicked       nothing in a file is new, and no line is to take the place of what is recorded
├── ImportUndone        somebody undid that import before
├── OfferOver           days offered to a family can no longer be answered: what became of them
└── VisitsNotSeen       a visit was booked meanwhile that whoever saves was not shown
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils import timezone

from crmo_clinic.nhsuk.wording import clock_range, listed, short_date
from patients.errors import Refused
from patients.stale import last_act, nothing_done
from scheduling.acts import ACTS


class SlotGone(Refused):
    """The chosen days no longer fit. objections: of the rules; each is one of the reasons."""

    def __init__(
        self,
        objections: Sequence[Any],
        lead: str = "This choice no longer fits, so nothing was booked.",
    ) -> None:
        sentences = (str(objection.sentence) for objection in objections)
        # Some say nothing of the day, and then are the same for each.
        super().__init__(lead, *dict.fromkeys(sentences))
        self.objections = tuple(objections)


class MoveNotAllowed(Refused):
    """The status may not change like that: `scheduling.states` has no such move."""

    def __init__(self, row: Any, status: Any) -> None:
        noun = row._meta.verbose_name
        super().__init__(
            f"This {noun} is {row.get_status_display().lower()}, so it cannot become {status.label.lower()}. "
            "Open it again to see what happened."
        )


class ChangedMeanwhile(Refused):
    """The row has changed since the page was drawn; the sentence says who did what, from the log."""

    def __init__(self, row: Any) -> None:
        act = last_act(_rows(row), ACTS) or f"This {row._meta.verbose_name} was changed"
        now = f" It is {row.get_status_display().lower()} now" if hasattr(row, "status") else ""
        if where := "; ".join(_days(row)):
            now += f": {where}"
        super().__init__(nothing_done(act) + (now and f"{now}."))


def _rows(row: Any) -> list[Any]:
    """A course with its days, a day with its course; any other row alone."""
    if hasattr(row, "sessions"):
        return [row, *row.sessions.all()]
    return [row, row.course] if hasattr(row, "number") else [row]


def _days(row: Any) -> Iterator[str]:
    """`Tue 4 Aug 2026, 9am to 1pm, Chair 2`, for each day that a course stands on."""
    for session in getattr(row, "live_sessions", ()):
        start, end = timezone.localtime(session.starts_at), timezone.localtime(session.ends_at)
        chair = f", {session.booking.chair}" if hasattr(session, "booking") else ""
        yield f"{short_date(session.day)}, {clock_range(start.time(), end.time())}{chair}"


class CannotUndo(Refused):
    """The last act on a course cannot be undone any more; the sentences say why."""


class Undecided(Refused):
    """A day before was not given in full, and nobody has decided whether this one goes ahead."""


class NotReadyToWrite(Refused):
    """The unit lacks something that mails to families need. missing: nouns, such as `mailbox`."""

    def __init__(self, unit: Any, missing: Sequence[str]) -> None:
        self.missing = missing
        super().__init__(
            f"Families cannot be written to yet: {unit} has no {' and no '.join(missing)}. "
            "The unit lead can add it under Unit."
        )


class OfferOver(Refused):
    """An offer to a family is over: answered, let go, or past its end. offer: as it is now."""

    def __init__(self, offer: Any) -> None:
        super().__init__("These days are no longer kept for this family, or it has answered already.")
        self.offer = offer


class NotDone(Refused):
    """Something that must be done is missing, or has run out, and nobody has answered for it yet.

    missing: the state of each such item (`ItemState`).
    """

    def __init__(self, missing: Sequence[Any]) -> None:
        labels = listed(f"“{each.item.label}”" for each in missing)
        super().__init__(f"This must be done before the drip starts: {labels}.")
        self.missing = tuple(missing)


class VisitsNotSeen(Refused):
    """A save would leave booked courses without a place, and the person saving was not shown all of them.

    affected: everything that would no longer fit; each has its `course`. unfit: with the fewest to move
    (`Unfit`), None where all have to.
    """

    def __init__(self, affected: Sequence[Any], unfit: Any = None) -> None:
        super().__init__("A visit was booked meanwhile. Look at all of them before you save.")
        self.affected = tuple(affected)
        self.unfit = unfit


class ResultsChanged(Refused):
    """The lines of a file are no longer what whoever confirms was shown, for what is recorded has changed."""

    def __init__(self) -> None:
        super().__init__(
            "What is recorded changed while you looked at these lines, so nothing was imported. "
            "Look at them again, then confirm."
        )


class NothingTicked(Refused):
    """All that a file could change is what is recorded otherwise, and no line of that was ticked."""

    def __init__(self) -> None:
        super().__init__(
            "Tick a line to put its value in the place of what is recorded. Nothing else is new."
        )


class ImportUndone(Refused):
    """Somebody undid this import of results before."""

    def __init__(self, who: str) -> None:
        super().__init__(f"{who} undid this import already, so nothing was done.")
