"""`manage.py retention`: how long things are kept, and which records are due; only `--erase` changes any."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from crmo_clinic.nhsuk.wording import plain_date, quantity
from patients import legal_hold
from patients.audit import System
from patients.models import Erasure
from scheduling.retention.job import A_DAY, erase_due
from scheduling.retention.kinds import kinds
from scheduling.retention.policy import due


class Command(BaseCommand):
    help = (
        "Says how long everything is kept, and counts the children's records whose time is over, each by the "
        "number of the child. Names are on the page “How long records are kept”, for the lead."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--erase",
            action="store_true",
            help=f"erase those that are due, {A_DAY} at most, as the worker does",
        )

    def handle(self, *, erase: bool, **options: Any) -> None:
        if erase:
            if not settings.ERASE_OLD_RECORDS:
                raise CommandError("Nothing was erased: ERASE_OLD_RECORDS is not set to “yes”.")
            self.stdout.write(str(erase_due(by=System("retention"))))
            return
        now = timezone.now()
        for kind in kinds(now):
            goes = "" if kind.due is None else f" Due now: {kind.due}."
            self.stdout.write(f"{kind.what}: {kind.how_long}{goes}")
        records = due(timezone.localdate(now))
        self.stdout.write(f"{quantity(len(records), 'record is', 'records are')} due to be erased.")
        for record in records:
            self.stdout.write(
                f"Child {record.patient.pk}: kept {record.because}, {plain_date(record.until)}."
            )
        self.stdout.write(
            f"{quantity(legal_hold.in_force().count(), 'record is', 'records are')} on legal hold."
        )
        waiting = Erasure.objects.filter(log_done_at=None).count()
        said = quantity(waiting, "erased child is", "erased children are")
        self.stdout.write(f"{said} still in the log of acts.")
        if not settings.ERASE_OLD_RECORDS:
            self.stdout.write("The worker erases nothing by itself: ERASE_OLD_RECORDS is not set.")
