"""The app of units, courses, sessions and messages."""

from django.apps import AppConfig


class SchedulingConfig(AppConfig):
    name = "scheduling"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from crmo_clinic.nhsuk.languages import ask_about_drafts
        from patients import changes
        from scheduling.pages.own_units import remember_units
        from scheduling.telling.changed_contacts import follow_change
        from scheduling.telling.draft_languages import may_be_read

        changes.follow(follow_change)
        ask_about_drafts(may_be_read)
        user_logged_in.connect(remember_units)
