"""Every address of the app, by package."""

from allauth.account import views as account
from django.urls import include, path, re_path
from django.views.decorators.http import require_safe

from patients.access import with_a_form
from patients.accounts import ask_for_link
from scheduling.pages.visit.home import home

# Only these of allauth's pages: with the rest, people could change the address they sign in with, unlogged.
ACCOUNT_PAGES = [
    path("login/", with_a_form(account.login), name="account_login"),
    path("logout/", with_a_form(account.logout), name="account_logout"),
    path("inactive/", require_safe(account.account_inactive), name="account_inactive"),
    path("signup/", with_a_form(account.signup), name="account_signup"),
    path("reauthenticate/", with_a_form(account.reauthenticate), name="account_reauthenticate"),
    path("password/change/", with_a_form(account.password_change), name="account_change_password"),
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
]

urlpatterns = [
    path("", home, name="home"),
    path("accounts/", include(ACCOUNT_PAGES)),
    path("", include("patients.urls")),
    path("family/", include("scheduling.urls.family")),
    path("", include("scheduling.urls")),
]
