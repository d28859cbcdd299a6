"""`manage.py backup DIR`: everything that has to be kept, but the keys."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from scheduling.management.backups import make_backup


class Command(BaseCommand):
    help = (
        "Writes a backup into a folder of its own in DIR while the app goes on: the database at one moment, "
        "and a manifest. Keep it as safe as the database, and the keys elsewhere: they are not in it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path)

    def handle(self, *, folder: Path, **options: Any) -> None:
        self.stdout.write(str(make_backup(folder)))
