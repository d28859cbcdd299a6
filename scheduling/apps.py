"""The app of units, courses, sessions and messages."""

from django.apps import AppConfig


class SchedulingConfig(AppConfig):
    name = "scheduling"
