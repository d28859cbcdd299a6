"""Booked visits of one unit, a week at a time."""

from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from patients import audit
from patients.access import Permission, requires
from scheduling.models import Session, Unit
from scheduling.models.session import SessionQuerySet
from scheduling.pages.parameters import day_in, unit_in
from scheduling.unit.asks import load_needs


@require_safe
@requires(Permission.VIEW)
def list_visits(request: HttpRequest) -> HttpResponse:
    """The week that holds `?day=2027-03-24`, or this week, in the unit of `?unit=3` or the user's own."""
    monday, units = monday_asked(request), list(Unit.objects.all())
    unit = unit_in(request, units)
    visits = list(visits_of(monday, unit))
    load_needs([visit.course for visit in visits])
    audit.looked_at("scheduling:list_visits", by=request.user, patients={v.course.patient_id for v in visits})
    context = {
        "monday": monday,
        "unit": unit,
        "units": units,
        "days": by_day(visits, monday),
        "before": monday - timedelta(days=7),
        "after": monday + timedelta(days=7),
    }
    return render(request, "scheduling/visit/list_visits.html", context)


def monday_asked(request: HttpRequest) -> date:
    """The Monday of the week that the address asks for."""
    asked = day_in(request, "day") or _this_week(timezone.localdate())
    return asked - timedelta(days=asked.weekday())


def visits_of(monday: date, unit: Unit | None) -> SessionQuerySet:
    """The visits of the week in one unit, in order of arrival."""
    return Session.objects.visits(monday, monday + timedelta(days=6)).filter(course__unit=unit)


def by_day(visits: list[Session], monday: date) -> list[tuple[date, list[Session]]]:
    """Monday to Friday, and a weekend day only if somebody comes."""
    days = [monday + timedelta(days=n) for n in range(7)]
    sorted_in = [(day, [visit for visit in visits if visit.day == day]) for day in days]
    return [(day, found) for day, found in sorted_in if found or day.weekday() < 5]


def _this_week(today: date) -> date:
    """A day of the week to show: at the weekend, of the next week."""
    return today + timedelta(days=2) if today.weekday() > 4 else today
