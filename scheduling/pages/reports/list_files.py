"""Lists as files for a spreadsheet: the whole list, with the filters and the order of its page."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk.phone import shown as shown_phone
from crmo_clinic.nhsuk.wording import clock, long_date
from patients.access import Permission, requires
from patients.exports import export
from patients.models import Patient
from scheduling.history.next_review import load_plans
from scheduling.models import Course, TaskKind, Unit
from scheduling.pages.booking.list_place import shown
from scheduling.pages.booking.waiting_order import ORDERS
from scheduling.pages.history.decision_forms import PlansFilterForm
from scheduling.pages.parameters import unit_in
from scheduling.pages.tasks.task_pages import OWNERS, tasks_asked
from scheduling.pages.visit.week_of_visits import monday_asked, visits_of
from scheduling.telling.to_ring import Family, families_to_ring
from scheduling.unit.course_requests import requests_for
from scheduling.unit.next_possible import next_possible

CHILD = ["Child", "Hospital number"]
ROWS_AT_ONCE = 100
Row = Sequence[Any]


@require_safe
@requires(Permission.EXPORT_LISTS)
def export_waiting(request: HttpRequest) -> HttpResponseBase:
    """The waiting list. The filters are those of `list_waiting`."""
    filters = shown(request, request.GET).filters
    keys = filters.keys(timezone.now())
    children = Course.objects.filter(pk__in=keys).order_by().values_list("patient", flat=True)
    words = [*(words for words, _ in filters.chosen()), ORDERS[filters.order.name]]
    return export(request, "Waiting list", _waiting(keys), patients=children, filters=words)


def _waiting(keys: Sequence[int]) -> Iterator[Row]:
    yield [
        *CHILD, "Unit", "Priority", "Status", "Agreed on", "Earliest first day", "Target first day",
        "Latest first day", "Next possible", "Reason", "Days", "Minutes a day",
        "Paused until", "Last contact",
    ]  # fmt: skip
    related = Course.objects.select_related("patient", "unit", "held_by")
    related = related.prefetch_related("patient__family_limits", "contact_attempts", "sessions")
    for first in range(0, len(keys), ROWS_AT_ONCE):
        some = keys[first : first + ROWS_AT_ONCE]
        asked = requests_for(related.filter(pk__in=some).order_by())
        found, courses = next_possible(asked, timezone.now()), {course.pk: course for course in asked}
        for course in (courses[key] for key in some if key in courses):
            near, last = found[course], course.last_attempt
            yield [
                *_child(course.patient),
                course.unit.name,
                course.get_priority_display(),
                course.get_status_display(),
                _day(timezone.localdate(course.agreed_at)),
                *map(_day, (course.earliest, course.target, course.latest)),
                ", ".join(f"{visit.day.isoformat()} {clock(visit.start)}" for visit in near.visits)
                or near.why_not,
                course.get_reason_display(),
                course.days,
                course.minutes,
                _day(course.paused_until),
                f"{_day(timezone.localdate(last.at))}, {last.get_outcome_display()}" if last else "",
            ]


@require_safe
@requires(Permission.EXPORT_LISTS)
def export_visits(request: HttpRequest) -> HttpResponseBase:
    """The visits of the week of `?day=2027-03-24`, in order of arrival, in the unit of `?unit=3`."""
    monday, units = monday_asked(request), list(Unit.objects.all())
    unit = unit_in(request, units)
    visits = list(visits_of(monday, unit))
    head = ["Date", "Arrives", "Ends", *CHILD, "Unit", "Chair", "Day of the course", "State"]
    rows = [
        [
            _day(visit.day),
            *(clock(timezone.localtime(at).time()) for at in (visit.starts_at, visit.ends_at)),
            *_child(visit.course.patient),
            visit.course.unit.name,
            visit.booking.chair.name if hasattr(visit, "booking") else "",
            f"{visit.number} of {visit.course.days}",
            visit.state,
        ]
        for visit in visits
    ]
    children = [visit.course.patient_id for visit in visits]
    asked = [f"week of {long_date(monday)}", *([unit.name] if len(units) > 1 else [])]
    return export(request, "Visits of a week", [head, *rows], patients=children, filters=asked)


@require_safe
@requires(Permission.EXPORT_LISTS)
def export_to_ring(request: HttpRequest) -> HttpResponseBase:
    """The families to ring: a row for each contact, and one where nobody may be told."""
    families = families_to_ring(timezone.now())
    head = [*CHILD, "Unit", "First visit", "Contact", "Relationship", "Phone", "Why"]
    rows = [row for family in families for row in _to_ring(family)]
    children = [family.course.patient_id for family in families]
    return export(request, "Families to ring", [head, *rows], patients=children)


def _to_ring(family: Family) -> Iterator[Row]:
    course = family.course
    about = [*_child(course.patient), course.unit.name, _day(family.sessions[0].day)]
    for contact, why in family.contacts:
        yield [*about, contact.name, contact.get_relationship_display(), _number(contact.phone), why]
    if not family.contacts:
        yield [*about, "", "", "", "Nobody may be told"]


@require_safe
@requires(Permission.EXPORT_LISTS)
def export_tasks(request: HttpRequest) -> HttpResponseBase:
    """Tasks. The filters are those of `list_tasks`."""
    tasks = list(tasks_asked(request).select_related("owner", "unit"))
    head = ["Due on", "Kind", "What", *CHILD, "Unit", "Who does it", "Done on"]
    rows = [
        [
            _day(task.due_on),
            task.get_kind_display(),
            task.says,
            *(_child(task.course.patient) if task.course else ("", "")),
            task.unit.name if task.unit else "",
            task.owner.name if task.owner else "",
            _day(task.done_at and timezone.localdate(task.done_at)),
        ]
        for task in tasks
    ]
    asked = request.GET
    filters = [OWNERS[asked["owner"]].lower()] if asked.get("owner") in OWNERS and asked["owner"] else []
    filters += [TaskKind(asked["kind"]).label] if asked.get("kind") in TaskKind.values else []
    filters += ["done"] if asked.get("done") else []
    filters += ["all units"] if asked.get("unit") == "all" else []
    children = [task.course.patient_id for task in tasks if task.course]
    return export(request, "Tasks", [head, *rows], patients=children, filters=filters)


@require_safe
@requires(Permission.EXPORT_LISTS)
def export_plans(request: HttpRequest) -> HttpResponseBase:
    """Reviews that are due. The filters are those of `list_plans`."""
    today, filters = timezone.localdate(), PlansFilterForm(request.GET)
    plans = filters.narrow(load_plans(today), today)
    head = [*CHILD, "Due on", "State", "Why", "Last course ended", "Last review"]
    rows = [
        [
            *_child(plan.patient),
            _day(plan.due_on),
            plan.state(today).label,
            plan.why,
            _day(plan.last_given),
            _day(plan.reviewed_on),
        ]
        for plan in plans
    ]
    children = [plan.patient for plan in plans]
    words = [words for words, _ in filters.chosen()]
    return export(request, "Reviews", [head, *rows], patients=children, filters=words)


def _child(patient: Patient) -> tuple[str, str]:
    return patient.name, patient.hospital_number


def _day(day: date | None) -> str:
    """As spreadsheets of every language read it."""
    return day.isoformat() if day else ""


def _number(phone: str) -> str:
    """A phone number as people write it."""
    return shown_phone(phone) if phone else ""
