"""`manage.py erase_from_logs`: the second half of an erasure, run by whoever owns the tables of the logs."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError

from crmo_clinic.nhsuk.wording import quantity
from patients import audit, erasing
from patients.chain import chain_new_rows
from patients.errors import Refused


class Command(BaseCommand):
    help = (
        "Takes the details of erased children out of the log of acts; who did what, and when, stays. Run it "
        "each night as the owner of the tables: the app itself cannot change a row of a log."
    )

    def handle(self, **options: Any) -> None:
        try:
            chain_new_rows(stopping=bool)
            done = erasing.finish(by=audit.System("erase_from_logs"))
        except Refused as refusal:
            raise CommandError(f"{refusal} Nothing was changed: run doctor.") from None
        except ProgrammingError:
            raise CommandError(
                "This role may not change the log. Run it with the owner of the tables in DATABASE_URL."
            ) from None
        children = quantity(len(done), "child", "children")
        self.stdout.write(f"The log of acts has lost the details of {children}.")
