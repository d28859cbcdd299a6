"""`manage.py restore BACKUP`: a backup into an empty database, and is it whole?"""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from crmo_clinic.nhsuk.wording import quantity
from scheduling.doctor.breaches import find_breaches
from scheduling.management import backups
from scheduling.models import FamilyLink
from scheduling.telling.family_links import find_page, is_alive, page_token


class Command(BaseCommand):
    help = (
        "Restores a backup into the empty database that DATABASE_URL names, brings it to the version of the "
        "app, and looks whether all is well. Exits with status 1 if anything is not."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("backup", metavar="BACKUP", type=Path)

    def handle(self, *, backup: Path, **options: Any) -> None:
        manifest = backups.read_manifest(backup)
        backups.refuse_wrong_place(manifest)
        backups.restore_database(backup)
        call_command("migrate", verbosity=0)
        self.stdout.write(f"Restored as it stood at {manifest['made_at']} (version {manifest['version']}).")
        found = list(find_breaches(timezone.now()))
        for sentence in found:
            self.stdout.write(sentence)
        self.stdout.write(
            quantity(len(found), "thing is wrong", "things are wrong") + "." if found else "Nothing wrong."
        )
        if not self._opens():
            found.append("")
        if found:
            sys.exit(1)

    def _opens(self) -> bool:
        """Whether the page of the family that was written to last opens, by the address that it has."""
        now = timezone.now()
        links = FamilyLink.objects.filter(revoked_at=None).order_by("-pk").select_related("course")
        link = next((link for link in links if is_alive(link, now)), None)
        if link is None:
            self.stdout.write("No family has a page at the moment.")
            return True
        opens = find_page(page_token(link), now) == link
        self.stdout.write("A family’s page opens." if opens else "A family’s page does not open.")
        return opens
