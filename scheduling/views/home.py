"""The start page: who comes today and tomorrow, who waits, what went wrong."""

from datetime import timedelta

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from patients import audit
from patients.access import Permission, requires
from scheduling.models import Course, Session, Task, TaskKind, Unit
from scheduling.models.task import TaskQuerySet


@requires(Permission.VIEW)
def home(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    today = timezone.localdate(now)
    tomorrow = today + timedelta(days=1)
    visits = list(Session.objects.visits(today, tomorrow))
    audit.looked_at("home", by=request.user, patients={visit.course.patient_id for visit in visits})
    units = list(Unit.objects.all())
    context = {
        "days": [(day, [v for v in visits if v.day == day]) for day in (today, tomorrow)],
        "waiting": Course.objects.waiting().count(),
        "to_ring": _open(TaskKind.MAIL_FAILED).aggregate(n=Count("course__patient", distinct=True))["n"],
        "misfits": _open(TaskKind.MISFIT).count(),
        "unit_gaps": [(unit, gaps) for unit in units if (gaps := unit.missing_for_mail())],
        "has_unit": bool(units),
    }
    return render(request, "scheduling/home.html", context)


def _open(kind: TaskKind) -> TaskQuerySet:
    return Task.objects.open().filter(kind=kind)
