"""Placing, moving and cancelling infusions that are not courses, alone or in series, under the unit's lock.

Each is judged by the rules as a visit of its own: chairs, nurses at every minute, hours, places kept back.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone

from crmo_clinic.nhsuk.wording import clock_range, long_date
from patients import audit
from scheduling.acts import Act, record
from scheduling.errors import Refused, SlotGone
from scheduling.models import Booking, InfusionKind, OtherInfusion, Unit
from scheduling.rules import Care, Diary, Objection, Visit, VisitRequest, visit_objections
from scheduling.unit.allowances import Allowance, beyond, may_all_be_allowed
from scheduling.unit.allowed_infusions import keep
from scheduling.unit.booking_rows import day_bounds, other_key
from scheduling.unit.diary_rows import load_diary
from scheduling.unit.lapse import lapse_holds_of
from scheduling.unit.lock import lock_unit
from scheduling.unit.recheck import close_fitting, recheck_unit

A_DAY = timedelta(days=1)
MOST_IN_A_SERIES = 200


@dataclass(frozen=True)
class Repeat:
    """Every `weeks` weeks on `weekdays` (0 is Monday; none: that of the first), up to `until`, included."""

    weeks: int
    until: date
    weekdays: frozenset[int] = frozenset()

    def dates(self, first: date) -> list[date]:
        """From `first` on, at most 200."""
        weekdays = self.weekdays or {first.weekday()}
        monday, found = first - first.weekday() * A_DAY, []
        while monday <= self.until and len(found) < MOST_IN_A_SERIES:
            days = (monday + weekday * A_DAY for weekday in sorted(weekdays))
            found += [day for day in days if first <= day <= self.until]
            monday += self.weeks * 7 * A_DAY
        return found[:MOST_IN_A_SERIES]


@dataclass(frozen=True)
class Planned:
    """One infusion as it would be placed, and what the rules say against it."""

    visit: Visit
    objections: tuple[Objection, ...]

    @property
    def may_be_allowed(self) -> bool:
        """Whether it breaks rules, and none that nobody may break."""
        return may_all_be_allowed(self.objections)

    @property
    def why_not(self) -> Objection:
        """The first reason against it that nobody may allow; else the first."""
        return min(self.objections, key=lambda objection: objection.may_be_allowed)


def plan(kind: InfusionKind, days: Sequence[date], start: int, chair: int | None) -> list[Planned]:
    """How it would be placed on each day; chair: None for the first that is free. Nothing is saved."""
    diary = _diary(kind.unit, days)
    return [_planned(kind, day, start, chair, diary) for day in days]


@transaction.atomic
def place(
    *,
    kind: InfusionKind,
    label: str,
    days: Sequence[date],
    start: int,
    chair: int | None,
    by: audit.Actor,
    allowance: Allowance | None = None,
) -> list[OtherInfusion]:
    """Place one on each of the days, or none. allowance: the rules that `by` lets them break.

    Raises SlotGone with every objection that nobody has allowed.
    """
    _lock(kind.unit)
    planned = plan(kind, days, start, chair)
    _refuse(planned, allowance)
    series = uuid4() if len(days) > 1 else None
    placed = [OtherInfusion(kind=kind, label=label, series=series) for _ in planned]
    for infusion, each in zip(placed, planned, strict=True):
        audit.save(infusion, by=by)
        keep(infusion, each.visit.day, each.objections, allowance, by=by)
    _book(zip(placed, (each.visit for each in planned), strict=True))
    return placed


@transaction.atomic
def move(
    *,
    infusion: OtherInfusion,
    all_later: bool,
    days: int,
    start: int,
    chair: int | None,
    by: audit.Actor,
    allowance: Allowance | None = None,
) -> list[OtherInfusion]:
    """Move it, and with `all_later` the later ones of its series, by so many days to a start in a chair.

    chair: None keeps each chair if it is free, else takes the first that is. allowance: as in `place`. All
    are moved or none. Raises SlotGone as `place` does, Refused if it is over or gone.
    """
    unit = infusion.kind.unit
    _lock(unit)
    moved = _affected(infusion, all_later=all_later)
    bookings = {row.infusion_id: row for row in Booking.objects.filter(infusion__in=moved)}
    to = {row.pk: timezone.localdate(bookings[row.pk].starts_at) + days * A_DAY for row in moved}
    diary = _diary(unit, list(to.values()))
    for row in moved:
        diary = diary.without(other_key(row.pk))
    planned = []
    for row in moved:
        wanted = chair or bookings[row.pk].chair_id
        each = _planned(row.kind, to[row.pk], start, wanted, diary)
        if each.objections and chair is None:
            each = _planned(row.kind, to[row.pk], start, None, diary)
        planned.append(each)
    _refuse(planned, allowance)
    before = {row.pk: _in_words(bookings[row.pk]) for row in moved}
    Booking.objects.filter(infusion__in=moved).delete()
    for booking in _book(zip(moved, (each.visit for each in planned), strict=True)):
        infusion = booking.infusion
        days_of = [[before[infusion.pk]], [_in_words(booking)]]
        record(Act.OTHERINFUSION_MOVED, infusion, by, {"days": days_of})
    for row, each in zip(moved, planned, strict=True):
        keep(row, each.visit.day, each.objections, allowance, by=by)
    recheck_unit(unit.pk, by=by)
    return moved


@transaction.atomic
def cancel(*, infusion: OtherInfusion, all_later: bool, by: audit.Actor) -> int:
    """Cancel it, and with `all_later` the later ones of its series: how many. Raises Refused like `move`."""
    unit = infusion.kind.unit
    _lock(unit)
    gone = _affected(infusion, all_later=all_later)
    Booking.objects.filter(infusion__in=gone).delete()
    for row in gone:
        audit.delete(row, by=by)
    close_fitting(unit, now=timezone.now(), by=by)
    return len(gone)


def infusions_on(unit: Unit, day: date) -> list[Booking]:
    """The unit's other infusions of a day, the earliest first. No query for a unit that gives none."""
    if not unit.gives_others:
        return []
    booked = Booking.objects.filter(chair__unit=unit, infusion__isnull=False)
    return list(booked.between(*day_bounds(day, day)).select_related("chair", "infusion"))


def _lock(unit: Unit) -> None:
    lock_unit(unit.pk)
    lapse_holds_of(unit.pk, timezone.now())


def _diary(unit: Unit, days: Collection[date]) -> Diary:
    return load_diary(unit, min(days), max(days), timezone.now())


def _planned(kind: InfusionKind, day: date, start: int, chair: int | None, diary: Diary) -> Planned:
    """In the chair asked for; else in the first without an objection, or where least speaks against it."""
    asked = request_of(kind)
    chairs = [chair] if chair else diary.chair_ids or [0]
    tried = []
    for each in chairs:
        visit = Visit(day, each, start, asked.length)
        tried.append(Planned(visit, visit_objections(asked, visit, diary)))
        if not tried[-1].objections:
            return tried[-1]
    return min(tried, key=lambda planned: (not planned.may_be_allowed, len(planned.objections)))


def request_of(kind: InfusionKind) -> VisitRequest:
    """What an infusion of that kind asks for."""
    return VisitRequest(
        minutes=kind.minutes,
        cannulates=kind.cannulates,
        care=Care(kind.care),
        chair_kinds=frozenset({kind.chair_kind} if kind.chair_kind else ()),
    )


def _refuse(planned: Sequence[Planned], allowance: Allowance | None) -> None:
    found = [objection for each in planned for objection in each.objections]
    if refused := beyond(found, planned[0].visit.day, frozenset(), allowance):
        raise SlotGone(refused)


def _book(pairs: Iterable[tuple[OtherInfusion, Visit]]) -> list[Booking]:
    try:
        return Booking.objects.bulk_create(
            Booking(
                chair_id=visit.chair,
                starts_at=visit.starts_at,
                ends_at=visit.ends_at,
                infusion=infusion,
                taken_for=str(infusion),
                infusion_care=infusion.kind.care + ("+" if infusion.kind.cannulates else ""),
            )
            for infusion, visit in pairs
        )
    except IntegrityError as clash:
        raise Refused("Somebody else took this chair just now. Choose another time.") from clash


def _affected(infusion: OtherInfusion, *, all_later: bool) -> list[OtherInfusion]:
    """It, read anew, and the later ones of its series, the earliest first."""
    stood = OtherInfusion.objects.select_related("kind__unit", "booking").filter(pk=infusion.pk).first()
    if stood is None or not hasattr(stood, "booking"):
        raise Refused("Somebody else cancelled this infusion meanwhile.")
    if stood.booking.starts_at <= timezone.now():
        raise Refused("This infusion has begun, so it cannot be moved or cancelled.")
    if not all_later or stood.series is None:
        return [stood]
    later = OtherInfusion.objects.select_related("kind__unit", "booking").filter(series=stood.series)
    return list(later.filter(booking__starts_at__gte=stood.booking.starts_at).order_by("booking__starts_at"))


def _in_words(booking: Booking) -> str:
    begins, ends = timezone.localtime(booking.starts_at), timezone.localtime(booking.ends_at)
    return f"{long_date(begins)}, {clock_range(begins.time(), ends.time())}, {booking.chair}"
