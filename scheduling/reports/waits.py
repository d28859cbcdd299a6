"""How long courses wait, which are overdue at a month's end, and how long lies between two of one child."""

from collections import defaultdict
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone

from patients.models import AuditEvent
from scheduling.acts import Act
from scheduling.models import Course, Priority, Session
from scheduling.reports.report import (
    BOOKED_OR_GIVEN,
    Column,
    Kind,
    Line,
    Scope,
    Table,
    at_rank,
    last_of,
    month_of,
)
from scheduling.states import CourseStatus, SessionStatus
from scheduling.unit.booking_rows import day_bounds


def draw_waiting(scope: Scope) -> Table:
    """Days from agreeing to the first day, by the month of the first day and by priority."""
    waits: dict[tuple[date, int], list[int]] = defaultdict(list)
    begun = scope.first_days(BOOKED_OR_GIVEN)
    for day, priority, agreed_at in begun.values_list("day", "course__priority", "course__agreed_at"):
        waits[month_of(day), priority].append(max((day - timezone.localdate(agreed_at)).days, 0))
    overdue = _overdue(scope)
    asked = [each for each in Priority if scope.priority in (None, each)]
    rows = [
        (
            month,
            (
                priority.label,
                len(found := waits[month, priority]),
                at_rank(found, 50),
                at_rank(found, 90),
                max(found, default=None),
                overdue[month, priority] if _is_over(month, scope) else None,
            ),
        )
        for month in scope.months
        for priority in asked
    ]
    return Table(
        (
            Column("Priority", Kind.NAME),
            Column("Courses begun"),
            Column("Median, days", Kind.OF_THEM),
            Column("90% within, days", Kind.OF_THEM),
            Column("Longest, days", Kind.OF_THEM),
            Column("Overdue at the month’s end"),
        ),
        rows,
        "Median wait, days",
        tuple(
            Line(each.label, {month: at_rank(waits[month, each], 50) for month in scope.months})
            for each in asked
        ),
    )


def draw_intervals(scope: Scope) -> Table:
    """Weeks from the last given day of one course to the first given day of the next, by its month."""
    given = [SessionStatus.FULFILLED]
    before = Session.objects.filter(
        course__patient=OuterRef("course__patient"), status__in=given, day__lt=OuterRef("day")
    )
    last = Subquery(before.order_by("-day").values("day")[:1])
    begun: dict[date, int] = defaultdict(int)
    days: dict[date, list[int]] = defaultdict(list)
    for day, previous in scope.first_days(given).annotate(before=last).values_list("day", "before"):
        begun[month_of(day)] += 1
        if previous:
            days[month_of(day)].append((day - previous).days)
    rows = [
        (
            month,
            (
                len(days[month]),
                *(
                    _weeks(value)
                    for value in (
                        at_rank(days[month], 50),
                        min(days[month], default=None),
                        max(days[month], default=None),
                    )
                ),
                begun[month] - len(days[month]),
            ),
        )
        for month in scope.months
    ]
    return Table(
        (
            Column("Courses after another"),
            Column("Median, weeks", Kind.OF_THEM),
            Column("Shortest, weeks", Kind.OF_THEM),
            Column("Longest, weeks", Kind.OF_THEM),
            Column("Courses without one before"),
        ),
        rows,
        "Median interval, weeks",
        (Line("", {month: _weeks(at_rank(days[month], 50)) for month in scope.months}),),
    )


def _weeks(days: int | None) -> float | None:
    return None if days is None else round(days / 7, 1)


def _is_over(month: date, scope: Scope) -> bool:
    return last_of(month) < timezone.localdate(scope.now)


def _overdue(scope: Scope) -> dict[tuple[date, int], int]:
    """How many courses of each priority were overdue on the last day of each month."""
    counts: dict[tuple[date, int], int] = defaultdict(int)
    ends = [last_of(month) for month in scope.months]
    begun = Session.objects.filter(course=OuterRef("pk"), status__in=BOOKED_OR_GIVEN)
    cancelled = AuditEvent.objects.filter(
        record="course", record_id=OuterRef("pk"), action=Act.COURSE_CANCELLED
    )
    courses = (
        Course.objects.filter(
            scope.of_courses(),
            ~Exists(begun.filter(day__lte=ends[0])),
            latest__lt=ends[-1],
            agreed_at__lt=scope.moments[1],
        )
        .annotate(
            begins=Subquery(begun.order_by("day").values("day")[:1]),
            ended=Subquery(cancelled.order_by("-at").values("at")[:1]),
        )
        .order_by()
    )
    columns = ("priority", "status", "agreed_at", "latest", "begins", "ended")
    for priority, status, agreed_at, latest, begins, ended in courses.values_list(*columns):
        for month, end in zip(scope.months, ends, strict=True):
            if latest < end and agreed_at < (over := day_bounds(end, end)[1]):
                counts[month, priority] += not (begins and begins <= end) and not _has_ended(
                    status, ended, over
                )
    return counts


def _has_ended(status: str, ended: datetime | None, before: datetime) -> bool:
    """Whether a course is cancelled, and was by then."""
    return status == CourseStatus.CANCELLED and (ended is None or ended < before)
