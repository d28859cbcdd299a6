"""The app of children, contacts, staff and the two logs."""

from django.apps import AppConfig


class PatientsConfig(AppConfig):
    name = "patients"

    def ready(self) -> None:
        from patients import accounts

        accounts.watch_passwords()
