"""A big Trust of made-up children, to measure the app with."""

from argparse import ArgumentParser
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from scheduling.management.big_trust import Size, write
from scheduling.management.commands.seed_demo import is_in_use
from scheduling.management.statistics import gather_statistics


class Command(BaseCommand):
    help = "Fills an empty database with a big Trust: by default 60,000 courses, some 2 million rows of logs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--units", type=int, default=5)
        parser.add_argument("--chairs", type=int, default=10, help="of each unit")
        parser.add_argument("--courses", type=int, default=60_000, help="in all of its years")

    def handle(self, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("A made-up Trust is not for production.")
        if is_in_use():
            raise CommandError("This database is in use already.")
        size = Size(options["units"], options["chairs"], options["courses"])
        if min(size.units, size.chairs, size.courses) < 1:
            raise CommandError("Each number must be 1 or more.")
        began = monotonic()
        write(size, timezone.localdate(), self.stdout.write)
        gather_statistics()
        if connection.vendor == "postgresql":
            # What its autovacuum does within a minute of such a load.
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
        self.stdout.write(f"Written in {monotonic() - began:.0f} seconds.")
