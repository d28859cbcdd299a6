"""Taking in a file of results; its wrong lines to take away; undoing an import."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from crmo_clinic.nhsuk import csv_files
from crmo_clinic.nhsuk.pages import page_of
from crmo_clinic.nhsuk.wording import quantity
from patients import audit
from patients.access import Permission, requires
from patients.acting import said_in, said_on_the_page
from scheduling.history import result_imports
from scheduling.history.lab_results import Line, Sheet, read_sheet
from scheduling.models import ResultsImport
from scheduling.pages.history.results_forms import ResultsFileForm, UndoResultsForm

# A page of ten thousand rows is of use to nobody.
MOST_SHOWN, RECENT = 500, 10


@requires(Permission.RECORD_REVIEWS)
def import_results(request: HttpRequest) -> HttpResponse:
    """Choose a file; see what each line is; confirm. Confirming reads the same text again."""
    form, sheet, text = ResultsFileForm(request.POST or None, request.FILES or None), None, ""
    today, status = timezone.localdate(), 200
    if "text" in request.POST:
        form, text = ResultsFileForm(), request.POST["text"]
        if "download" in request.POST:
            return _wrong_lines(request, read_sheet(text, today))
        chosen = request.POST.getlist("instead")
        instead = {int(number) for number in chosen if number.isdecimal() and len(number) < 9}
        with said_on_the_page(request) as attempt:
            _, lines = result_imports.take_in(
                text=text, seen=request.POST.get("seen", ""), instead=instead, today=today, by=request.user
            )
        if attempt.done:
            messages.success(request, f"{quantity(lines, 'result')} imported.")
            return redirect("scheduling:import_results")
        sheet, status = read_sheet(text, today), attempt.status
    elif request.method == "POST" and form.is_valid():
        text = form.text
        sheet = read_sheet(text, today)
        if sheet.wrong:
            form.add_error("file", sheet.wrong.removesuffix("."))
            sheet = None
    shown = _shown(sheet) if sheet else []
    _log_look(request, shown)
    context = {"form": form, "sheet": sheet, "shown": shown, "text": text}
    context["imports"] = ResultsImport.objects.all()[:RECENT]
    return render(request, "scheduling/history/import_results.html", context, status=status)


@requires(Permission.RECORD_REVIEWS)
def undo_results(request: HttpRequest, pk: int) -> HttpResponse:
    """What a file brought, and taking all of it out again."""
    taken = get_object_or_404(ResultsImport, pk=pk)
    results = taken.results.select_related("review__patient").order_by("pk")
    page = page_of(request, results)
    audit.look_at_records(request, [row.review.patient for row in page])
    form = UndoResultsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with said_in(form) as attempt:
            done = result_imports.undo(taken=taken, because=form.cleaned_data["because"], by=request.user)
        if attempt.done:
            stays = (
                f" {quantity(done.kept, 'review')} with a value corrected since stayed." if done.kept else ""
            )
            messages.success(request, f"{quantity(done.taken_out, 'result')} taken out again.{stays}")
            return redirect("scheduling:import_results")
        taken.refresh_from_db()
    context = {"taken": taken, "page": page, "form": form}
    status = 409 if taken.undone_at and request.method == "POST" else 200
    return render(request, "scheduling/history/undo_results.html", context, status=status)


def _shown(sheet: Sheet) -> list[Line]:
    """The lines in their order; of a long file those first that somebody has to look at."""
    if len(sheet.lines) <= MOST_SHOWN:
        return list(sheet.lines)
    rest = [line for line in sheet.lines if not line.wrong and not line.others]
    return [*sheet.wrong_lines, *sheet.to_decide, *rest][:MOST_SHOWN]


def _wrong_lines(request: HttpRequest, sheet: Sheet) -> HttpResponse:
    """The wrong lines as they stood, each with the reason: to be corrected in a spreadsheet."""
    _log_look(request, sheet.wrong_lines)
    rows = [
        [*line.cells, *[""] * (len(sheet.heads) - len(line.cells)), f"Line {line.number}: {line.wrong}"]
        for line in sheet.wrong_lines
    ]
    return csv_files.whole("wrong-lines.csv", [[*sheet.heads, "Reason"], *rows])


def _log_look(request: HttpRequest, lines: Sequence[Line]) -> None:
    children = {line.result.patient.pk for line in lines if line.result}
    if children:
        audit.looked_at("scheduling:import_results", by=request.user, patients=children)
