"""The list of reviews that are due."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk.pages import page_of
from patients import audit
from patients.access import Permission, requires
from scheduling.checklist.chasing import last_about_reviews
from scheduling.history.next_review import load_plans
from scheduling.models import Ask, FamilyRequest
from scheduling.pages.history.decision_forms import PlansFilterForm

PLANS_A_PAGE = 25


@require_safe
@requires(Permission.VIEW)
def list_plans(request: HttpRequest) -> HttpResponse:
    """Every child with an open plan, the longest overdue first."""
    today, filters = timezone.localdate(), PlansFilterForm(request.GET)
    everything = load_plans(today)
    plans = [(plan, plan.state(today)) for plan in filters.narrow(everything, today)]
    page = page_of(request, plans, PLANS_A_PAGE)
    audit.looked_at("scheduling:list_plans", by=request.user, patients=[plan.patient for plan, _ in page])
    said = FamilyRequest.objects.filter(kind=Ask.PAIN, tasks__done_at=None)
    said = said.filter(course__patient__in=[plan.patient for plan, _ in page])
    notes = last_about_reviews([plan.patient for plan, _ in page])
    context = {
        "notes": notes,
        "page": page,
        "pain_is_back": set(said.values_list("course__patient", flat=True)),
        "filters": filters,
        "chosen": list(filters.chosen()),
        "everything": len(everything),
        "today": today,
    }
    return render(request, "scheduling/history/list_plans.html", context)
