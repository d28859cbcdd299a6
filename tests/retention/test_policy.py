"""Until when a record is kept, and what the worker and the command do about those that are due."""

from datetime import date, timedelta
from io import StringIO

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.utils import timezone

from crmo_clinic.nhsuk.wording import birthday
from patients import legal_hold
from patients.models import Erasure, Patient
from scheduling.answers.kept_mails import forget_old_mails
from scheduling.models import IncomingMail
from scheduling.retention.job import A_DAY, erase_due
from scheduling.retention.kinds import kinds
from scheduling.retention.policy import due, kept, kept_until
from tests import builders
from tests.builders.reviews import review

pytestmark = pytest.mark.django_db
BORN = date(2000, 2, 29)


@pytest.mark.parametrize(
    ("last_seen", "until"),
    [
        (None, date(2025, 3, 1)),
        (date(2017, 2, 28), date(2025, 3, 1)),
        # 17 from 1 March 2017, 18 from 1 March 2018.
        (date(2017, 3, 1), date(2026, 3, 1)),
        (date(2018, 2, 28), date(2026, 3, 1)),
        (date(2018, 3, 1), date(2026, 3, 1)),
        (date(2019, 5, 6), date(2027, 5, 6)),
    ],
)
def test_until_25_or_26_or_for_eight_years_after_the_last_visit_of_an_adult(last_seen, until):
    assert kept(Patient(birth_date=BORN), last_seen).until == until


def born(age: int, **fields) -> Patient:
    """A child who has that birthday today."""
    return builders.patient(birth_date=birthday(timezone.localdate(), -age), **fields)


def test_due_are_those_whose_time_is_over_and_nobody_with_a_course_to_come_or_on_hold(lead):
    today, unit = timezone.localdate(), builders.unit()
    young, over = born(24), born(25, name="Ada Over")
    to_come, held = born(26, name="Bea Waits"), born(26, name="Cal Held")
    builders.course(to_come, unit)
    legal_hold.place(patient=held, because="A claim", by=lead)
    seen = born(25, name="Dee Seen")
    review(seen, on=birthday(today, -7))
    visited = born(30, name="Eve Visited")
    builders.past_course(visited, unit, birthday(today, -13))
    assert [record.patient for record in due(today)] == [visited, over]
    assert kept_until(seen, today).until == birthday(birthday(today, -7), 8)
    assert kept_until(young, today).until > today
    legal_hold.lift(patient=held, because="Settled", by=lead)
    assert held in [record.patient for record in due(today)]


def test_the_worker_erases_only_where_it_is_switched_on_and_few_a_day(settings):
    for number in range(A_DAY + 2):
        born(26, name=f"Ada {number}")
    assert erase_due() is None
    assert Patient.objects.count() == A_DAY + 2
    settings.ERASE_OLD_RECORDS = True
    assert str(erase_due()) == f"Old records: {A_DAY} erased, 0 could not be."
    assert str(erase_due()) == "Old records: 2 erased, 0 could not be."
    assert not erase_due()
    assert {erasure.because for erasure in Erasure.objects.all()} == {"age"}


def test_what_is_due_of_every_other_kind_is_counted(settings):
    long_ago = timezone.now() - timedelta(days=settings.KEEP_MAILS_DAYS + 1)
    for number, moment in enumerate((long_ago, long_ago, timezone.now())):
        IncomingMail.objects.create(
            message_id=f"<{number}@a.example>", outcome="ignored", mime=b"words", received_at=moment
        )
    Session.objects.create(session_key="a" * 32, session_data="", expire_date=long_ago)
    Session.objects.create(session_key="b" * 32, session_data="", expire_date=timezone.now() + timedelta(1))
    assert [kind.due for kind in kinds(timezone.now()) if kind.due is not None] == [0, 2, 1]
    forget_old_mails(timezone.now())
    assert [kind.due for kind in kinds(timezone.now()) if kind.due is not None] == [0, 0, 1]


def test_the_command_counts_and_changes_nothing_and_names_nobody(settings, lead):
    child = born(25, name="Ada Over")
    held = born(26, name="Cal Held")
    legal_hold.place(patient=held, because="A claim", by=lead)
    out = StringIO()
    call_command("retention", stdout=out)
    said = out.getvalue()
    assert "1 record is due to be erased." in said
    assert "Due now: 1." in said.splitlines()[0]
    assert f"Child {child.pk}: kept until the 25th birthday, {timezone.localdate():%-d %B %Y}." in said
    assert "1 record is on legal hold." in said
    assert "The worker erases nothing by itself" in said
    assert "Ada" not in said and "Cal" not in said
    assert Patient.objects.count() == 2
    with pytest.raises(CommandError, match="ERASE_OLD_RECORDS is not set"):
        call_command("retention", "--erase")
    settings.ERASE_OLD_RECORDS = True
    out = StringIO()
    call_command("retention", "--erase", stdout=out)
    assert out.getvalue() == "Old records: 1 erased, 0 could not be.\n"
    assert list(Patient.objects.all()) == [held]
