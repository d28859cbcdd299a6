"""A child's course history on one page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk.pages import page_of
from patients import audit
from patients.access import Permission, requires
from scheduling.history import plots, values_table
from scheduling.history.record import load_record
from scheduling.history.timeline import Kind, timeline

ENTRIES_A_PAGE, VALUES_A_PAGE, WHOLE = 40, 25, 100_000


@require_safe
@requires(Permission.VIEW)
def show_history(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the child's. `?show=visits&show=reviews` narrows the timeline, `&values=2` pages the values,
    and `&values=all` shows them on one page."""
    patient, today = audit.look_at_patient(request, pk), timezone.localdate()
    record = load_record(patient)
    asked = [kind for kind in Kind if kind.value in request.GET.getlist("show")]
    entries = [entry for entry in timeline(record) if not asked or entry.kind in asked]
    is_whole = request.GET.get("values") == "all"
    values_a_page = WHOLE if is_whole else VALUES_A_PAGE
    drawn = {name: mark_safe(svg) for name, svg in plots.draw(record, today).items()}
    context = {
        "is_whole": is_whole,
        "strips": [svg for name, svg in drawn.items() if name.startswith("strips") and svg],
        "patient": patient,
        "record": record,
        "plan": record.plan(today),
        "today": today,
        "charts": [svg for name, svg in drawn.items() if not name.startswith("strips")],
        "columns": values_table.COLUMNS,
        "values": page_of(request, values_table.value_rows(record), values_a_page, name="values"),
        "longest_gap": plots.LONGEST_GAP.days // 30,
        "kinds": [(kind.value, kind.label, kind in asked) for kind in Kind],
        "asked": asked,
        "page": page_of(request, entries, ENTRIES_A_PAGE),
    }
    return render(request, "scheduling/history/show_history.html", context)
