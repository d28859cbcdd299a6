"""`manage.py doctor`: is any rule broken anywhere?"""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from crmo_clinic.nhsuk.wording import quantity
from scheduling.doctor import find_breaches


class Command(BaseCommand):
    help = "Looks for every breach of the rules in the database and says each in a sentence; changes nothing."

    def handle(self, **options: Any) -> None:
        found = 0
        for found, sentence in enumerate(find_breaches(timezone.now()), start=1):  # noqa: B007
            self.stdout.write(sentence)
        if found:
            self.stdout.write(quantity(found, "thing is wrong", "things are wrong") + ".")
            sys.exit(1)
        self.stdout.write("Nothing wrong.")
