"""Reports: figures by month, each with what it counts, as a table, a chart and a file."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk import csv_files
from crmo_clinic.nhsuk.chart_data import Line, Panel, Point, round_top
from crmo_clinic.nhsuk.charts import NARROW, WIDE, chart
from patients import exports
from patients.access import Permission, requires
from scheduling.pages.reports.report_form import ReportForm, month_in_words
from scheduling.reports.catalogue import REPORTS
from scheduling.reports.report import Cell, Column, Kind, Report, Scope, Table

# Figures of neighbouring months are joined.
LONGEST_GAP = timedelta(days=31)


@require_safe
@requires(Permission.READ_REPORTS)
def show_report(request: HttpRequest) -> HttpResponse:
    """`?report=waiting&first=2026-01&last=2026-12&unit=3&priority=0`."""
    now = timezone.now()
    form = ReportForm(request.GET, timezone.localdate(now))
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        report, scope = REPORTS[form.cleaned_data["report"]], form.scope(now)
        table = report.draw(scope)
        context |= {
            "report": report,
            "asked": form.in_words(),
            "definition": [
                ("What is counted", report.counted),
                ("Over what", report.over),
                ("What is left out", report.left_out),
            ],
            "charts": _charts(report, table, scope),
            "columns": (Column("Month", Kind.NAME), *table.columns),
            "rows": [
                (month_in_words(month), list(zip(table.columns, map(_shown, cells), strict=True)))
                for month, cells in table.rows
            ],
        }
    return render(request, "scheduling/reports/show_report.html", context)


@require_safe
@requires(Permission.EXPORT_LISTS)
def download_report(request: HttpRequest) -> HttpResponseBase:
    """The same figures as a file, its definition below; with `&hide=on` without small numbers."""
    now = timezone.now()
    form = ReportForm(request.GET, timezone.localdate(now))
    if not form.is_valid():
        return redirect(f"{_page()}?{request.GET.urlencode()}")
    report, words = REPORTS[form.cleaned_data["report"]], form.in_words()
    table = report.draw(form.scope(now))
    if form.cleaned_data["hide"]:
        table, words = table.without_small(), [*words, "numbers under 5 hidden"]
    exports.record(request, f"Report: {report.title}", words)
    rows = [
        ["Month", *(column.text for column in table.columns)],
        *(
            [f"{month:%Y-%m}", *("" if cell is None else cell for cell in cells)]
            for month, cells in table.rows
        ),
        [],
        [report.title, *words],
        ["What is counted", report.counted],
        ["Over what", report.over],
        ["What is left out", report.left_out],
    ]
    return csv_files.whole(f"report-{report.name}-{timezone.localdate(now)}.csv", rows)


def _page() -> str:
    return reverse("scheduling:show_report")


def _charts(report: Report, table: Table, scope: Scope) -> list[SafeString]:
    """The chart in two sizes, or nothing if no line has a value."""
    lines = [Line(line.name, _points(line.values, scope), n) for n, line in enumerate(table.lines)]
    values = [point.value for line in lines for point in line.points if point.value is not None]
    if not values:
        return []
    panel = Panel(table.measure, lines, round_top(values, 5))
    return [
        mark_safe(
            chart(
                [panel],
                [],
                first=scope.months[0],
                last=scope.months[-1],
                longest_gap=LONGEST_GAP,
                size=size,
                title=f"{report.title}: {table.measure}, by month",
                band_name="",
            )
        )
        for size in (WIDE, NARROW)
    ]


def _points(values: dict[date, float | None], scope: Scope) -> list[Point]:
    """A point at the first day of each month."""
    return [
        Point(month, None if (value := values.get(month)) is None else float(value)) for month in scope.months
    ]


def _shown(cell: Cell) -> str:
    return "–" if cell is None else f"{cell:,}" if isinstance(cell, int | float) else cell
