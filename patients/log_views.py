"""The lead reads the logs: of one child, of one member of staff, and whatever is searched for."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk import csv_files
from crmo_clinic.nhsuk.pages import page_of
from patients import audit, exports
from patients.access import Permission, requires
from patients.log_forms import FindInLogForm, asked_in
from patients.log_words import lines
from patients.logs import LOOKS, MOST_NAMED, WRITES, log_of, search, seen_in, who_looked
from patients.models import Event, Patient, User
from patients.templatetags.patients import log_words

EVENTS_A_PAGE = 50
MOST_IN_A_FILE = 50_000
ROWS_AT_ONCE = 1_000
Row = tuple[Event, list[Patient], list[Any]]
Rows = list[Row]
KINDS = {LOOKS: "Who looked", WRITES: "Who wrote"}


@require_safe
@requires(Permission.READ_LOG)
def show_log_of_child(request: HttpRequest, pk: int) -> HttpResponse:
    """Everybody who looked at this child's record; with `?what=writes` everybody who changed it."""
    patient = audit.look_at_patient(request, pk)
    return _page(request, patient, {"patient": patient})


@require_safe
@requires(Permission.READ_LOG)
def show_log_of_user(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything one person looked at; with `?what=writes` everything they changed."""
    person = get_object_or_404(User, pk=pk)
    return _page(request, person, {"person": person})


@requires(Permission.READ_LOG)
def search_log(request: HttpRequest) -> HttpResponse:
    """Both logs by child, person, page and days. The number of a child never stands in an address."""
    if request.method == "POST":
        form = FindInLogForm(request.POST)
        if form.is_valid():
            return redirect(f"{reverse('patients:search_log')}?{form.query()}")
        return render(request, "patients/search_log.html", {"form": form})
    asked, what = asked_in(request.GET)
    context: dict[str, Any] = {
        "form": FindInLogForm(initial=FindInLogForm.initial_of(asked, what)),
        "what": what,
    }
    if "what" in request.GET:
        page = page_of(request, search(asked, what), EVENTS_A_PAGE)
        context |= {
            "page": page,
            "rows": _rows(list(page), what, most=MOST_NAMED),
            "asked": asked,
            "query": _query(request.GET),
        }
        shown = [child for _, children, _ in context["rows"] for child in children]
        shown += [asked.child] if asked.child else []
        audit.looked_at("patients:search_log", by=request.user, patients=shown)
        if asked.child and what == LOOKS:
            context["people"] = who_looked(asked)
    return render(request, "patients/search_log.html", context)


@require_safe
@requires(Permission.READ_LOG)
def download_log(request: HttpRequest) -> HttpResponseBase:
    """The rows found, as a file for a spreadsheet, some at a time: it may be as long as everything else."""
    asked, what = asked_in(request.GET)
    found = search(asked, what)
    keys = list(found.values_list("pk", flat=True)[:MOST_IN_A_FILE])
    audit.looked_at("patients:download_log", by=request.user, patients=_children_among(found, keys))
    exports.record(request, "Log", [] if what == LOOKS else ["writes"])
    rows = (row for some in _some_at_a_time(found, keys) for row in _rows(some, what))
    return csv_files.streamed(f"log-{timezone.localdate()}.csv", _lines_of_file(rows))


def _some_at_a_time(found: QuerySet[Event], keys: list[int]) -> Iterator[list[Event]]:
    """The rows with these keys, in their order; a query for each thousand."""
    for first in range(0, len(keys), ROWS_AT_ONCE):
        some = keys[first : first + ROWS_AT_ONCE]
        rows = found.order_by().in_bulk(some)
        yield [rows[key] for key in some if key in rows]


def _children_among(found: QuerySet[Event], keys: list[int]) -> set[int]:
    """The children that these rows are about and that are still here."""
    seen = {pk for some in _some_at_a_time(found, keys) for event in some for pk in seen_in(event)}
    return set(Patient.objects.filter(pk__in=seen).values_list("pk", flat=True))


def _lines_of_file(rows: Iterable[Row]) -> Iterator[list[str]]:
    yield ["When", "Who", "Children", "What", "Details"]
    for event, children, said in rows:
        at = timezone.localtime(event.at).isoformat(timespec="seconds")
        seen = "; ".join(child.identified for child in children)
        yield [at, event.actor_name, seen, log_words(event), "; ".join(map(str, said))]


def _page(request: HttpRequest, about: Patient | User, context: dict[str, Any]) -> HttpResponse:
    what = request.GET.get("what", LOOKS)
    what = what if what in KINDS else LOOKS
    page = page_of(request, log_of(about, what), EVENTS_A_PAGE)
    # All rows of a child's log are about that child, and nobody else is named.
    rows = _rows(list(page), what, most=0 if isinstance(about, Patient) else MOST_NAMED)
    if isinstance(about, User):
        shown = {child for _, children, _ in rows for child in children}
        audit.looked_at("patients:show_log_of_user", by=request.user, patients=shown)
    context |= {"page": page, "rows": rows, "what": what, "kinds": KINDS.items()}
    return render(request, "patients/show_log.html", context)


def _rows(events: list[Event], what: str, most: int | None = None) -> Rows:
    """Each log row with the children it is about, if they are still here, and what it keeps in words.

    most: so many children of each; the file of a log may be about all there are.
    """
    about = [seen_in(event)[:most] for event in events]
    children = Patient.objects.in_bulk({pk for keys in about for pk in keys})
    said = lines(events) if what == WRITES else [[] for _ in events]
    seen = [[children[pk] for pk in keys if pk in children] for keys in about]
    return list(zip(events, seen, said, strict=True))


def _query(asked: QueryDict) -> str:
    """The query without the number of a page."""
    kept = asked.copy()
    kept.pop("page", None)
    return kept.urlencode()
