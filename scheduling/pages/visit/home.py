"""The start page: what needs somebody now, who comes today, and who comes next."""

from collections import defaultdict

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from patients import audit
from patients.access import Permission, requires
from scheduling.models import Counted, TaskKind, Unit
from scheduling.pages.parameters import BIGGEST_KEY, number_in, unit_in
from scheduling.pages.tasks.counts import open_tasks
from scheduling.pages.unit.day_rights import may_change_days
from scheduling.telling.texts import missing_in_units
from scheduling.visit.today import load_today


@require_safe
@requires(Permission.VIEW)
def home(request: HttpRequest) -> HttpResponse:
    """Today in the unit of `?unit=`. If htmx asks for a part, `?at=` is the visit whose button was used."""
    now = timezone.now()
    units = list(Unit.objects.all())
    unit = unit_in(request, units)
    today, following = load_today(unit, now) if unit else (None, None)
    shown = [row.patient.pk for day in (today, following) if day for row in day.rows]
    audit.looked_at("home", by=request.user, patients=set(shown))
    to_do = defaultdict(Counted, open_tasks(request))
    context = {
        "now": now,
        "unit": unit,
        "units": units,
        "today": today,
        "following": following,
        "at": number_in(request, "at", default=0, most=BIGGEST_KEY) if request.htmx else 0,
        "to_ring": to_do[TaskKind.MAIL_FAILED].children,
        "misfits": to_do[TaskKind.MISFIT].tasks,
        "may_change_days": unit is not None and may_change_days(request.user, unit),
        "unit_gaps": missing_in_units(units, today=timezone.localdate(now)),
    }
    return render(request, "scheduling/visit/home.html", context)
