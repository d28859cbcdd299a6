"""Addresses of everything about a child. A URL name is its view's name and its template's."""

from django.urls import path

app_name = "patients"
urlpatterns: list = []
