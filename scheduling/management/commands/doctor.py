"""`manage.py doctor`: is any rule broken anywhere?"""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from crmo_clinic.nhsuk.wording import quantity
from patients.chain import read_heads
from patients.erasing import check
from scheduling.doctor.breaches import find_breaches


class Command(BaseCommand):
    help = "Looks for every breach of the rules in the database and says each in a sentence; changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--head",
            default="",
            help="a line “The logs end with …” that the worker printed: the logs have to lead through it",
        )

    def handle(self, *, head: str, **options: Any) -> None:
        try:
            heads = read_heads(head) if head else {}
        except ValueError as fault:
            raise CommandError(str(fault)) from None
        found = 0
        for found, sentence in enumerate(find_breaches(timezone.now(), heads), start=1):  # noqa: B007
            self.stdout.write(sentence)
        if said := str(check()):
            self.stdout.write(said)
        if found:
            self.stdout.write(quantity(found, "thing is wrong", "things are wrong") + ".")
            sys.exit(1)
        self.stdout.write("Nothing wrong.")
