"""Addresses of setting up a unit."""

from django.urls import path

from scheduling.views import units

urlpatterns = [
    path("", units.list_units, name="list_units"),
]
