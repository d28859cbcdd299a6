"""Another chair for a visit on its own day: a free one, or that of another visit, which takes this one's.

Days and times stay as they are, so nobody has to be told.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from crmo_clinic.nhsuk.wording import long_date
from patients import audit
from patients.stale import fingerprint, is_stale
from scheduling.acts import Act, record
from scheduling.booking import placing
from scheduling.errors import ChangedMeanwhile, Refused, SlotGone
from scheduling.models import Booking, Chair, Course, Session, Task, TaskKind
from scheduling.rules import Diary, Objection, Visit
from scheduling.rules.chair_changes import ChairChange, objections_to_chairs
from scheduling.states import SessionStatus
from scheduling.unit.course_requests import requests_for
from scheduling.unit.diary_rows import load_diary
from scheduling.unit.freed_room import note_freed, note_taken
from scheduling.unit.lapse import in_words, lapse_holds_of
from scheduling.unit.lock import lock_unit
from scheduling.unit.recheck import close_fitting

TO_COME = (SessionStatus.HELD, SessionStatus.BOOKED)


@dataclass(frozen=True)
class NewChair:
    """A chair that a visit could go to. other: the visit that would take its chair instead, if any.

    against: why it cannot be; empty if it can.
    """

    chair: Chair
    other: Session | None
    against: tuple[Objection, ...]

    @property
    def key(self) -> str:
        """`with-12` for a swap with that visit, `chair-3` for a chair that is free."""
        return f"with-{self.other.pk}" if self.other else f"chair-{self.chair.pk}"


def may_change(session: Session, now: datetime) -> bool:
    """Whether the visit is to come, so that its chair can be changed."""
    return session.status in TO_COME and session.starts_at > now and not session.has_lapsed(now)


def new_chairs(session: Session, now: datetime) -> list[NewChair]:
    """Every chair of the unit that is free for the visit, and every visit of that day to swap with."""
    day = _Day(session, now)
    visit = session.place
    found = []
    for chair in day.chairs:
        taken = [row for row in day.diary.taken_on(session.day) if row.chair == chair.pk]
        if not any(row.start < visit.end and visit.start < row.end for row in taken):
            found.append(day.new_chair(chair, None))
        found += [day.new_chair(chair, other) for other in day.others if other.booking.chair_id == chair.pk]
    return found


def new_chair(session: Session, key: str, now: datetime) -> NewChair | None:
    """The chair that a page asks for by its `NewChair.key`, free or not; None if the unit has none such."""
    day = _Day(session, now)
    others = {f"with-{other.pk}": other for other in day.others}
    if other := others.get(key):
        return day.new_chair(other.booking.chair, other)
    chairs = {f"chair-{chair.pk}": chair for chair in day.chairs}
    return day.new_chair(chairs[key], None) if key in chairs else None


def version_of(session: Session) -> str:
    """A fingerprint of the course and of the chair of this day, for pages to send back."""
    return fingerprint([session.course.version, session.booking.chair_id])


def versions_of(session: Session, other: Session | None) -> str:
    """The versions of the visits that change chairs, as a page sends them back."""
    return " ".join(map(version_of, _both(session, other)))


@transaction.atomic
def change_chair(
    *,
    session: Session,
    chair: Chair,
    other: Session | None = None,
    by: audit.Actor,
    seen: str | None = None,
) -> list[Session]:
    """Put a visit into another chair; `other`, the visit that is there, takes its chair. Nothing is sent.

    seen: the `versions_of` both that `by` was shown. Returns the visits as they are now. Raises
    ChangedMeanwhile if one of them has changed since, Refused if one has begun or the visit is in that chair
    already, SlotGone with every objection.
    """
    now, unit = timezone.now(), session.course.unit
    lock_unit(unit.pk)
    lapse_holds_of(unit.pk, now)
    visits = [_again(each) for each in _both(session, other)]
    _refuse_stale(visits, seen)
    refuse_begun(visits, now)
    if visits[0].booking.chair_id == chair.pk:
        raise Refused("The visit is in this chair already.")
    day = _Day(visits[0], now)
    if other and visits[1] not in day.others:
        raise Refused("Only visits of one day in one unit can swap their chairs.")
    if against := day.new_chair(chair, visits[1] if other else None).against:
        raise SlotGone(against)
    stood = [each.visit for each in visits]
    to = [chair.pk, stood[0].chair]
    before = [in_words([each]) for each in visits]
    Booking.objects.filter(session__in=visits).delete()
    then = [replace(visit, chair=pk) for visit, pk in zip(stood, to, strict=False)]
    placing.take_chairs(visits, then)
    moved = [_again(each) for each in visits]
    for each, was in zip(moved, before, strict=True):
        record(Act.COURSE_CHAIR_CHANGED, each.course, by, {"days": [was, in_words([each])]})
    _settle_tasks(moved[0].course, stood[:1], then, now, by)
    return moved


def _settle_tasks(
    course: Course, stood: Sequence[Visit], then: Sequence[Visit], now: datetime, by: audit.Actor
) -> None:
    """A place that was free as a task goes with the visit: the chair it left is as good."""
    places = Task.objects.open().filter(unit=course.unit, kind=TaskKind.FREED)
    before = places.count()
    note_taken(course.unit, then, by=by)
    if places.count() < before:
        note_freed(course, stood, now=now, by=by)
    else:
        close_fitting(course.unit, now=now, by=by)


class _Day:
    """What the day of a visit has: its chairs, its diary, and the other visits that are to come."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.session = session
        unit = session.course.unit
        self.chairs = list(unit.chairs.in_use().exclude(pk=session.booking.chair_id))
        self.diary: Diary = load_diary(unit, session.day, session.day, now)
        visits = Session.objects.visits(session.day, session.day).filter(course__unit=unit)
        self.others = [
            each
            for each in visits.filter(status__in=TO_COME, booking__isnull=False)
            if each.pk != session.pk and may_change(each, now)
        ]
        courses = {session.course_id, *(each.course_id for each in self.others)}
        asked = requests_for(Course.objects.filter(pk__in=courses))
        self.requests = {course.pk: request for course, request in asked.items()}

    def new_chair(self, chair: Chair, other: Session | None) -> NewChair:
        changes = [self._change(self.session, chair.pk)]
        if other:
            changes.append(self._change(other, self.session.booking.chair_id))
        return NewChair(chair, other, objections_to_chairs(changes, self.diary))

    def _change(self, session: Session, chair: int) -> ChairChange:
        return ChairChange(self.requests[session.course_id], session.visit, chair)


def _both(session: Session, other: Session | None) -> list[Session]:
    return [session, other] if other else [session]


def _again(session: Session) -> Session:
    """The visit as it is now. Raises ChangedMeanwhile if it has no chair any more."""
    rows = Session.objects.select_related("course__patient", "course__unit", "booking__chair")
    found = rows.prefetch_related("course__sessions__booking__chair").filter(pk=session.pk).first()
    if found is None or not hasattr(found, "booking"):
        raise ChangedMeanwhile(Course.objects.get(pk=session.course_id))
    return found


def _refuse_stale(visits: Sequence[Session], seen: str | None) -> None:
    shown = (seen or "").split()
    for number, each in enumerate(visits):
        version = shown[number] if number < len(shown) else ""
        if is_stale(None if seen is None else version, version_of(each)):
            raise ChangedMeanwhile(each.course)


def refuse_begun(visits: Sequence[Session], now: datetime) -> None:
    """Raise Refused if one of the visits is on, or over."""
    for each in visits:
        if not may_change(each, now):
            raise Refused(
                f"The visit of {each.course.patient.identified} on {long_date(each.day)} has begun, "
                "so it keeps its chair."
            )
