"""What the hospital's records system sent, and what became of it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk.pages import page_of
from patients import audit
from patients.access import Permission, may, requires
from patients.acting import said_on_the_page
from scheduling.adt import applying
from scheduling.adt.framing import header_of
from scheduling.adt.taking_apart import in_lines
from scheduling.models import AdtMessage, AdtState

MESSAGES_A_PAGE = 25


@require_safe
@requires(Permission.VIEW)
def list_adt(request: HttpRequest) -> HttpResponse:
    """The latest first; `?state=question` shows only those."""
    state = request.GET.get("state", "")
    found = AdtMessage.objects.select_related("patient").defer("raw")
    if state in AdtState.values:
        found = found.filter(state=state)
    page = page_of(request, found, MESSAGES_A_PAGE)
    children = {message.patient_id for message in page if message.patient_id}
    audit.looked_at("scheduling:list_adt", by=request.user, patients=children)
    context = {"page": page, "state": state, "states": AdtState.choices, "is_set_up": applying.is_set_up()}
    return render(request, "scheduling/adt/list_adt.html", context)


@require_safe
@requires(Permission.VIEW)
def show_adt(request: HttpRequest, pk: int) -> HttpResponse:
    """One message: what it changed, what it asks, and for whoever may read the log its own words."""
    message = look_at_adt(request, pk)
    lines = []
    if message.raw and may(request.user, Permission.READ_LOG):
        raw = bytes(message.raw)
        lines = in_lines(header_of(raw), raw)
    other = message.other
    merge = (
        reverse("scheduling:merge_patient", args=[message.patient_id]) if other and message.patient else ""
    )
    context = {
        "message": message,
        "patient": message.patient,
        "other": other,
        "merge": f"{merge}?with={other.pk}" if other and merge and other.pk != message.patient_id else "",
        "namesake": message.namesakes.first() if message.state == AdtState.DOUBLE else None,
        "tasks": message.tasks.order_by("pk"),
        "lines": lines,
    }
    return render(request, "scheduling/adt/show_adt.html", context)


@requires(Permission.DO_TASKS, only_forms=True)
def retry_adt(request: HttpRequest, pk: int) -> HttpResponse:
    """Have a message applied that could not be."""
    message = look_at_adt(request, pk)
    with said_on_the_page(request) as attempt:
        done = applying.try_again(message=message, by=request.user)
    if attempt.done:
        messages.success(request, f"It was looked at again: {done.get_state_display().lower()}.")
    return redirect(message)


def look_at_adt(request: HttpRequest, pk: int) -> AdtMessage:
    """A message with the children it is about; 404 if unknown. The look is logged."""
    message = get_object_or_404(AdtMessage.objects.select_related("patient", "other"), pk=pk)
    audit.look_at_records(request, list(filter(None, [message.patient, message.other])))
    return message
