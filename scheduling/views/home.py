"""The start page: what needs somebody now, who comes today, and who comes next."""

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from patients import audit
from patients.access import Permission, requires
from scheduling.advice import missing_in_unit
from scheduling.models import Task, TaskKind, Unit
from scheduling.models.task import TaskQuerySet
from scheduling.today import load_today
from scheduling.views.parameters import BIGGEST_KEY, number_in, unit_in


@requires(Permission.VIEW)
def home(request: HttpRequest) -> HttpResponse:
    """Today in the unit of `?unit=`. If a part is asked for, `?at=` is the visit whose button was pressed."""
    now = timezone.now()
    units = list(Unit.objects.all())
    unit = unit_in(request, units)
    today, following = load_today(unit, now) if unit else (None, None)
    shown = [row.patient.pk for day in (today, following) if day for row in day.rows]
    audit.looked_at("home", by=request.user, patients=set(shown))
    context = {
        "now": now,
        "unit": unit,
        "units": units,
        "today": today,
        "following": following,
        "at": number_in(request, "at", default=0, most=BIGGEST_KEY) if request.htmx else 0,
        "to_ring": _open(TaskKind.MAIL_FAILED).aggregate(n=Count("course__patient", distinct=True))["n"],
        "misfits": _open(TaskKind.MISFIT).count(),
        "unit_gaps": [
            (other, gaps)
            for other in units
            if (gaps := missing_in_unit(other, today=timezone.localdate(now)))
        ],
    }
    return render(request, "scheduling/home.html", context)


def _open(kind: TaskKind) -> TaskQuerySet:
    return Task.objects.open().filter(kind=kind)
