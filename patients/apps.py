"""The app of children, contacts, staff and the two logs."""

from django.apps import AppConfig


class PatientsConfig(AppConfig):
    name = "patients"

    def ready(self) -> None:
        from allauth.mfa.signals import authenticator_removed
        from django.contrib.auth.signals import user_logged_in

        from patients import accounts, second_step, sessions, sign_in_log

        accounts.watch_passwords()
        sign_in_log.watch()
        user_logged_in.connect(sessions.begin, dispatch_uid="sessions.begin")
        authenticator_removed.connect(second_step.ask_again, dispatch_uid="second_step.ask_again")
