"""What we add to django-allauth: new passwords are logged, and links to choose one are mailed."""

import logging
from typing import Any

from allauth.account import signals
from allauth.account.forms import ResetPasswordForm
from allauth.account.models import EmailAddress
from allauth.account.views import password_reset
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from patients import audit
from patients.acts import PatientAct
from patients.models import User

logger = logging.getLogger(__name__)


def watch_passwords() -> None:
    """Log every new password from now on. Signals, because the pages that set one are allauth's."""
    signals.password_changed.connect(_record_change, dispatch_uid="user.password_changed")
    signals.password_reset.connect(_record_reset, dispatch_uid="user.password_reset")


@login_not_required
def ask_for_link(request: HttpRequest) -> HttpResponseBase:
    """allauth's page for a forgotten password; it looks the same even while the mail server is down.

    An error would reveal that the address has an account, because nothing is mailed to others.
    """
    try:
        return password_reset(request)
    except OSError as fault:
        # The fault's own words may hold the address.
        logger.error("A mail with a link to choose a password could not be sent: %s", type(fault).__name__)
        return redirect("account_reset_password_done")


def send_link(user: User, request: HttpRequest) -> None:
    """Mail this user a link to choose a password. Raises OSError if the mail server does not take it."""
    form = ResetPasswordForm({"email": user.email})
    form.is_valid()
    form.save(request)


def drop_other_addresses(user: User) -> None:
    """Forget every other address that allauth knows this user by: a link could go to it."""
    EmailAddress.objects.filter(user=user).exclude(email__iexact=user.email).delete()


def _record_change(*, user: User, **kwargs: Any) -> None:
    audit.record(PatientAct.USER_PASSWORD_CHANGED, by=user, on=user, patient=None)


def _record_reset(*, user: User, **kwargs: Any) -> None:
    audit.record(PatientAct.USER_PASSWORD_RESET, by=user, on=user, patient=None)
