"""Every address of the app, by package."""

from allauth.account import views as account
from allauth.mfa.base import views as second_step
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as authenticator_app
from allauth.mfa.webauthn import views as passkeys
from allauth.socialaccount.providers.openid_connect import views as openid_connect
from django.urls import include, path, re_path
from django.views.decorators.http import require_safe

from patients import sessions
from patients.access import with_a_form
from patients.accounts import ask_for_link, change_password, sign_in_with_passkey
from scheduling.pages.visit.home import home

# Only these of allauth's pages: with the rest, people could change the address they sign in with, unlogged.
ACCOUNT_PAGES = [
    path("login/", with_a_form(account.login), name="account_login"),
    path("logout/", with_a_form(account.logout), name="account_logout"),
    path("inactive/", require_safe(account.account_inactive), name="account_inactive"),
    path("signup/", with_a_form(account.signup), name="account_signup"),
    path("reauthenticate/", with_a_form(account.reauthenticate), name="account_reauthenticate"),
    path("password/change/", with_a_form(change_password), name="account_change_password"),
    path("password/reset/", with_a_form(ask_for_link), name="account_reset_password"),
    path(
        "password/reset/done/", require_safe(account.password_reset_done), name="account_reset_password_done"
    ),
    path(
        "password/reset/key/done/",
        require_safe(account.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        with_a_form(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path("sign-ins/", with_a_form(sessions.list_sessions), name="account_sessions"),
    path("time-left/", sessions.time_left, name="account_time_left"),
    path("stay/", sessions.stay, name="account_stay"),
    path("end-now/", sessions.end_now, name="account_end_now"),
    path("second-step/", require_safe(second_step.index), name="mfa_index"),
    path("second-step/code/", with_a_form(second_step.authenticate), name="mfa_authenticate"),
    path("second-step/again/", with_a_form(second_step.reauthenticate), name="mfa_reauthenticate"),
    path("second-step/app/", with_a_form(authenticator_app.activate_totp), name="mfa_activate_totp"),
    path(
        "second-step/app/remove/", with_a_form(authenticator_app.deactivate_totp), name="mfa_deactivate_totp"
    ),
    path(
        "second-step/recovery-codes/",
        require_safe(recovery_codes.view_recovery_codes),
        name="mfa_view_recovery_codes",
    ),
    path(
        "second-step/recovery-codes/new/",
        with_a_form(recovery_codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "second-step/recovery-codes/download/",
        require_safe(recovery_codes.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
    path("second-step/passkeys/", require_safe(passkeys.list_webauthn), name="mfa_list_webauthn"),
    path("second-step/passkeys/add/", with_a_form(passkeys.add_webauthn), name="mfa_add_webauthn"),
    path(
        "second-step/passkeys/again/",
        with_a_form(passkeys.reauthenticate_webauthn),
        name="mfa_reauthenticate_webauthn",
    ),
    path("second-step/passkeys/sign-in/", with_a_form(sign_in_with_passkey), name="mfa_login_webauthn"),
    path(
        "second-step/passkeys/<int:pk>/remove/",
        with_a_form(passkeys.remove_webauthn),
        name="mfa_remove_webauthn",
    ),
    path(
        "second-step/passkeys/<int:pk>/rename/", with_a_form(passkeys.edit_webauthn), name="mfa_edit_webauthn"
    ),
    path("with/<slug:provider_id>/", with_a_form(openid_connect.login), name="openid_connect_login"),
    path(
        "with/<slug:provider_id>/back/",
        require_safe(openid_connect.callback),
        name="openid_connect_callback",
    ),
]

urlpatterns = [
    path("", home, name="home"),
    path("accounts/", include(ACCOUNT_PAGES)),
    path("", include("crmo_clinic.public_urls")),
    path("", include("patients.urls")),
    path("family/", include("scheduling.urls.family")),
    path("", include("scheduling.urls.fhir")),
    path("", include("scheduling.urls")),
]
