"""Moving in: choose a spreadsheet, see what each line is, confirm; take it back; tell the families."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk.pages import page_of
from crmo_clinic.nhsuk.wording import quantity
from patients import audit, exports
from patients.access import Permission, requires
from patients.acting import said_in, said_on_the_page, to_whole_page
from scheduling.models import ImportLine, LineAnswer, LineKind, LineOutcome, SpreadsheetImport
from scheduling.moving_in import asking, taking_back, telling_families
from scheduling.moving_in.columns import wrong_columns
from scheduling.pages.moving_in.import_forms import ColumnsForm, SpreadsheetForm, TakeBackForm

LINES_A_PAGE, RECENT = 50, 10
ANSWER = "line-"


@requires(Permission.MOVE_IN)
def move_in(request: HttpRequest) -> HttpResponse:
    """Choose a file; the files chosen before."""
    form = SpreadsheetForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        with said_in(form, "file") as attempt:
            source = asking.start(
                text=form.text,
                file_name=form.cleaned_data["file"].name,
                unit=form.cleaned_data["unit"],
                settings=form.settings,
                by=request.user,
            )
        if attempt.done:
            return redirect(source)
    audit.looked_at("scheduling:move_in", by=request.user)
    imports = SpreadsheetImport.objects.select_related("by", "unit", "undo_by")[:RECENT]
    return render(
        request, "scheduling/moving_in/move_in.html", {"form": form, "imports": imports}, status=status
    )


@requires(Permission.MOVE_IN)
def show_import(request: HttpRequest, pk: int) -> HttpResponse:
    """A file in whatever state it is: its lines before they are confirmed, how far the worker is, what became
    of them. `?kind=` narrows the lines."""
    source = _source(pk)
    form, status = ColumnsForm(source=source), 200
    if request.method == "POST":
        match request.POST.get("act"):
            case "columns":
                form = ColumnsForm(request.POST, source=source)
                if form.is_valid():
                    with said_in(form) as attempt:
                        asking.match_again(source=source, columns=form.columns, settings=form.settings)
                        return redirect(source)
                    status = attempt.status
            case "answers":
                with said_on_the_page(request):
                    asking.answer(source=source, answers=_answers(request))
                return redirect(f"{source.get_absolute_url()}{_query(request)}")
            case "confirm":
                with said_on_the_page(request):
                    asking.answer(source=source, answers=_answers(request))
                    asking.confirm(source=source, by=request.user)
                return redirect(source)
            case _:
                return redirect(source)
    if source.is_under_way:
        audit.looked_at("scheduling:show_import", by=request.user)
        return render(request, "scheduling/moving_in/show_progress.html", _progress(source))
    if request.htmx and request.GET.get("wait"):
        return to_whole_page(request, source.get_absolute_url())
    context = _lines(request, source) | {"form": form, "wrong_columns": list(wrong_columns(source.columns))}
    name = "show_result" if source.confirmed_at else "show_import"
    return render(request, f"scheduling/moving_in/{name}.html", context, status=status)


@require_safe
@requires(Permission.MOVE_IN)
def download_import(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The lines that are wrong or were left out, each with the reason: to be corrected in a spreadsheet."""
    source = _source(pk)
    children = source.lines.filter(kind=LineKind.WRONG, child__isnull=False).values_list("child", flat=True)
    rows = asking.wrong_lines(source)
    return exports.export(request, "Wrong lines", rows, patients=children, filters=[source.file_name])


@requires(Permission.MOVE_IN)
def undo_import(request: HttpRequest, pk: int) -> HttpResponse:
    """Why a file is taken back; then a worker does it."""
    source, status = _source(pk), 200
    form = TakeBackForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with said_in(form) as attempt:
            taking_back.ask(source=source, because=form.cleaned_data["because"], by=request.user)
            return redirect(source)
        status = attempt.status
    audit.looked_at("scheduling:undo_import", by=request.user)
    context = {"source": source, "form": form, "counts": asking.counts(source)}
    return render(request, "scheduling/moving_in/undo_import.html", context, status=status)


@requires(Permission.MOVE_IN)
def tell_import(request: HttpRequest, pk: int) -> HttpResponse:
    """The booked courses of a file of which no family has had anything from here; “Tell these families”."""
    source = _source(pk)
    if request.method == "POST":
        chosen = {int(key) for key in request.POST.getlist("course") if key.isdecimal() and len(key) < 19}
        told = telling_families.tell(source=source, courses=chosen, by=request.user)
        _say(request, told, bool(chosen))
        return redirect("scheduling:tell_import", source.pk)
    courses = list(telling_families.courses_unsent(source))
    page = page_of(request, courses, LINES_A_PAGE)
    audit.look_at_records(request, [course.patient for course in page])
    return render(request, "scheduling/moving_in/tell_import.html", {"source": source, "page": page})


def _source(pk: int) -> SpreadsheetImport:
    return get_object_or_404(SpreadsheetImport.objects.select_related("by", "unit", "undo_by"), pk=pk)


def _answers(request: HttpRequest) -> dict[int, str]:
    """What was answered on the page, by the number of the line."""
    return {
        int(number): value
        for name, value in request.POST.items()
        if name.startswith(ANSWER) and (number := name.removeprefix(ANSWER)).isdecimal() and len(number) < 9
    }


def _query(request: HttpRequest) -> str:
    return f"?{request.GET.urlencode()}" if request.GET else ""


def _progress(source: SpreadsheetImport) -> dict[str, Any]:
    counts = asking.counts(source)
    taking_back = source.undo_asked_at is not None
    left = counts[LineOutcome.TAKEN] if taking_back else counts["waiting"]
    done = (
        counts[LineOutcome.TAKEN_BACK] + counts[LineOutcome.STAYS]
        if taking_back
        else counts[LineOutcome.TAKEN]
    )
    return {"source": source, "taking_back": taking_back, "left": left, "done": done, "all": left + done}


def _lines(request: HttpRequest, source: SpreadsheetImport) -> dict[str, Any]:
    """A page of the lines of a file, with what they are about, and how many there are of each kind."""
    counts, kind = asking.counts(source), request.GET.get("kind", "")
    lines = source.lines.select_related("child").order_by("number")
    if kind in LineKind.values:
        lines = lines.filter(kind=kind)
    elif kind in LineOutcome.values:
        lines = lines.filter(outcome=kind)
    else:
        kind = ""
    page = page_of(request, lines, LINES_A_PAGE)
    shown = [(line, _of_child(source, line)) for line in page]
    audit.looked_at("scheduling:show_import", by=request.user, patients=_children(page))
    kinds: Sequence[Any] = LineOutcome if source.confirmed_at else LineKind
    return {
        "source": source,
        "page": page,
        "rows": shown,
        "kind": kind,
        "kinds": [(each.value, each.label, counts[each.value]) for each in kinds if counts[each.value]],
        "counts": counts,
        "to_correct": max(counts[LineOutcome.LEFT_OUT] - counts[LineKind.NOTHING_NEW], 0),
        "to_take": counts[LineKind.NEW] + counts[LineKind.KNOWN],
        "answers": LineAnswer.choices,
        "unsent": telling_families.courses_unsent(source).count() if source.done_at else 0,
        "answered": source.lines.filter(kind=LineKind.LIKELY).exclude(answer="").count(),
    }


def _of_child(source: SpreadsheetImport, line: ImportLine) -> dict[str, str]:
    """What the line says of its child, as it stands there: `name`, and `known_by`, birth date and numbers."""
    texts = source.texts(line.cells)
    whole = " ".join(filter(None, (texts.get("first_name"), texts.get("last_name"))))
    known_by = filter(None, (texts.get(key) for key in ("birth_date", "hospital_number", "nhs_number")))
    return {"name": texts.get("name") or whole, "known_by": ", ".join(known_by)}


def _children(lines: Iterable[ImportLine]) -> list[int]:
    return [line.child_id for line in lines if line.child_id]


def _say(request: HttpRequest, told: telling_families.Told, chosen: bool) -> None:
    if not chosen:
        messages.warning(request, "Tick at least one family.")
    if told.written:
        messages.success(request, f"{quantity(told.written, 'family', 'families')} written to.")
    if told.by_hand:
        where = "They stand under Families to ring."
        messages.warning(
            request, f"Nobody of {quantity(told.by_hand, 'family', 'families')} may be written to. {where}"
        )
    for refusal in told.refused:
        messages.warning(request, refusal)
