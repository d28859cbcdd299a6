"""Every sign-in, failed sign-in, sign-out and change of a second step is logged: who, from where, what.

Signals, because the pages are allauth's.
"""

from typing import Any

from allauth.account import signals
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa import signals as second_step
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.http import HttpRequest

from patients import audit
from patients.acts import PatientAct
from patients.models import User

# Nobody is signed in yet.
SIGN_IN_PAGE = audit.System("sign-in page")
HOW = {
    "password": "with a password",
    "mfa": "with a second step",
    "socialaccount": "through the hospital’s sign-in",
    "password_reset": "with a new password",
}
WHAT = {
    Authenticator.Type.TOTP: "authenticator app",
    Authenticator.Type.WEBAUTHN: "passkey",
    Authenticator.Type.RECOVERY_CODES: "recovery codes",
}


def watch() -> None:
    """Log from now on."""
    signals.user_logged_in.connect(_signed_in, dispatch_uid="log.signed_in")
    second_step.authenticator_added.connect(_added, dispatch_uid="log.second_step_added")
    second_step.authenticator_reset.connect(_added, dispatch_uid="log.second_step_reset")
    second_step.authenticator_removed.connect(_removed, dispatch_uid="log.second_step_removed")
    second_step.authentication_failed.connect(_wrong_code, dispatch_uid="log.wrong_code")


def place(request: HttpRequest) -> str:
    """The visitor's address, as the proxy in front saw it."""
    return get_adapter().get_client_ip(request)


def failed(request: HttpRequest, email: str, why: str) -> None:
    """Log that somebody could not sign in. What was typed is no part of it: it may be a password."""
    user = User.objects.filter(email__iexact=email).first() if email else None
    audit.record(
        PatientAct.USER_SIGN_IN_FAILED,
        by=SIGN_IN_PAGE,
        on=user or User(),
        patient=None,
        changes={"from": place(request), "why": "no such account" if email and user is None else why},
    )


def signed_out(request: HttpRequest, user: User, why: str) -> None:
    changes = {"from": place(request), "why": why}
    audit.record(PatientAct.USER_SIGNED_OUT, by=user, on=user, patient=None, changes=changes)


@transaction.atomic
def _signed_in(*, request: HttpRequest, user: User, **kwargs: Any) -> None:
    methods = dict.fromkeys(each["method"] for each in get_authentication_records(request, user))
    how = " and ".join(HOW.get(method, method) for method in methods) or "with a password"
    changes = {"from": place(request), "how": how}
    audit.record(PatientAct.USER_SIGNED_IN, by=user, on=user, patient=None, changes=changes)


def _added(*, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    _second_step(PatientAct.USER_SECOND_STEP_ADDED, request, user, authenticator)


def _removed(*, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    _second_step(PatientAct.USER_SECOND_STEP_REMOVED, request, user, authenticator)


def _second_step(act: PatientAct, request: HttpRequest, user: User, authenticator: Authenticator) -> None:
    changes = {"from": place(request), "what": WHAT[Authenticator.Type(authenticator.type)]}
    audit.record(act, by=user, on=user, patient=None, changes=changes)


def _wrong_code(*, request: HttpRequest, user: User, **kwargs: Any) -> None:
    failed(request, user.email, "wrong code")
