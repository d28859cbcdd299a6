"""Who needs a second step to sign in, and that nobody gets further without it.

`SECOND_STEP_ROLES` names the roles. Where it names none, nobody is asked and no page costs anything.
"""

from collections.abc import Callable
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from patients import audit
from patients.acts import PatientAct
from patients.models import User

SET_UP = "has_second_step"
STEPS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
# What one may do before: set it up, and leave.
OPEN = ("mfa_", "account_")
View = Callable[..., HttpResponseBase]


def is_required(user: User) -> bool:
    """Whether a role of this user needs a second step."""
    return bool(settings.SECOND_STEP_ROLES) and any(role in settings.SECOND_STEP_ROLES for role in user.roles)


class SecondStepFirst:
    """Leads whoever needs a second step and has none to where it is set up. Asks once for each sign-in."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        if not getattr(view, "login_required", True) or not request.user.is_authenticated:
            return None
        if not is_required(request.user) or request.resolver_match.view_name.startswith(OPEN):
            return None
        if not request.session.get(SET_UP):
            if not _has_one(request):
                return redirect("mfa_index")
            request.session[SET_UP] = True
        return None


@transaction.atomic
def remove_all(user: User, *, by: User, place: str) -> bool:
    """Remove every second step of this user, and their recovery codes. Whether there were any."""
    removed, _ = Authenticator.objects.filter(user=user).delete()
    if removed:
        changes = {"from": place, "what": "all, with the recovery codes"}
        audit.record(PatientAct.USER_SECOND_STEP_REMOVED, by=by, on=user, patient=None, changes=changes)
    return bool(removed)


def ask_again(sender: Any, request: HttpRequest, **kwargs: Any) -> None:
    """Called when a second step was removed."""
    request.session.pop(SET_UP, None)


def _has_one(request: HttpRequest) -> bool:
    """Whether this user has a second step here, or signed in where one is asked for."""
    methods = {each["method"] for each in get_authentication_records(request, request.user)}
    return ("socialaccount" in methods and settings.OIDC_HAS_SECOND_STEP) or is_mfa_enabled(
        request.user, STEPS
    )
