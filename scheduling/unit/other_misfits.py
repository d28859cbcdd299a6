"""Other infusions that no longer fit what the unit has, and the task that says so until they do.

They are no course's, so one task names how many there are and the first. A unit that gives none is asked
nothing.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Max
from django.utils import timezone

from crmo_clinic.nhsuk.wording import clock_range, long_date, quantity
from patients import audit
from scheduling.models import Booking, Task, TaskKind, Unit
from scheduling.models.task import TaskQuerySet
from scheduling.rules import Care, Diary, Objection, Rule, Visit, VisitRequest, visit_objections
from scheduling.tasks.opening import close_tasks, open_task, reword_task
from scheduling.unit.booking_rows import day_bounds, other_key
from scheduling.unit.diary_rows import load_diary
from scheduling.unit.due_days import due_day
from scheduling.unit.misfits import CROWDED, relieved

# So long somebody has to move them, unless the first comes sooner.
DAYS_TO_MOVE = 7
# How long a task's sentence may be.
LONGEST = 400


@dataclass(frozen=True)
class OtherMisfit:
    """An infusion that is not a course's, by its booking, and what speaks against it where it stands."""

    booking: Booking
    objections: tuple[Objection, ...] = ()

    @property
    def key(self) -> tuple[str, int]:
        """Its name in a diary, by which a page says that it was shown."""
        return other_key(self.booking.infusion_id)

    @property
    def day(self) -> date:
        return timezone.localdate(self.booking.starts_at)

    @property
    def in_words(self) -> str:
        """`Iron 1, Tuesday 4 August 2026, 9am to 10:30am, Chair 2`."""
        begins, ends = timezone.localtime(self.booking.starts_at), timezone.localtime(self.booking.ends_at)
        when = f"{long_date(begins)}, {clock_range(begins.time(), ends.time())}"
        return f"{self.booking.taken_for}, {when}, {self.booking.chair}"


def infusions_to_come(unit: Unit, first: date, last: date, now: datetime) -> list[Booking]:
    """The unit's other infusions from `first` to `last` that have not begun. One query at most."""
    if not unit.gives_others:
        return []
    booked = Booking.objects.filter(chair__unit=unit, infusion__isnull=False, starts_at__gt=now)
    found = booked.filter(starts_at__range=day_bounds(first, last)).select_related("chair", "infusion")
    return list(found.order_by("starts_at", "pk"))


def other_misfits(unit: Unit, diary: Diary, infusions: Iterable[Booking]) -> list[OtherMisfit]:
    """Those of these infusions that the rules speak against; the diary has to cover their days."""
    judged = (OtherMisfit(booking, _against(unit, diary, booking)) for booking in infusions)
    return [misfit for misfit in judged if misfit.objections]


def new_misfits(
    unit: Unit, before: Diary, after: Diary, days: Collection[date], now: datetime
) -> tuple[OtherMisfit, ...]:
    """The other infusions on these days that fit in the diary `before` and not in that `after`."""
    infusions = [
        booking
        for booking in infusions_to_come(unit, min(days), max(days), now)
        if timezone.localdate(booking.starts_at) in days
    ]
    known = {misfit.key for misfit in other_misfits(unit, before, infusions)}
    return tuple(found for found in other_misfits(unit, after, infusions) if found.key not in known)


def all_other_misfits(unit: Unit, now: datetime) -> list[OtherMisfit]:
    """All of the unit's, from now on. No query for a unit that gives none."""
    today = timezone.localdate(now)
    last = last_infusion_day(unit, now)
    if last is None:
        return []
    infusions = infusions_to_come(unit, today, last, now)
    return other_misfits(unit, load_diary(unit, today, last, now), infusions)


def last_infusion_day(unit: Unit, now: datetime) -> date | None:
    """The last day of an infusion that has not begun."""
    if not unit.gives_others:
        return None
    to_come = Booking.objects.filter(chair__unit=unit, infusion__isnull=False, starts_at__gt=now)
    last = to_come.aggregate(last=Max("starts_at"))["last"]
    return last and timezone.localdate(last)


def misfit_of(booking: Booking, unit: Unit, now: datetime) -> tuple[Objection, ...]:
    """What speaks against one infusion where it stands; nothing once it has begun."""
    if booking.starts_at <= now:
        return ()
    day = timezone.localdate(booking.starts_at)
    return _against(unit, load_diary(unit, day, day, now), booking)


def recheck_others(unit: Unit, *, now: datetime, by: audit.Actor) -> None:
    """Open, reword or close the task about them, in the transaction of a change. Under the unit's lock."""
    if not unit.gives_others:
        return
    found, asked = all_other_misfits(unit, now), open_tasks_about_others(unit)
    if not found:
        close_tasks(asked, "The other infusions fit again, or are over.", by=by)
        return
    first = found[0]
    many = quantity(len(found), "other infusion no longer fits", "other infusions no longer fit")
    says = f"{many}. The first: {first.in_words}. {first.objections[0]}"
    says = says if len(says) <= LONGEST else f"{says[: LONGEST - 1]}…"
    if task := asked.first():
        reword_task(task, says, by=by)
    else:
        due_on = due_day(unit, timezone.localdate(now), before=first.day, days=DAYS_TO_MOVE)
        open_task(TaskKind.MISFIT, says, about=unit, due_on=due_on, by=by)


def open_tasks_about_others(unit: Unit) -> TaskQuerySet:
    return Task.objects.open().filter(unit=unit, kind=TaskKind.MISFIT, course=None)


def _against(unit: Unit, diary: Diary, booking: Booking) -> tuple[Objection, ...]:
    """What speaks against it where it stands, but what somebody has allowed."""
    begins, ends = timezone.localtime(booking.starts_at), timezone.localtime(booking.ends_at)
    start = begins.hour * 60 + begins.minute
    visit = Visit(begins.date(), booking.chair_id, start, ends.hour * 60 + ends.minute - start)
    care = booking.infusion_care
    asked = VisitRequest(minutes=visit.minutes, cannulates=care.endswith("+"), care=Care(care.rstrip("+")))
    others = diary.without(other_key(booking.infusion_id))
    found = visit_objections(asked, visit, others)
    if CROWDED & {objection.rule for objection in found}:
        found = visit_objections(asked, visit, relieved(others, unit, [visit.day]))
    allowed = {Rule.PAST, *(rule for rule, _ in booking.infusion.overridden)}
    return tuple(objection for objection in found if objection.rule not in allowed)
