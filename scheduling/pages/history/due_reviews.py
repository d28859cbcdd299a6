"""The list of reviews that are due, and importing a file of results."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from crmo_clinic.nhsuk.pages import page_of
from crmo_clinic.nhsuk.wording import quantity
from patients import audit
from patients.access import Permission, requires
from scheduling.history import reviews
from scheduling.history.lab_results import Sheet, read_sheet
from scheduling.history.next_review import load_plans
from scheduling.pages.history.decision_forms import PlansFilterForm, ResultsFileForm

PLANS_A_PAGE = 25


@requires(Permission.VIEW)
def list_plans(request: HttpRequest) -> HttpResponse:
    """Every child with an open plan, the longest overdue first."""
    today, filters = timezone.localdate(), PlansFilterForm(request.GET)
    everything = load_plans(today)
    plans = [(plan, plan.state(today)) for plan in filters.narrow(everything, today)]
    page = page_of(request, plans, PLANS_A_PAGE)
    audit.looked_at("scheduling:list_plans", by=request.user, patients=[plan.patient for plan, _ in page])
    context = {
        "page": page,
        "filters": filters,
        "chosen": list(filters.chosen()),
        "everything": len(everything),
        "today": today,
    }
    return render(request, "scheduling/history/list_plans.html", context)


@requires(Permission.RECORD_REVIEWS)
def import_results(request: HttpRequest) -> HttpResponse:
    """Choose a file, see what each of its lines means, confirm. Confirming reads the same text again."""
    form, sheet, text = ResultsFileForm(request.POST or None, request.FILES or None), None, ""
    today = timezone.localdate()
    if "text" in request.POST:
        form, text = ResultsFileForm(), request.POST["text"]
        sheet = read_sheet(text, today)
        if sheet.is_right:
            count = reviews.import_results(results=sheet.new, by=request.user)
            messages.success(request, f"{quantity(count, 'result')} imported.")
            return redirect("scheduling:list_plans")
    elif request.method == "POST" and form.is_valid():
        text = form.text
        sheet = read_sheet(text, today)
        if sheet.wrong:
            form.add_error("file", sheet.wrong.removesuffix("."))
            sheet = None
    _log_look(request, sheet)
    context = {"form": form, "sheet": sheet, "text": text}
    return render(request, "scheduling/history/import_results.html", context)


def _log_look(request: HttpRequest, sheet: Sheet | None) -> None:
    children = {line.result.patient.pk for line in sheet.lines if line.result} if sheet else set()
    if children:
        audit.looked_at("scheduling:import_results", by=request.user, patients=children)
