"""The list of reviews that are due."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk.pages import page_of
from patients import audit
from patients.access import Permission, requires
from scheduling.checklist.chasing import last_about_reviews
from scheduling.history.next_review import load_due, load_plans
from scheduling.models import Ask, FamilyRequest
from scheduling.pages.history.decision_forms import PlansFilterForm

PLANS_A_PAGE = 25


@require_safe
@requires(Permission.VIEW)
def list_plans(request: HttpRequest) -> HttpResponse:
    """Every child with an open plan, the longest overdue first."""
    today, filters = timezone.localdate(), PlansFilterForm(request.GET)
    everything = load_due(today)
    page = page_of(request, filters.narrow_due(everything, today), PLANS_A_PAGE)
    plans = load_plans(today, [due.patient_id for due in page])
    children = [plan.patient for plan in plans]
    audit.looked_at("scheduling:list_plans", by=request.user, patients=children)
    said = FamilyRequest.objects.filter(kind=Ask.PAIN, tasks__done_at=None)
    said = said.filter(course__patient__in=children)
    notes = last_about_reviews(children)
    context = {
        "notes": notes,
        "page": page,
        "plans": [(plan, plan.state(today)) for plan in plans],
        "pain_is_back": set(said.values_list("course__patient", flat=True)),
        "filters": filters,
        "chosen": list(filters.chosen()),
        "everything": len(everything),
        "today": today,
    }
    return render(request, "scheduling/history/list_plans.html", context)
