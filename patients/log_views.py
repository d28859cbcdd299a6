"""The lead reads the logs: of one child, and of one member of staff."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk.pages import page_of
from patients import audit
from patients.access import Permission, requires
from patients.log_words import lines
from patients.logs import LOOKS, WRITES, children_of, log_of
from patients.models import Patient, User

EVENTS_A_PAGE = 50
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


def _page(request: HttpRequest, about: Patient | User, context: dict[str, Any]) -> HttpResponse:
    what = request.GET.get("what", LOOKS)
    what = what if what in KINDS else LOOKS
    page = page_of(request, log_of(about, what), EVENTS_A_PAGE)
    children = children_of(page.object_list)
    if isinstance(about, User):
        audit.looked_at("patients:show_log_of_user", by=request.user, patients=children)
    events = list(page)
    said = lines(events) if what == WRITES else [[] for _ in events]
    rows = [(each, children.get(each.patient_id), kept) for each, kept in zip(events, said, strict=True)]
    context |= {"page": page, "rows": rows, "what": what, "kinds": KINDS.items()}
    return render(request, "patients/show_log.html", context)
