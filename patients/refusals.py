"""Pages that somebody was refused are logged: who, from where, what. A sensitive record first asks why, and
one that was merged leads to where it went."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from crmo_clinic.nhsuk import review
from patients import audit, kept_forms, sign_in_log
from patients.acting import to_whole_page
from patients.acts import PatientAct
from patients.audit import NeedsReason, WasMerged
from patients.models import Merge

View = Callable[..., HttpResponseBase]


class LogRefusals:
    """Logs each page that a signed-in user was refused by their role."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, fault: Exception) -> HttpResponseBase | None:
        if isinstance(fault, NeedsReason):
            return _ask_why(request, fault.patient_id)
        if isinstance(fault, WasMerged):
            return _lead_on(request, fault)
        if isinstance(fault, IntegrityError) and (merge := _just_merged(request)):
            return _lead_on(request, WasMerged(merge))
        if isinstance(fault, PermissionDenied) and request.user.is_authenticated:
            changes = {
                "from": sign_in_log.place(request),
                "page": request.resolver_match.view_name,
                "why": str(fault) or "not allowed",
            }
            # A refusal is logged, also of a form that was only brought back.
            with review.under_review(""):
                audit.record(
                    PatientAct.USER_PAGE_REFUSED,
                    by=request.user,
                    on=request.user,
                    patient=None,
                    changes=changes,
                )
        return None


def _just_merged(request: HttpRequest) -> Merge | None:
    """The merge of the child whose page this is, in the second in which somebody saved something about it."""
    if request.path.startswith(reverse("patients:find_patients")):
        return Merge.objects.filter(
            gone_id=request.resolver_match.kwargs.get("pk"), undone_at__isnull=True
        ).first()
    return None


def _lead_on(request: HttpRequest, fault: WasMerged) -> HttpResponseBase:
    """To the record that stands for the one that was asked for; what was typed about that is not acted on."""
    said = f"The record {fault.merge.gone_number} was merged into this one"
    then = ", so nothing was done." if request.method == "POST" else "."
    messages.warning(request, f"{said}{then}")
    return to_whole_page(request, reverse("patients:show_patient", args=[fault.merge.kept_id]))


def _ask_why(request: HttpRequest, patient_id: int) -> HttpResponseBase:
    """Lead to the page that asks for a reason, and from there to what was asked for, with what was typed."""
    address = request.get_full_path()
    if request.method == "POST" and not review.reason():
        address = kept_forms.keep(request.user, address, request.POST.lists())
    ask = reverse("patients:give_reason", args=[patient_id])
    return to_whole_page(request, f"{ask}?{urlencode({'next': address})}")
