"""A child's history to take away: every value as CSV, and the plots as SVG."""

from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk import csv_files
from patients import audit, exports
from patients.access import Permission, requires
from scheduling.history import plots, values_table
from scheduling.history.record import load_record


@require_safe
@requires(Permission.VIEW)
def download_values(request: HttpRequest, pk: int) -> HttpResponse:
    """Every value, the latest first, as CSV. `pk` is the child's, as below."""
    patient = audit.look_at_patient(request, pk)
    head = ["Hospital number", "Date", "From", *values_table.COLUMNS, "Note"]
    rows = [
        [patient.hospital_number, row.on.isoformat(), row.source, *row.texts, row.note]
        for row in values_table.value_rows(load_record(patient))
    ]
    exports.record(request, "Course history", [patient.hospital_number])
    return csv_files.whole(f"history-{patient.hospital_number}.csv", [head, *rows])


@require_safe
@requires(Permission.VIEW)
def download_plots(request: HttpRequest, pk: int) -> HttpResponse:
    """The plots, with how they look, as one SVG file."""
    patient, today = audit.look_at_patient(request, pk), timezone.localdate()
    svg = plots.draw(load_record(patient), today)[plots.WIDE.name]
    style = Path(finders.find("nhsuk/chart.css")).read_text()
    head, _, rest = svg.partition(">")
    whole = f"{head}><style>{style}</style>{rest}"
    return _file(whole, "image/svg+xml; charset=utf-8", f"{patient.hospital_number}.svg")


def _file(content: str, content_type: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="history-{name}"'}
    return HttpResponse(content, content_type=content_type, headers=headers)
