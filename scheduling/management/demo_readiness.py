"""The checklist of the demo unit, and how far it has come for each course."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from patients.models import AuditEvent, User
from scheduling.acts import Act
from scheduling.checklist.first_draft import default_items
from scheduling.checklist.readiness import Readiness, load_readiness
from scheduling.models import (
    ChecklistItem,
    ChecklistVersion,
    Course,
    ReadinessCheck,
    ReadinessOverride,
    Session,
    Unit,
)
from scheduling.states import LIVE, CourseStatus, SessionStatus

IN_FORCE_FOR = timedelta(weeks=9)
# The Trust of the demo data counts these for so many days, and asks about pregnancy from this age.
VALID_DAYS = {
    "kidney": 90,
    "bone": 90,
    "vitamin-d": 180,
    "pth": 180,
    "dental": 365,
    "measured": 28,
    "phone": 7,
}
ASKED_FROM = 12
# What is not done yet for one course ahead after another; for all courses after these everything is missing.
LEFT: tuple[tuple[str, ...], ...] = (
    (),
    ("recipients",),
    ("vitamin-d", "pth", "dental"),
    (),
    ("pharmacy", "phone", "interpreter"),
    ("kidney", "bone", "cannula", "drinking"),
)
FORGOTTEN, RUNS_OUT = "vitamin-d", "bone"


def tick_checklists(unit: Unit, today: date, *, lead: User, nurse: User) -> None:
    """Put a checklist in force weeks ago, and tick it for every course since: some wholly, some in part."""
    _put_in_force(unit, _at(today - IN_FORCE_FOR), lead)
    now = _at(today)
    courses = Course.objects.filter(
        unit=unit, sessions__status__in=LIVE, sessions__day__gte=today - IN_FORCE_FOR
    )
    by_pk = {course.pk: course for course in courses.distinct().select_related("patient")}
    by_course = sorted(
        load_readiness(by_pk.values(), now).values(), key=lambda each: (each.days[0].day, each.course_id)
    )
    overridden = _override(unit, today, nurse)
    ahead = iter((*LEFT, *LEFT))
    checks: list[ReadinessCheck] = []
    runs_out = next(each for each in by_course if len(each.days) > 1 and each.days[0].day > today)
    for readiness in by_course:
        course, left = by_pk[readiness.course_id], frozenset[str]()
        if course.status in (CourseStatus.BOOKED, CourseStatus.HELD) and readiness.days[0].day > today:
            left = frozenset(next(ahead, [each.item.key for each in readiness.items]))
        if course.pk == overridden:
            left = frozenset({FORGOTTEN})
        late = RUNS_OUT if readiness is runs_out else ""
        checks += _checks(course, readiness, left - {late}, late, today, nurse)
    ReadinessCheck.objects.bulk_create(checks)
    AuditEvent.objects.bulk_create(_event(check, nurse) for check in checks)


def _put_in_force(unit: Unit, at: datetime, lead: User) -> None:
    version = ChecklistVersion.objects.create(
        unit=unit, number=1, written_by=lead.name, written_at=at, put_in_force_by=lead.name, in_force_since=at
    )
    items = default_items()
    for position, item in enumerate(items, start=1):
        item.version, item.position, item.valid_days = version, position, VALID_DAYS.get(item.key)
        if item.private:
            item.min_age = ASKED_FROM
    ChecklistItem.objects.bulk_create(items)


def _checks(
    course: Course, readiness: Readiness, left: frozenset[str], late: str, today: date, nurse: User
) -> Iterator[ReadinessCheck]:
    """late: the item that runs out on the first day of the course, so before the second."""
    first = readiness.days[0].day
    for number, each in enumerate(readiness.items):
        key, valid = each.item.key, each.item.valid_days
        if key in left:
            continue
        done_on = min(first, today) - timedelta(days=1 + number % 3)
        if key == late:
            done_on = first - timedelta(days=valid)
        yield ReadinessCheck(
            course=course,
            key=key,
            label=each.item.label,
            is_done=True,
            done_on=done_on,
            private=each.item.private,
            checked_by=nurse.name,
            checked_at=_at(done_on, 16),
        )


def _override(unit: Unit, today: date, nurse: User) -> int:
    """One drip that was started without something, weeks ago; the key of its course."""
    given = Session.objects.filter(
        course__unit=unit,
        course__status=CourseStatus.PART_GIVEN,
        status=SessionStatus.FULFILLED,
        day__lt=today,
    )
    session = given.order_by("-day").first()
    label = ChecklistItem.objects.get(key=FORGOTTEN).label
    override = ReadinessOverride.objects.create(
        session=session,
        approved_by="Dr Leila Farrukh",
        reason="The sample was lost on the way; a new one was taken from the cannula.",
        missing=[[FORGOTTEN, label]],
        by_name=nurse.name,
        at=session.started_at,
    )
    changes = {
        "day": session.number,
        "missing": [label],
        "reason": override.reason,
        "decided": override.approved_by,
    }
    AuditEvent.objects.create(
        at=override.at,
        actor_id=nurse.pk,
        actor_name=nurse.name,
        patient_id=session.course.patient_id,
        action=Act.OVERRIDE_ADDED,
        record="readinessoverride",
        record_id=override.pk,
        changes=changes,
    )
    return session.course_id


def _event(check: ReadinessCheck, nurse: User) -> AuditEvent:
    return AuditEvent(
        at=check.checked_at,
        actor_id=nurse.pk,
        actor_name=nurse.name,
        patient_id=check.course.patient_id,
        action=Act.CHECK_TICKED,
        record="readinesscheck",
        record_id=check.pk,
        changes={"item": check.label, "done_on": [None, check.done_on.isoformat()]},
    )


def _at(day: date, hour: int = 0) -> datetime:
    """At midnight if no hour is given, so that it is past at whatever time of that day the data are made."""
    return timezone.make_aware(datetime.combine(day, time(hour)))
