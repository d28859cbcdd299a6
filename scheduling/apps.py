"""The app of units, courses, sessions and messages."""

from django.apps import AppConfig


class SchedulingConfig(AppConfig):
    name = "scheduling"

    def ready(self) -> None:
        from patients import changes
        from scheduling.telling.changed_contacts import follow_change

        changes.follow(follow_change)
