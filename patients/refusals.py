"""Pages that somebody was refused are logged: who, from where, what."""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from patients import audit, sign_in_log
from patients.acts import PatientAct

View = Callable[..., HttpResponseBase]


class LogRefusals:
    """Logs each page that a signed-in user was refused by their role."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, fault: Exception) -> None:
        if isinstance(fault, PermissionDenied) and request.user.is_authenticated:
            changes = {
                "from": sign_in_log.place(request),
                "page": request.resolver_match.view_name,
                "why": str(fault) or "not allowed",
            }
            audit.record(
                PatientAct.USER_PAGE_REFUSED,
                by=request.user,
                on=request.user,
                patient=None,
                changes=changes,
            )
