"""Addresses that are about nobody and need no sign-in."""

from django.urls import path

from crmo_clinic import public

app_name = "public"
urlpatterns = [
    path("accessibility/", public.show_accessibility, name="show_accessibility"),
    path("privacy/", public.show_privacy, name="show_privacy"),
    path(".well-known/security.txt", public.show_security_contact, name="show_security_contact"),
]
