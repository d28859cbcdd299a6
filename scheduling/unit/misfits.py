"""Booked courses that no longer fit what the unit has or what was agreed."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.utils import timezone

from scheduling.models import Course, OtherInfusion, Session, Unit
from scheduling.rules import (
    Care,
    CourseRequest,
    Diary,
    Objection,
    Phase,
    Placement,
    Rule,
    Taken,
    Visit,
    objections,
)
from scheduling.states import LIVE, CourseStatus
from scheduling.unit.allowances import key_of
from scheduling.unit.asks import as_booked
from scheduling.unit.course_requests import request_for, requests_for
from scheduling.unit.diary_rows import load_diary

# What a visit may break because of the others there.
CROWDED = {Rule.NURSES, Rule.KEPT_BACK}
# All rules but one: that a visit is in the past by now cannot be put right.
RULES = frozenset(Rule) - {Rule.PAST}
# Courses that have places in the diary.
PLACED = (CourseStatus.HELD, CourseStatus.BOOKED)


@dataclass(frozen=True)
class Misfit:
    """A booked course that no longer fits, the objections to it on one of its days, and its booked days."""

    course: Course
    day: date
    objections: tuple[Objection, ...]
    placement: Placement


def misfits_of(course: Course, now: datetime, kept: Diary | None = None) -> tuple[Objection, ...]:
    """The objections to a booked or held course for its visits from today on; none for any other course.

    kept: the diary that this process keeps, for a page that only shows them. Eight queries, or three with it,
    and those for its sessions and their bookings unless they are prefetched.
    """
    sessions, today = course.live_sessions, timezone.localdate(now)
    if course.status not in PLACED or not sessions or sessions[-1].day < today:
        return ()
    first, last = max(today, sessions[0].day), sessions[-1].day
    diary = kept or load_diary(course.unit, first, last, now)
    by_day = _against(course, sessions, _placement(course, sessions, request_for(course)), diary, first, last)
    return tuple(objection for found in by_day.values() for objection in found)


def objections_to(
    course: Course, visits: Sequence[Visit], now: datetime, rules: Set[Rule] = RULES
) -> tuple[Objection, ...]:
    """The same for a course whose days stand, but have no chairs yet: it is to have these visits."""
    diary = load_diary(course.unit, visits[0].day, visits[-1].day, now).without(course.pk)
    request = replace(request_for(course), is_split=course.is_split)
    found = objections(Placement(request, tuple(visits)), diary)
    allowed, first_day = {(rule, day) for rule, day, _ in course.overridden}, visits[0].day
    return tuple(o for o in found if o.rule in rules and key_of(o, first_day) not in allowed)


def misfits_to_move(course: Course, now: datetime) -> tuple[Objection, ...]:
    """The objections to the days that are held to move a booked course there; no query if none are held."""
    visits = tuple(place.visit for place in course.places_to_move_to)
    if not visits:
        return ()
    diary = load_diary(course.unit, visits[0].day, visits[-1].day, now)
    found = objections(Placement(request_for(course), visits), diary)
    return tuple(objection for objection in found if objection.rule in RULES)


def find_misfits(
    unit: Unit,
    diary: Diary,
    first: date,
    last: date,
    rules: Set[Rule] = RULES,
    leaving_out: Collection[int] = (),
) -> list[Misfit]:
    """What `rules` say against the unit's booked and held courses from `first` to `last`, by course and day.

    diary: has to cover `first` to `last`. leaving_out: keys of courses to leave out. Four queries whatever is
    booked, and two more, for children and sessions, if something no longer fits.
    """
    found = find_bare(unit, diary, first, last, rules, leaving_out)
    with_chairs = Prefetch("sessions", Session.objects.select_related("booking"))
    prefetch_related_objects([misfit.course for misfit in found], "patient", with_chairs)
    return found


def find_bare(
    unit: Unit,
    diary: Diary,
    first: date,
    last: date,
    rules: Set[Rule] = RULES,
    leaving_out: Collection[int] = (),
) -> list[Misfit]:
    """The same, of courses without their children and sessions; two queries less."""
    shown = Session.objects.filter(day__range=(first, last), status__in=LIVE)
    courses = Course.objects.filter(unit=unit, status__in=PLACED, pk__in=shown.values("course"))
    courses = courses.exclude(pk__in=leaving_out)
    requests = requests_for(courses, unit, since=first)
    sessions = _sessions_of(courses)
    found = []
    for course in sorted(requests, key=lambda course: sessions[course.pk][0].starts_at):
        own = sessions[course.pk]
        placement = _placement(course, own, requests[course])
        against = _against(course, own, placement, diary, first, last, rules)
        found += [Misfit(course, day, tuple(said), placement) for day, said in against.items()]
    return found


def _sessions_of(courses: QuerySet[Course]) -> dict[int, list[Session]]:
    """The live sessions of these courses, the first day first, by course, as far as they are judged by. Most
    fit, and of those nothing else is asked."""
    judged = ("course", "status", "day", "starts_at", "ends_at", "phases", "booking__chair")
    rows = Session.objects.filter(course__in=courses.order_by().values("pk"), status__in=LIVE)
    found = defaultdict(list)
    for session in rows.select_related("booking").only(*judged):
        found[session.course_id].append(session)
    return found


def _placement(course: Course, sessions: Sequence[Session], request: CourseRequest) -> Placement:
    """Where a course is booked. sessions: its live ones, the first day first."""
    is_split = course.is_split_on([session.day for session in sessions])
    request = replace(request, is_split=True) if is_split else request
    return Placement(request, tuple(session.visit for session in sessions))


def _against(
    course: Course,
    sessions: Sequence[Session],
    placement: Placement,
    diary: Diary,
    first: date,
    last: date,
    rules: Set[Rule] = RULES,
) -> dict[date, list[Objection]]:
    """The objections to where a course is booked, by day, for its days from `first` to `last`.

    An objection to the course as a whole is listed on the first of these days. What somebody has allowed is
    none.
    """
    visits, days = placement.visits, [visit.day for visit in placement.visits if first <= visit.day <= last]
    allowed = {(rule, day) for rule, day, _ in course.overridden}
    against = defaultdict(list)
    now = timezone.make_aware(diary.now)
    for number, asked in enumerate(as_booked(course, placement.request, now, sessions)):
        of_days, judged = {session.day for session in asked.sessions}, Placement(asked.request, visits)
        found = objections(judged, diary)
        if CROWDED & {objection.rule for objection in found}:
            found = objections(judged, relieved(diary, course.unit_id, days, leaving_out=course.pk))
        for objection in found:
            # Those to the course as a whole are the same each time.
            if objection.day not in of_days and (objection.day or number):
                continue
            day = objection.day or days[0]
            if objection.rule in rules and day in days and key_of(objection, visits[0].day) not in allowed:
                against[day].append(objection)
    return against


def relieved(diary: Diary, unit: Unit | int, days: Collection[date], leaving_out: int | None = None) -> Diary:
    """The diary of these days in which visits that somebody allowed are not in the way of those that keep the
    rules.

    leaving_out: the key of a course that is judged by its own rows. One query, and one more if there are
    other infusions on these days.
    """
    others = Course.objects.filter(unit=unit, sessions__day__in=days, sessions__status__in=LIVE)
    others = others.exclude(overridden=[]).exclude(pk=leaving_out).values_list("pk", "overridden")
    allowed: set[tuple[Hashable, str, str]]
    allowed = {(pk, rule, day) for pk, keys in others for rule, day, _ in keys}
    allowed |= _allowed_infusions(diary, days)
    if not allowed:
        return diary

    def relieve(taken: Taken) -> Taken:
        whose, day = taken.course or taken.other, taken.day.isoformat()
        if (whose, Rule.NURSES, day) in allowed:
            taken = replace(taken, phases=(Phase(taken.end - taken.start, Care.NONE),))
        elif (whose, Rule.KEPT_BACK, day) in allowed:
            taken = replace(
                taken, phases=taken.phases or diary.nurse_rule.usual_phases(taken.end - taken.start)
            )
        if (whose, Rule.KEPT_BACK, day) in allowed:
            # Its chair is taken, but by nobody from whom places are kept.
            taken = replace(taken, course=None, other=None)
        return taken

    # A diary that is kept reads what is taken as it is asked.
    rows = {day: tuple(map(relieve, diary.taken_on(day))) for day in days}
    return replace(diary, taken=rows, left_out=frozenset())


def _allowed_infusions(diary: Diary, days: Collection[date]) -> set[tuple[Hashable, str, str]]:
    """What other infusions break on these days by permission: their names in the diary, rules and days."""
    others = {row.other: day.isoformat() for day in days for row in diary.taken_on(day) if row.other}
    if not others:
        return set()
    of = {name[1]: name for name in others if isinstance(name, tuple)}
    rows = OtherInfusion.objects.filter(pk__in=of).exclude(overridden=[]).values_list("pk", "overridden")
    return {(of[pk], rule, others[of[pk]]) for pk, rules in rows for rule, _ in rules}
