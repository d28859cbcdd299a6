"""Addresses for other systems: their tokens, and what they read as FHIR. None has a page or a sign-in."""

from django.urls import path

from scheduling.pages.fhir import reading, signing_in

app_name = "fhir"
urlpatterns = [
    path("oauth/token", signing_in.issue_token, name="issue_token"),
    path("oauth/revoke", signing_in.revoke_token, name="revoke_token"),
    path("fhir/R4", reading.nothing_here, name="nothing_here"),
    path("fhir/R4/", reading.nothing_here, name="nothing_here"),
    path("fhir/R4/metadata", reading.show_capabilities, name="show_capabilities"),
    path("fhir/R4/.well-known/smart-configuration", signing_in.show_smart, name="show_smart"),
    path("fhir/R4/<slug:resource>", reading.search, name="search"),
    path("fhir/R4/<slug:resource>/_search", reading.search_by_form, name="search_by_form"),
    path("fhir/R4/<slug:resource>/<str:key>", reading.read, name="read"),
    path("fhir/R4/<path:rest>", reading.nothing_here, name="nothing_here"),
]
