"""Every address of the app, by package."""

from django.urls import include, path

from scheduling.views.home import home

urlpatterns = [
    path("", home, name="home"),
    path("accounts/", include("allauth.account.urls")),
    path("", include("patients.urls")),
    path("", include("scheduling.urls")),
]
