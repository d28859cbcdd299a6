"""Pages that somebody was refused are logged: who, from where, what. A sensitive record first asks why."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from crmo_clinic.nhsuk import review
from patients import audit, kept_forms, sign_in_log
from patients.acting import to_whole_page
from patients.acts import PatientAct
from patients.audit import NeedsReason

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


def _ask_why(request: HttpRequest, patient_id: int) -> HttpResponseBase:
    """Lead to the page that asks for a reason, and from there to what was asked for, with what was typed."""
    address = request.get_full_path()
    if request.method == "POST" and not review.reason():
        address = kept_forms.keep(request.user, address, request.POST.lists())
    ask = reverse("patients:give_reason", args=[patient_id])
    return to_whole_page(request, f"{ask}?{urlencode({'next': address})}")
