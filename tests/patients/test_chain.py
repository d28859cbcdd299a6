"""Nobody rewrites a log unseen: not whoever has the app's role, and not the owner of the database."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from patients import audit, chain
from patients.models import AccessChainRow, AccessEvent, AuditChainRow, AuditEvent
from scheduling.doctor.breaches import find_breaches
from tests import builders
from tests.owner import as_owner

pytestmark = pytest.mark.django_db

LOGS = {"log of acts": AuditEvent, "log of looks": AccessEvent}


def never() -> bool:
    return False


@pytest.fixture
def rows(nurse):
    """Five rows in each log, all chained; more were chained in an earlier round."""
    child = builders.patient("Ada Lark")
    for number in range(6):
        child.needs = f"Hoist {number}"
        audit.save(child, by=nurse)
        audit.looked_at("patients:show_patient", by=nurse, patients=[child])
        if number == 0:
            chain.chain_new_rows(stopping=never)
    chain.chain_new_rows(stopping=never)
    assert found() == []


def found(heads=None) -> list[str]:
    return [each for each in find_breaches(timezone.now(), heads) if each.startswith("The log of")]


def nth(model, number: int) -> int:
    return model.objects.order_by("pk").values_list("pk", flat=True)[number - 1]


@pytest.mark.parametrize(("word", "model"), LOGS.items())
def test_the_doctor_finds_a_row_that_the_owner_changed(rows, word, model):
    pk = nth(model, 3)
    as_owner(f"UPDATE {model._meta.db_table} SET actor_name = 'Somebody else' WHERE id = %s", pk)
    assert found() == [f"The {word}: row {pk} was changed."]


@pytest.mark.parametrize(("word", "model"), LOGS.items())
def test_the_doctor_finds_a_row_that_the_owner_deleted(rows, word, model):
    pk = nth(model, 3)
    as_owner(f"DELETE FROM {model._meta.db_table} WHERE id = %s", pk)
    assert found() == [f"The {word}: row {pk} was deleted."]


@pytest.mark.parametrize(("word", "model"), LOGS.items())
def test_the_doctor_finds_a_row_that_was_deleted_with_its_place_in_the_chain(rows, word, model):
    pk, (_, chain_rows, _) = nth(model, 3), next(log for log in chain.LOGS if log.word == word)
    as_owner(f"DELETE FROM {chain_rows._meta.db_table} WHERE event_id = %s", pk)
    as_owner(f"DELETE FROM {model._meta.db_table} WHERE id = %s", pk)
    assert found() == [f"The {word}: rows 3 to 3 of its chain were deleted."]


def test_the_doctor_finds_rows_that_were_inserted(rows, nurse):
    long_ago = timezone.now() - timedelta(days=30)
    AccessEvent.objects.create(at=long_ago, actor_id=nurse.pk, actor_name=nurse.name, page="home")
    late = AccessEvent.objects.latest("pk").pk
    chain.chain_new_rows(stopping=never)
    assert found() == [f"The log of looks: row {late} was inserted later than its time says."]


def test_the_doctor_finds_a_row_that_was_put_between(rows, nurse):
    long_ago = timezone.now() - timedelta(days=30)
    AccessEvent.objects.create(pk=-5, at=long_ago, actor_id=nurse.pk, actor_name=nurse.name, page="home")
    assert found() == ["The log of looks: row -5 was inserted, or is not in its chain."]


def test_a_chain_made_anew_does_not_lead_through_what_was_printed(rows):
    printed = chain.say_heads(stopping=never)
    assert printed.startswith("The logs end with: log of acts 6 ")
    assert found(chain.read_heads(printed)) == []
    pk = nth(AuditEvent, 3)
    as_owner("UPDATE patients_auditevent SET actor_name = 'Somebody else' WHERE id = %s", pk)
    as_owner("DELETE FROM patients_auditchainrow")
    chain.chain_new_rows(stopping=never)
    assert found() == [], "whoever owns the database can make the chain anew"
    said = "The log of acts: its chain does not lead through row 6, as it was printed."
    assert found(chain.read_heads(printed)) == [said]
    screen = StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", head=printed, stdout=screen)
    assert said in screen.getvalue()


def test_a_row_that_was_committed_late_is_chained_after_those_before_it(rows, nurse):
    """On PostgreSQL keys are given when rows are written, not when they are committed."""
    first = AccessEvent.objects.latest("pk").pk
    for pk in (first + 2, first + 1):
        AccessEvent.objects.create(pk=pk, at=timezone.now(), actor_name="Nia Nurse", page="home")
        chain.chain_new_rows(stopping=never)
    assert AccessChainRow.objects.order_by("-number").values_list("event_id", flat=True)[0] == first + 1
    assert found() == []


def test_a_digest_takes_no_more_than_its_bytes(rows):
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(length(digest)) FROM patients_auditchainrow")
        assert cursor.fetchall() == [(32,)]
    last = AuditChainRow.objects.order_by("-number")[:1]
    assert chain.head_of(chain.ACTS).endswith(last[0].digest) and len(last[0].digest) == 64
    assert AuditChainRow.objects.filter(digest=last[0].digest).get() == last[0]
    # As `tests.releases` writes and loads it.
    field = AuditChainRow._meta.get_field("digest")
    assert field.to_python(field.value_to_string(last[0])) == last[0].digest


def test_new_rows_cost_as_many_queries_however_many_they_are(rows, nurse, django_assert_num_queries):
    for _ in range(30):
        audit.looked_at("home", by=nurse)
    # Acts, of which none is new: two. Looks: these two, the last, the rows, all written at once, a savepoint.
    with django_assert_num_queries(9):
        chain.chain_new_rows(stopping=never)


@pytest.mark.parametrize("model", [AuditEvent, AccessEvent, AuditChainRow])
def test_the_role_of_the_app_can_only_add_to_the_logs(rows, nurse, model):
    table, key = model._meta.db_table, model._meta.pk.column
    if connection.vendor != "postgresql":
        with pytest.raises(CommandError, match="Only PostgreSQL has roles"):
            call_command("grant_app", "daycase_app")
        return
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE daycase_app")
        call_command("grant_app", "daycase_app", stdout=StringIO())
        cursor.execute("SET LOCAL ROLE daycase_app")
        for attack in (
            f"UPDATE {table} SET {key} = {key}",
            f"DELETE FROM {table}",
            f"TRUNCATE {table}",
            f"ALTER TABLE {table} DISABLE TRIGGER USER",
            f"DROP TABLE {table}",
            f"DROP TRIGGER {table}_append_only ON {table}",
            f"DROP FUNCTION {table}_append_only()",
            "CREATE TABLE patients_other (id int)",
            "DELETE FROM django_migrations",
            "SET session_replication_role = replica",
        ):
            with pytest.raises(DatabaseError, match=r"permission denied|must be owner"), transaction.atomic():
                cursor.execute(attack)
        # And it can do its work.
        audit.looked_at("home", by=nurse)
        child = builders.patient("Ben Lark")
        child.needs = "Cubicle"
        audit.save(child, by=nurse)
        chain.chain_new_rows(stopping=never)
        assert found() == []
        cursor.execute("RESET ROLE")
