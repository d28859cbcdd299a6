"""Which booked courses no longer fit: those that can get new days, and those that a person decides about."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils import timezone

from crmo_clinic.nhsuk.wording import listed, long_date
from patients.models import Patient
from scheduling.booking.placing import first_begun
from scheduling.models import CancelReason, Course, Session, Unit
from scheduling.rules import Objection, Rule, Taken
from scheduling.rules.fewest import OF_THE_UNIT
from scheduling.states import LOST, CourseStatus
from scheduling.unit.shared_days import partners_of
from scheduling.unit.unfit import unfit_now

CLOSED = frozenset({Rule.OPEN_DAY, Rule.OPENING_TIME, Rule.CLOSING_TIME})
SHORT = frozenset({Rule.NURSES, Rule.ROLE})
NO_CHAIR = frozenset({Rule.CHAIR_EXISTS, Rule.CHAIR_KIND, Rule.CHAIR_FREE, Rule.KEPT_BACK})


class Leads(StrEnum):
    """Where a person decides about a course that stands apart."""

    COURSE = "course"
    SHARED = "shared"
    OTHER_DAYS = "other-days"


@dataclass(frozen=True)
class Hit:
    """A booked course that no longer fits, and the objections to where it stands."""

    course: Course
    objections: tuple[Objection, ...]


@dataclass(frozen=True)
class Apart(Hit):
    """One that gets no proposal. decide: what a person has to decide, in sentences."""

    decide: str = ""
    leads: Leads = Leads.COURSE


@dataclass(frozen=True)
class WhoIsHit:
    """to_move: have to leave. may_stay: fit once those have left. Both in the order of their days."""

    to_move: tuple[Hit, ...] = ()
    may_stay: tuple[Hit, ...] = ()
    apart: tuple[Apart, ...] = ()

    @property
    def patients(self) -> list[Patient]:
        return [each.course.patient for each in (*self.to_move, *self.may_stay, *self.apart)]

    @property
    def reason(self) -> CancelReason:
        """Why they have to move, as it is coded: what speaks against most of them."""
        codes = Counter(_coded(objection.rule) for each in self.to_move for objection in each.objections)
        return codes.most_common(1)[0][0] if codes else CancelReason.HOSPITAL_OTHER


def find_hit(unit: Unit, now: datetime, taken: Collection[Taken] = ()) -> WhoIsHit:
    """The unit's courses that no longer fit from today on. At most 15 queries, however many there are.

    taken: as if this were taken, too.
    """
    unfit = unfit_now(unit, now, taken)
    by_course: dict[Course, list[Objection]] = defaultdict(list)
    for misfit in unfit.misfits:
        by_course[misfit.course] += misfit.objections
    leave = {course.pk for course in unfit.to_move}
    why_apart = _not_of_the_unit(by_course) | _why_apart(list(by_course), now)
    to_move, may_stay, apart = [], [], []
    for course, objections in by_course.items():
        hit = Hit(course, tuple(objections))
        if course in why_apart:
            apart.append(Apart(course, hit.objections, *why_apart[course]))
        elif course.pk in leave:
            to_move.append(hit)
        else:
            may_stay.append(hit)
    return WhoIsHit(tuple(to_move), tuple(may_stay), tuple(apart))


def undecided_among(courses: Sequence[Course]) -> set[int]:
    """Keys of the courses of which a day was lost, and nobody has decided what comes instead. Two queries."""
    by_key = {course.pk: course for course in courses}
    lost = Session.objects.filter(course__in=by_key, status__in=LOST).prefetch_related("decisions")
    found = set()
    for session in lost:
        session.course = by_key[session.course_id]
        if not session.is_answered:
            found.add(session.course_id)
    return found


def _not_of_the_unit(hit: Mapping[Course, Sequence[Objection]]) -> dict[Course, tuple[str, Leads]]:
    """Courses against which only what was agreed, or what the family said, speaks: no change of the unit."""
    return {
        course: (f"{objections[0]} Find other days, and say why it is moved.", Leads.OTHER_DAYS)
        for course, objections in hit.items()
        if not any(objection.rule in OF_THE_UNIT for objection in objections)
    }


def _why_apart(courses: Sequence[Course], now: datetime) -> dict[Course, tuple[str, Leads]]:
    """What a person has to decide about each that gets no proposal."""
    undecided, partners = undecided_among(courses), partners_of(courses)
    found = {}
    for course in courses:
        if course.status == CourseStatus.HELD:
            until = timezone.localtime(course.held_until)
            found[course] = (
                f"Its days are only held, until {long_date(until)}: hold other days, or let these go.",
                Leads.COURSE,
            )
        elif course.pk in undecided:
            found[course] = (
                "A day was lost, and nobody has decided what comes instead. Decide that first.",
                Leads.COURSE,
            )
        elif begun := first_begun(course.live_sessions, now):
            found[course] = (
                f"It has begun ({long_date(begun.day)}). Say beside the day that cannot happen what comes "
                "instead: another day, or leave it out. A clinician decides.",
                Leads.COURSE,
            )
        elif course.is_split:
            found[course] = (
                "By decision, its days are not in a row, or one was left out. Say beside the day that cannot "
                "happen what comes instead. A clinician decides.",
                Leads.COURSE,
            )
        elif others := partners.get(course.pk):
            names = listed(each.patient.short_name for each in others)
            found[course] = (
                f"It shares its days with {names}. Find new days for all of them together.",
                Leads.SHARED,
            )
    return found


def _coded(rule: Rule) -> CancelReason:
    if rule in CLOSED:
        return CancelReason.UNIT_CLOSED
    if rule in SHORT:
        return CancelReason.STAFF_SHORT
    return CancelReason.NO_CHAIR if rule in NO_CHAIR else CancelReason.HOSPITAL_OTHER
