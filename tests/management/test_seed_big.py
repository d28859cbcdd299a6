"""The big Trust for measuring: lawful, the same each time, and never in production."""

from datetime import date, datetime
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import override_settings
from django.utils import timezone

from patients.models import AccessEvent, AuditEvent, Patient
from scheduling.doctor.breaches import find_breaches
from scheduling.management.commands.worker import JOBS, SELDOM
from scheduling.management.statistics import gather_statistics
from scheduling.models import Booking, Course, Message, Session, Task, Unit
from scheduling.states import MessageStatus


def seeded(**sizes: int) -> list:
    """Who comes when and where, of a Trust of two units with two chairs each."""
    call_command("seed_big", **{"units": 2, "chairs": 2, "courses": 240} | sizes, stdout=StringIO())
    return list(
        Booking.objects.order_by("pk").values_list(
            "chair__name", "starts_at", "session__course__patient__hospital_number"
        )
    )


@pytest.mark.django_db
def test_a_trust_of_the_asked_size_breaks_no_rule():
    seeded()
    assert Unit.objects.count() == 2
    assert Course.objects.exclude(status="waiting").count() == 240 and Session.objects.count() == 480
    today = timezone.localdate()
    assert Session.objects.filter(day__lt=today).exists() and Session.objects.filter(day__gt=today).exists()
    assert Message.objects.filter(status=MessageStatus.FAILED).exists() and Task.objects.open().exists()
    assert AuditEvent.objects.count() > 240 * 15 and AccessEvent.objects.count() == 240 * 15
    assert bytes(Message.objects.first().mime).startswith(b"From: ")
    assert not list(find_breaches(timezone.now()))[:5]


@pytest.mark.django_db
def test_the_same_day_and_size_give_the_same_rows():
    found = []
    for hour in (8, 17):
        with time_machine.travel(datetime(2027, 3, 3, hour), tick=False), transaction.atomic():
            found.append(seeded(courses=40))
            transaction.set_rollback(True)
    assert found[0] == found[1] and len(found[0]) == 80


@pytest.mark.django_db
def test_it_neither_mixes_with_other_data_nor_runs_in_production():
    Patient.objects.create(name="Ada Lark", birth_date=date(2015, 6, 13), hospital_number="K1")
    with pytest.raises(CommandError, match="in use"):
        seeded()
    Patient.objects.all().delete()
    with override_settings(PRODUCTION=True), pytest.raises(CommandError, match="production"):
        seeded()
    assert not Unit.objects.exists()


@pytest.mark.django_db
def test_sqlite_is_told_how_its_tables_are_filled():
    """By the worker, once a day; PostgreSQL sees to that itself."""
    assert gather_statistics in JOBS and SELDOM[gather_statistics] == 24 * 3600
    gather_statistics()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM sqlite_stat1")
            assert cursor.fetchone()[0] > 0
