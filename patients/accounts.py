"""What we add to django-allauth: new passwords are logged, and links to choose one are mailed."""

import logging
from functools import partial
from typing import Any

from allauth.account import signals
from allauth.account.adapter import get_adapter
from allauth.account.forms import ResetPasswordForm
from allauth.account.internal.flows.password_reset import (
    get_reset_password_from_key_url as reset_password_url,
)
from allauth.account.models import EmailAddress
from allauth.account.views import password_change, password_reset
from allauth.mfa.webauthn.views import login_webauthn
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from patients import adapters, audit, sign_in_log
from patients.acts import PatientAct
from patients.models import User

logger = logging.getLogger(__name__)


def watch_passwords() -> None:
    """Log every new password from now on. Signals, because the pages that set one are allauth's."""
    signals.password_changed.connect(_record_change, dispatch_uid="user.password_changed")
    signals.password_reset.connect(_record_reset, dispatch_uid="user.password_reset")


@login_not_required
def ask_for_link(request: HttpRequest) -> HttpResponseBase:
    """allauth's page for a forgotten password; it looks the same, and takes as long, for a stranger.

    The mail leaves after the answer, so neither its time nor its faults tell who has an account.
    """
    mails: list[EmailMessage] = []
    setattr(request, adapters.AFTER_THE_ANSWER, mails)
    response = password_reset(request)
    if request.method == "POST" and not mails:
        _write_to_nobody(request)
    for mail in mails:
        response._resource_closers.append(partial(_send, mail))
    return response


def change_password(request: HttpRequest) -> HttpResponseBase:
    """allauth's page, but for whoever has no password yet, as those who sign in through a provider."""
    if not request.user.has_usable_password():
        messages.warning(request, "You have no password here yet. Ask for a link to choose one.")
        return redirect("account_reset_password")
    return password_change(request)


@login_not_required
def sign_in_with_passkey(request: HttpRequest) -> HttpResponseBase:
    """allauth's view for the button; a passkey that signs nobody in is logged, which allauth leaves out."""
    response = login_webauthn(request)
    if request.method == "POST" and not request.user.is_authenticated:
        sign_in_log.failed(request, "", "wrong passkey")
    return response


def _write_to_nobody(request: HttpRequest) -> None:
    """The work of writing the mail, for an address that gets none."""
    nobody = User(pk=0, name="", email="nobody@hospital.example")
    key = default_token_generator.make_token(nobody)
    words = {"user": nobody, "password_reset_url": reset_password_url(request, key)}
    get_adapter().send_password_reset_mail(nobody, nobody.email, words)
    getattr(request, adapters.AFTER_THE_ANSWER).clear()


def _send(mail: EmailMessage) -> None:
    try:
        mail.send()
    except OSError as fault:
        # The fault's own words may hold the address.
        logger.error("A mail with a link to choose a password could not be sent: %s", type(fault).__name__)


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
