"""A child's history to take away: every value as CSV, and the plots as SVG."""

import csv
from io import StringIO
from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from patients import audit
from patients.access import Permission, requires
from scheduling.history import plots, values_table
from scheduling.history.record import load_record

# Where a spreadsheet would take a text for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@require_safe
@requires(Permission.VIEW)
def download_values(request: HttpRequest, pk: int) -> HttpResponse:
    """Every value, the latest first, as CSV. `pk` is the child's, as below."""
    patient = audit.look_at_patient(request, pk)
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(["Hospital number", "Date", "From", *values_table.COLUMNS, "Note"])
    for row in values_table.value_rows(load_record(patient)):
        cells = [patient.hospital_number, row.on.isoformat(), row.source, *row.texts, row.note]
        writer.writerow([_plain(cell) for cell in cells])
    # With a mark at its beginning a spreadsheet reads it as UTF-8.
    return _file(f"\ufeff{text.getvalue()}", "text/csv; charset=utf-8", f"{patient.hospital_number}.csv")


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


def _plain(cell: str) -> str:
    """The text, never a formula to a spreadsheet; a limit such as `<5` stays as it is."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _file(content: str, content_type: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="history-{name}"'}
    return HttpResponse(content, content_type=content_type, headers=headers)
