"""The app of children, contacts, staff and the two logs."""

from django.apps import AppConfig


class PatientsConfig(AppConfig):
    name = "patients"
