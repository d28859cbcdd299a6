"""What courses ask of the search: from rows to `CourseRequest`, for one course, one of its days, or many."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet, prefetch_related_objects

from scheduling.models import ChildLimits, Course, ImpossibleDates, Session, Unit
from scheduling.rules import CourseRequest, SchoolTerms
from scheduling.states import LIVE
from scheduling.unit.asks import asked_by, load_needs
from scheduling.unit.family_rows import family_asks, terms_of


def request_for(course: Course, of_child: Sequence[Session] | None = None) -> CourseRequest:
    """What the course asks of the search. Three queries, and one more if it is to miss no school.

    of_child: the sessions of the child's courses, if they were read already.
    """
    if of_child is None:
        sessions = Session.objects.filter(course__patient=course.patient_id, status__in=LIVE)
        visits = list(sessions.order_by("starts_at").values_list("course", "day"))
    else:
        visits = [(session.course_id, session.day) for session in of_child if session.is_live]
    limits = list(course.patient.family_limits.all())
    terms = terms_of([course.unit_id]) if course.misses_no_school else {}
    return _asked_by(course, visits, limits, terms.get(course.unit_id))


def request_for_day(course: Course, session: Session) -> CourseRequest:
    """What one day of a course asks for, if the days need not be in a row: a place between the others."""
    others = [other for other in course.live_sessions if other.pk != session.pk]
    asked = request_for(course)
    return replace(
        asked,
        days=1,
        earliest=max((other.day for other in others if other.number < session.number), default=None),
        target=session.day,
        latest=min((other.day for other in others if other.number > session.number), default=None),
        other_visits=asked.other_visits | {other.day for other in others},
        is_split=True,
    )


def requests_for(
    courses: QuerySet[Course], unit: Unit | None = None, since: date | None = None
) -> dict[Course, CourseRequest]:
    """What each of these courses asks of the search, in their order.

    Three queries, and one more if some cannot be on dates of their own, or are to miss no school. unit: that
    of all of them, if it was read; then their children are not read. since: the first day that matters, if no
    earlier visit of the children does.
    """
    dates = Exists(ImpossibleDates.objects.filter(course=OuterRef("pk")))
    asked = courses.annotate(has_impossible_dates=dates)
    found = list(asked if unit else asked.select_related("patient", "unit"))
    prefetch_related_objects([c for c in found if c.has_impossible_dates], "impossible_dates")
    if unit:
        for course in found:
            course.unit = unit
    visits, limits = defaultdict(list), defaultdict(list)
    sessions = Session.objects.filter(status__in=LIVE).order_by("starts_at")
    sessions = sessions.filter(course__patient__in=courses.order_by().values("patient"))
    if since:
        sessions = sessions.filter(Q(day__gte=since) | Q(course__in=[course.pk for course in found]))
    for child, course_id, day in sessions.values_list("course__patient", "course", "day"):
        visits[child].append((course_id, day))
    load_needs(found)
    for row in ChildLimits.objects.filter(patient__in=courses.order_by().values("patient")):
        limits[row.patient_id].append(row)
    units = {course.unit_id for course in found if course.misses_no_school}
    terms = terms_of(units) if units else {}
    return {
        course: _asked_by(
            course,
            visits[course.patient_id],
            limits[course.patient_id],
            terms.get(course.unit_id) if course.misses_no_school else None,
        )
        for course in found
    }


def _asked_by(
    course: Course,
    visits: Sequence[tuple[int, date]],
    limits: Sequence[ChildLimits],
    school: SchoolTerms | None,
) -> CourseRequest:
    """visits: the course's key and the day of every live session of the child, the first day first. limits:
    those of the child. school: the terms of which it is to miss no day.
    """
    own = [day for course_id, day in visits if course_id == course.pk]
    return CourseRequest(
        days=(course.is_split_on(own) and len(own)) or course.days,
        minutes=course.minutes,
        earliest=course.earliest,
        target=course.target,
        latest=course.latest,
        **family_asks(course, limits),
        school=school,
        other_visits=frozenset(day for course_id, day in visits if course_id != course.pk),
        at_short_notice=bool(course.short_notice),
        known_days=frozenset(own),
        course_id=course.pk,
        **asked_by(course),
    )
