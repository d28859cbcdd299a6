"""Ask for new days for the courses that are hit, and what was asked, as a draft keeps it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Self

from django.db import transaction
from django.utils import timezone

from patients.models import User
from scheduling.acts import Act, record
from scheduling.booking.drafts.asked import Rates
from scheduling.booking.replanning.hit import find_hit
from scheduling.errors import Refused
from scheduling.models import Booking, CancelReason, Draft, DraftKind, Unit
from scheduling.rules import Taken
from scheduling.states import DraftStatus

# New days are looked for from tomorrow until so long after the last day that is hit.
AHEAD = timedelta(weeks=8)
A_DAY = timedelta(days=1)
NOBODY_HIT = "Every booked course fits where it is, so there is nothing to propose."
ALL_APART = "A person decides about each of these courses first, so there is nothing to propose."


@dataclass(frozen=True)
class Broken:
    """A chair to be taken for something else once nobody stands there. start, end: minutes after midnight."""

    chair: int
    day: str
    start: int
    end: int
    taken_for: str

    @classmethod
    def of(cls, booking: Booking) -> Self:
        place = booking.visit
        return cls(place.chair, place.day.isoformat(), place.start, place.end, booking.taken_for)

    @property
    def taken(self) -> Taken:
        return Taken(self.chair, date.fromisoformat(self.day), self.start, self.end, None, self.taken_for)


@dataclass(frozen=True)
class Asked:
    """courses: keys of those that have to move, in the order of their days. reason: why, as it is coded.

    broken: the chair because of which they have to, if it is not taken yet.
    """

    courses: tuple[int, ...] = ()
    reason: CancelReason = CancelReason.HOSPITAL_OTHER
    rates: Rates = field(default_factory=Rates)
    broken: Broken | None = None

    @property
    def taken(self) -> list[Taken]:
        """What counts as taken beside what is."""
        return [self.broken.taken] if self.broken else []

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """What `to_json` wrote."""
        return cls(
            tuple(kept["courses"]),
            CancelReason(kept["reason"]),
            Rates(**kept.get("rates", {})),
            Broken(**kept["broken"]) if kept.get("broken") else None,
        )


@transaction.atomic
def ask(*, unit: Unit, by: User, broken: Broken | None = None, now: datetime | None = None) -> Draft:
    """Ask for new days for every course of the unit that has to move. A process of its own works them out.

    Whoever asks for the same while it is worked out gets that draft. Raises Refused if nobody has to move, or
    if a person has to decide about all of them first. broken: a chair that is to be taken; whoever stands
    there has to move, too. now: replaces the clock, in tests.
    """
    now = now or timezone.now()
    who = find_hit(unit, now, [broken.taken] if broken else [])
    if not who.to_move:
        raise Refused(ALL_APART if who.apart else NOBODY_HIT)
    asked = Asked(tuple(hit.course.pk for hit in who.to_move), who.reason, Rates.of(unit), broken)
    under_way = Draft.objects.filter(
        unit=unit, kind=DraftKind.REPLAN, status__in=[DraftStatus.WAITING, DraftStatus.WORKING]
    )
    for draft in under_way.select_related("unit"):
        if Asked.from_json(draft.settings) == asked:
            return draft
    last = max(hit.course.live_sessions[-1].day for hit in who.to_move)
    draft = Draft.objects.create(
        unit=unit,
        kind=DraftKind.REPLAN,
        asked_by=by,
        asked_at=now,
        first_day=timezone.localdate(now) + A_DAY,
        last_day=last + AHEAD,
        settings=asked.to_json(),
    )
    details = {
        "what": DraftKind.REPLAN.label,
        "courses": len(asked.courses),
        "weeks": [[draft.first_day.isoformat(), draft.last_day.isoformat()]],
        "rates": [asked.rates.in_words()],
    }
    record(Act.DRAFT_ASKED, draft, by, details)
    return draft
