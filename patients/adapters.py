"""Where django-allauth asks us: who signs in and how often, which mails go, how secrets are kept."""

import hashlib
import logging
import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as core_context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from django.conf import settings
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.shortcuts import render
from django.template.loader import render_to_string

from patients import sealing, second_step, sign_in_log
from patients.models import User

logger = logging.getLogger(__name__)

# After five wrong passwords in a quarter of an hour, whoever typed them and wherever, each further try for
# that address takes longer, up to two seconds. Nobody is locked out, or a stranger could lock out the owner.
FREE_TRIES = 5
REMEMBERED = 15 * 60
SHORTEST_WAIT, LONGEST_WAIT = 0.1, 2.0
# What a mail says after a change of credentials, by allauth's name for it.
CHANGES = {
    "account/email/password_changed": "Your password was changed.",
    "account/email/password_reset": "You chose a new password by the link in a mail.",
    "mfa/email/totp_activated": "An authenticator app was set up as the second step of your sign-in.",
    "mfa/email/totp_deactivated": "The authenticator app is no longer a second step of your sign-in.",
    "mfa/email/webauthn_added": "A passkey was added to your account.",
    "mfa/email/webauthn_removed": "A passkey was removed from your account.",
    "mfa/email/recovery_codes_generated": "New recovery codes were made for your account.",
}
wait = time.sleep
# Where a request keeps the mails that leave after its answer.
AFTER_THE_ANSWER = "mails_after_the_answer"
# What the provider of the settings is called in addresses.
PROVIDER = "trust"


class StaffAccountAdapter(DefaultAccountAdapter):
    """Accounts are made by the unit lead; nobody signs up."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "too_many_login_attempts": (
            "There were too many tries from where you are. Wait a minute, then try again"
        ),
        "email_password_mismatch": "The email address or the password is not right",
        "incorrect_password": "The password is not right",
        "enter_current_password": "The current password is not right",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse only by where the tries come from; by account, only slow down."""
        self._login_failed_rl_usage = ratelimit.consume(
            request,
            app="allauth.account",
            action="login_failed",
            config={"login_failed": settings.SIGN_IN_RATE},
        )
        if not self._login_failed_rl_usage:
            raise self.validation_error("too_many_login_attempts")
        if seconds := _seconds_to_wait(_tries(_key(credentials))):
            wait(seconds)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the wrong password, and log it."""
        key = _key(credentials)
        cache.set(key, [time.time(), *_tries(key)][:20], REMEMBERED)
        sign_in_log.failed(request, credentials.get("email", ""), "wrong password")

    def logout(self, request: HttpRequest) -> None:
        """Sign out, and log it."""
        if request.user.is_authenticated:
            sign_in_log.signed_out(request, request.user, "the user signed out")
        super().logout(request)

    def send_password_reset_mail(self, user: Any, email: str, context: dict[str, Any]) -> None:
        """Send the link in a mail that says who we are and how many whole days it works."""
        names = {"service_name": settings.SERVICE_NAME, "trust_name": settings.TRUST_NAME}
        days = settings.PASSWORD_RESET_TIMEOUT // (24 * 60 * 60)
        super().send_password_reset_mail(user, email, {**context, **names, "days": days})

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send now, or leave the mail to the request that sends it after its answer."""
        request = core_context.request
        mail = self.render_mail(template_prefix, email, {"request": request, "email": email, **context})
        if (mails := getattr(request, AFTER_THE_ANSWER, None)) is None:
            mail.send()
        else:
            mails.append(mail)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: Any,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell the owner of a change of their credentials. Nothing is sent of what has no words above."""
        if said := CHANGES.get(template_prefix):
            tell_of_change(user, said, email or user.email)


class SecondStepAdapter(DefaultMFAAdapter):
    """The second step of signing in: our words, and its secrets kept sealed."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "This code is not right, or no longer. Enter the one that is shown now",
        "cannot_delete_authenticator": "Your role needs a second step. Set up another one first",
    }

    def encrypt(self, text: str) -> str:
        return sealing.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Empty, which no code fits, if SECRET_KEY is another now."""
        return sealing.unseal(encrypted_text) or ""

    def build_totp_svg(self, url: str) -> str:
        """The picture to scan, as a part of the page: an image by itself would break our pages' policy."""
        svg = super().build_totp_svg(url)
        return svg[svg.index("<svg") :].replace("<svg", '<svg role="img" aria-label="Code to scan"', 1)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Whether the user may do without it."""
        user = authenticator.user
        others = Authenticator.objects.filter(user=user, type__in=second_step.STEPS).exclude(
            pk=authenticator.pk
        )
        return not second_step.is_required(user) or others.exists()

    def get_totp_issuer(self) -> str:
        return f"{settings.SERVICE_NAME}, {settings.TRUST_NAME}"


class ProviderAdapter(DefaultSocialAccountAdapter):
    """Signing in through the one provider that the settings name, for those who have an account here."""

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """The one of the settings; allauth would look for others in the database."""
        if not settings.OIDC_URL or provider not in (None, PROVIDER, "openid_connect"):
            return []
        asked = {"acr_values": settings.OIDC_ACR} if settings.OIDC_ACR else {}
        app = SocialApp(
            provider="openid_connect",
            provider_id=PROVIDER,
            name=settings.OIDC_NAME,
            client_id=settings.OIDC_CLIENT_ID,
            secret=settings.OIDC_CLIENT_SECRET,
            settings={
                "server_url": settings.OIDC_URL,
                "scope": settings.OIDC_SCOPE,
                "auth_params": asked,
                "oauth_pkce_enabled": True,
            },
        )
        return [app]

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find the user by the claim, unless this account was used before. Nobody gets an account by it."""
        if sociallogin.is_existing:
            return
        email = str(_claims(sociallogin).get(settings.OIDC_CLAIM) or "")
        user = User.objects.filter(email__iexact=email).first() if email else None
        if user is None:
            sign_in_log.failed(request, email, "no account here")
            page = render(request, "account/no_account.html", {"oidc_name": settings.OIDC_NAME}, status=403)
            raise ImmediateHttpResponse(page)
        sociallogin.connect(request, user)

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """No mail about the first sign-in through the provider: the account is the Trust's own."""


def _claims(sociallogin: SocialLogin) -> dict[str, Any]:
    """What the provider says of the person, in the id token and when asked for more."""
    data = sociallogin.account.extra_data
    return {**data.get("id_token", {}), **data.get("userinfo", {})} or data


def tell_of_change(user: User, said: str, *addresses: str) -> None:
    """Mail the owner of an account what was changed about it. A mail server that is down stops no change."""
    words = {
        "user": user,
        "said": said,
        "service_name": settings.SERVICE_NAME,
        "trust_name": settings.TRUST_NAME,
    }
    text = render_to_string("account/email/credentials_changed.txt", words)
    for address in addresses:
        mail = EmailMessage(
            f"Your account for {settings.SERVICE_NAME} was changed",
            text,
            settings.DEFAULT_FROM_EMAIL,
            [address],
        )
        try:
            mail.send()
        except OSError as fault:
            # The fault's own words may hold the address.
            logger.error("A mail about a changed account could not be sent: %s", type(fault).__name__)


def _key(credentials: dict[str, Any]) -> str:
    email = str(credentials.get("email") or credentials.get("username") or "").strip().lower()
    return f"wrong-passwords:{hashlib.sha256(email.encode()).hexdigest()}"


def _tries(key: str) -> list[float]:
    """When wrong passwords were typed for this address lately, the latest first, 20 at most."""
    return [at for at in cache.get(key, []) if at > time.time() - REMEMBERED]


def _seconds_to_wait(tries: list[float]) -> float:
    over = len(tries) - FREE_TRIES
    return min(SHORTEST_WAIT * 2**over, LONGEST_WAIT) if over >= 0 else 0
