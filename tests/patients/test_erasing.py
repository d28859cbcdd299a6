"""Whoever owns the database cannot hide an edit of the log behind an erasure, real or made up."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from patients import audit, chain, erasing
from patients.acts import PatientAct
from patients.models import AuditChainRow, AuditEvent, ErasedBecause, ErasedLogRow, Erasure, Patient
from scheduling.doctor.breaches import find_breaches
from tests import builders
from tests.owner import as_owner

pytestmark = pytest.mark.django_db
LOG = AuditEvent._meta.db_table


def never() -> bool:
    return False


def found() -> list[str]:
    """What the doctor says, but that the guards are gone which the owner has dropped."""
    return [each for each in find_breaches(timezone.now()) if "has lost its guard" not in each]


@pytest.fixture
def child(nurse) -> Patient:
    """A child with three acts in the log, another with one; all chained."""
    child, other = builders.patient("Ada Lark"), builders.patient("Otto Larch")
    for needs in ("Hoist", "Cubicle", "Play specialist"):
        child.needs = needs
        audit.save(child, by=nurse)
    other.needs = "None"
    audit.save(other, by=nurse)
    chain.chain_new_rows(stopping=never)
    return child


def noted(child, lead) -> Erasure:
    """The record is gone, and the log says so."""
    counts = {"courses": 0, "visits": 0, "messages": 0}
    erasure = erasing.note(child, because=ErasedBecause.ASKED, reason="Asked", counts=counts, by=lead)
    Patient.objects.filter(pk=child.pk).delete()
    return erasure


@pytest.fixture
def erased(child, lead) -> list[int]:
    """The log rows of the child, which was erased and taken out of the log."""
    erasure = noted(child, lead)
    chain.chain_new_rows(stopping=never)
    call_command("erase_from_logs", stdout=StringIO())
    chain.chain_new_rows(stopping=never)
    assert found() == []
    return list(erasure.log_rows.order_by("event_id").values_list("event_id", flat=True))


def test_the_chain_still_holds_and_no_detail_is_left(erased):
    assert len(erased) == 3
    rows = AuditEvent.objects.filter(pk__in=erased)
    assert {(row.actor_name, str(row.changes), row.salt) for row in rows} == {("Nia Nurse", "{}", "")}
    assert erasing.check().rows == set(erased)


def test_nobody_finds_the_details_by_trying_which_make_the_digest(child, erased):
    """The digest of the whole row stays in the chain: chance that is erased with the details hides them."""
    row = AuditEvent.objects.get(pk=erased[0])
    row.changes = {"needs": ["", "Hoist"]}
    place = AuditChainRow.objects.get(event=row)
    before = AuditChainRow.objects.filter(number=place.number - 1).first()
    assert chain.digest_of(row, before.digest if before else chain.FIRST) != place.digest


@pytest.mark.parametrize(
    "edit",
    [
        "actor_name = 'Somebody else'",
        "action = 'patient.added'",
        "patient_id = 4711",
        "at = '2020-01-01T00:00:00Z'",
    ],
)
def test_an_erased_row_that_the_owner_changes_is_found(erased, edit):
    as_owner(f"UPDATE {LOG} SET {edit} WHERE id = %s", erased[1])
    said = found()
    assert f"The log of acts: row {erased[1]} was changed." in said
    assert any("are not those that it says" in each for each in said)


def test_new_details_in_an_erased_row_are_found(erased):
    as_owner(f"UPDATE {LOG} SET changes = %s WHERE id = %s", '{"needs": ["", "Nothing"]}', erased[1])
    assert found() == [f"The log of acts: row {erased[1]} was changed."]


def test_a_row_about_somebody_else_cannot_be_put_under_an_erasure(erased):
    other = AuditEvent.objects.filter(action="patient.changed").exclude(pk__in=erased).get()
    ErasedLogRow.objects.create(erasure=Erasure.objects.get(), event=other)
    as_owner(f"UPDATE {LOG} SET changes = '{{}}', salt = '' WHERE id = %s", other.pk)
    said = found()
    assert f"The log of acts: row {other.pk} was changed." in said
    assert any("are not those that it says" in each for each in said)


def test_an_erasure_that_no_act_tells_of_explains_nothing(child):
    made_up = Erasure.objects.create(
        patient_id=child.pk, at=timezone.now(), by_name="Nobody", because="asked"
    )
    rows = AuditEvent.objects.filter(patient_id=child.pk)
    ErasedLogRow.objects.bulk_create(ErasedLogRow(erasure=made_up, event=row) for row in rows)
    with pytest.raises(CommandError, match="are not those that it says"):
        call_command("erase_from_logs")
    as_owner(f"UPDATE {LOG} SET changes = '{{}}', salt = '' WHERE patient_id = %s", child.pk)
    assert len(found()) == 1 + rows.count()


def test_a_child_that_was_erased_and_is_there_and_one_erased_on_hold_are_found(child, erased, lead):
    Patient.objects.create(pk=child.pk, name="Ada Lark", birth_date="2015-01-01", hospital_number="K1")
    assert found() == [f"Child {child.pk} was erased, and its record is there."]
    Patient.objects.all().delete()
    held = builders.patient()
    for act in (PatientAct.LEGALHOLD_ADDED, PatientAct.PATIENT_ERASED):
        AuditEvent.objects.create(
            at=timezone.now(), actor_name="Lee", action=act, record="patient", patient_id=held.pk
        )
    assert f"Child {held.pk} was erased while its record was on legal hold." in found()


def test_rows_from_before_there_was_a_salt_are_in_the_chain_as_they_were(child, lead):
    as_owner(f"UPDATE {LOG} SET salt = ''")
    as_owner("DELETE FROM patients_auditchainrow")
    chain.chain_new_rows(stopping=never)
    assert found() == []
    row = AuditEvent.objects.filter(patient_id=child.pk).first()
    before = chain.digest_of(row, "")
    row.salt = "anything"
    assert chain.digest_of(row, "") != before


def test_the_guard_of_the_log_stands_again_afterwards(erased):
    for attempt in (AuditEvent.objects.all().delete, lambda: AuditEvent.objects.update(actor_name="Me")):
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()


def test_only_the_owner_of_the_tables_takes_details_out_of_the_log(child, lead):
    key = child.pk
    noted(child, lead)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("CREATE ROLE daycase_app")
            call_command("grant_app", "daycase_app", stdout=StringIO())
            cursor.execute("SET LOCAL ROLE daycase_app")
            with pytest.raises(CommandError, match="may not change the log"), transaction.atomic():
                call_command("erase_from_logs")
            cursor.execute("RESET ROLE")
            assert AuditEvent.objects.filter(patient_id=key, changes__has_key="needs").exists()
    call_command("erase_from_logs", stdout=StringIO())
    assert not AuditEvent.objects.filter(patient_id=key, changes__has_key="needs").exists()
