"""The start page: who comes today and tomorrow, who waits, what went wrong."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from patients import audit
from patients.access import Permission, requires
from scheduling.models import Course, Message, Session, Unit
from scheduling.states import MessageStatus


@requires(Permission.VIEW)
def home(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    tomorrow = today + timedelta(days=1)
    visits = list(Session.objects.visits(today, tomorrow))
    audit.looked_at("home", by=request.user, patients={visit.course.patient_id for visit in visits})
    units = list(Unit.objects.all())
    context = {
        "days": [(day, [v for v in visits if v.day == day]) for day in (today, tomorrow)],
        "waiting": Course.objects.waiting().count(),
        "failed": Message.objects.filter(status=MessageStatus.FAILED).count(),
        "unit_gaps": [(unit, gaps) for unit in units if (gaps := unit.missing_for_mail())],
        "has_unit": bool(units),
    }
    return render(request, "scheduling/home.html", context)
