"""The start page: who comes today and tomorrow, who waits, what went wrong."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from patients import audit
from patients.access import Permission, requires
from scheduling.misfits import count_misfits
from scheduling.models import Course, Message, Session, Unit


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
        "to_ring": len({message.course.patient_id for message in Message.objects.to_ring_about(now)}),
        "misfits": [(unit, number) for unit in units if (number := count_misfits(unit, now))],
        "unit_gaps": [(unit, gaps) for unit in units if (gaps := unit.missing_for_mail())],
        "has_unit": bool(units),
    }
    return render(request, "scheduling/home.html", context)
