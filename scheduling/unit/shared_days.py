"""Which courses are linked to share their days, and whether they do."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from scheduling.models import Course
from scheduling.rules.together import days_are_shared
from scheduling.states import CourseStatus

OPEN = (CourseStatus.WAITING, CourseStatus.HELD, CourseStatus.BOOKED)


def group_of(course: Course) -> list[Course]:
    """The course and those it is linked with, in a fixed order; the course alone without a query if none."""
    if course.shared_id is None:
        return [course]
    linked = Course.objects.filter(shared=course.shared_id).order_by("pk")
    return list(linked.select_related("patient", "unit").prefetch_related("sessions__booking__chair"))


def partners_of(courses: Iterable[Course]) -> dict[int, list[Course]]:
    """By course, those it is linked with, with their children. One query; none if no course is linked."""
    linked = {course.pk: course.shared_id for course in courses if course.shared_id}
    if not linked:
        return {}
    by_link = defaultdict(list)
    for other in Course.objects.filter(shared__in=linked.values()).select_related("patient").order_by("pk"):
        by_link[other.shared_id].append(other)
    return {pk: [other for other in by_link[link] if other.pk != pk] for pk, link in linked.items()}


def are_together(group: Sequence[Course]) -> bool:
    """Whether linked courses are booked on shared days, all still to be booked, or all cancelled."""
    cancelled = [course for course in group if course.status == CourseStatus.CANCELLED]
    if cancelled:
        return len(cancelled) == len(group)
    booked = [course for course in group if course.status == CourseStatus.BOOKED]
    to_book = [course for course in group if course.status in (CourseStatus.WAITING, CourseStatus.HELD)]
    if booked and to_book:
        return False
    return days_are_shared([[session.day for session in course.live_sessions] for course in booked])


def would_leave(course: Course, days: Sequence[date] = ()) -> list[Course]:
    """Those it is linked with whom a course would leave if it were booked on these days; without days, if it
    were cancelled."""
    others = [other for other in group_of(course) if other.pk != course.pk and other.status in OPEN]
    booked = [other for other in others if other.status == CourseStatus.BOOKED]
    with_others = [days, *([session.day for session in other.live_sessions] for other in booked)]
    stays = days and len(booked) == len(others) and days_are_shared(with_others)
    return [] if stays else others
