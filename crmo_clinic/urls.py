"""Every address of the app, by package."""

from allauth.account import views as account
from django.urls import include, path, re_path

from patients.accounts import ask_for_link
from scheduling.pages.visit.home import home

# Only these of allauth's pages: with the rest, people could change the address they sign in with, unlogged.
ACCOUNT_PAGES = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("signup/", account.signup, name="account_signup"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/reset/", ask_for_link, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
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
