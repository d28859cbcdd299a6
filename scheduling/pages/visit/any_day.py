"""The day list of any date, to look ahead or back and to print: no buttons, for those belong to today."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from patients import audit
from patients.access import Permission, requires
from scheduling.models import Unit
from scheduling.pages.parameters import day_in, unit_in
from scheduling.visit.today import load_day


@requires(Permission.VIEW)
def show_day(request: HttpRequest) -> HttpResponse:
    """Who comes to the unit of `?unit=` on `?day=2027-03-24`, or today."""
    now = timezone.now()
    day = day_in(request, "day") or timezone.localdate(now)
    units = list(Unit.objects.all())
    unit = unit_in(request, units)
    found = load_day(unit, day, now) if unit else None
    rows = found.rows if found else ()
    audit.looked_at("scheduling:show_day", by=request.user, patients={row.patient.pk for row in rows})
    context = {
        "day": day,
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "unit": unit,
        "units": units,
        "list": found,
    }
    return render(request, "scheduling/visit/show_day.html", context)
