"""Both logs name their actor, share the fate of what they record, and cannot be rewritten."""

import re

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from patients import audit
from patients.acts import PatientAct
from patients.models import AccessEvent, AuditEvent, Contact, Patient
from patients.stale import Clash
from tests import builders

LOGS = [AuditEvent, AccessEvent]


@pytest.fixture
def a_row_in_each_log(coordinator):
    patient = builders.patient()
    audit.record(PatientAct.PATIENT_ADDED, by=coordinator, on=patient, patient=patient)
    audit.looked_at("patients:show_patient", by=coordinator, patients=[patient])


@pytest.mark.parametrize("log", LOGS)
def test_the_database_refuses_to_change_a_log(log, a_row_in_each_log):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        log.objects.update(actor_name="Somebody else")


@pytest.mark.parametrize("log", LOGS)
def test_the_database_refuses_to_delete_from_a_log(log, a_row_in_each_log):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        log.objects.all().delete()


# %(table)s is the log, %(others)s its other columns.
ON_BOTH = [
    "DELETE FROM %(table)s",
    "UPDATE %(table)s SET actor_name = 'x'",
    "INSERT INTO %(table)s SELECT * FROM %(table)s WHERE true"
    " ON CONFLICT (id) DO UPDATE SET actor_name = 'x'",
]
ON_SQLITE = [
    "REPLACE INTO %(table)s SELECT * FROM %(table)s",
    "INSERT OR REPLACE INTO %(table)s (id, %(others)s) SELECT id, %(others)s FROM %(table)s",
    "UPDATE OR REPLACE %(table)s SET id = id + 1",
]
ON_POSTGRESQL = ["TRUNCATE %(table)s"]


@pytest.mark.parametrize("log", LOGS)
def test_the_database_refuses_plain_sql_too(log, a_row_in_each_log):
    others = ", ".join(field.column for field in log._meta.concrete_fields if not field.primary_key)
    of_this_engine = ON_SQLITE if connection.vendor == "sqlite" else ON_POSTGRESQL
    before = list(log.objects.values())
    for sql in ON_BOTH + of_this_engine:
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            connection.cursor().execute(sql % {"table": log._meta.db_table, "others": others})
    assert list(log.objects.values()) == before


def test_a_write_by_nobody_is_refused(db):
    patient = builders.patient()
    with pytest.raises(ValueError, match="names its actor"):
        audit.record(PatientAct.PATIENT_ADDED, by=AnonymousUser(), on=patient, patient=patient)


@pytest.mark.parametrize(
    ("act", "changes", "why"),
    [
        ("patient.added", {}, "no act"),
        ("patient.forgotten", {}, "no act"),
        (PatientAct.PATIENT_CHANGED, {"name": "Ada Finch"}, "“name” is no detail"),
        (PatientAct.PATIENT_CHANGED, {"shoes": ["34", "35"]}, "“shoes” is no detail"),
        (PatientAct.PATIENT_ADDED, {"name": ["Ada Lark", "Ada Finch"]}, "“name” is no detail"),
        (PatientAct.PATIENT_REMOVED, {"name": ["Ada Lark", "Ada Finch"]}, "“name” is no detail"),
        (PatientAct.USER_ROLES_CHANGED, {}, "“roles” is missing"),
        (PatientAct.USER_ROLES_CHANGED, {"roles": ["lead", "nurse"]}, "“roles” is not NAMES"),
        (PatientAct.USER_PASSWORD_RESET, {"password": [None, "secret"]}, "“password” is no detail"),
    ],
)
def test_an_unknown_act_and_details_of_another_shape_are_refused(act, changes, why, coordinator):
    patient = builders.patient()
    with pytest.raises(ValueError, match=why):
        audit.record(act, by=coordinator, on=patient, patient=patient, changes=changes)
    assert not AuditEvent.objects.exists()


def test_a_row_of_which_no_act_says_that_it_was_saved_is_not_saved(coordinator):
    group = Group(name="Guests")
    with pytest.raises(ValueError, match=r"group\.added is no act"):
        audit.save(group, by=coordinator)
    assert not Group.objects.filter(name="Guests").exists()


def test_saving_writes_down_what_changed_from_what_to_what(coordinator):
    patient = builders.patient("Ada Lark")
    patient.name = "Ada Finch"
    audit.save(patient, by=coordinator)
    event = AuditEvent.objects.get()
    assert event.changes == {"name": ["Ada Lark", "Ada Finch"]}
    assert (event.action, event.actor_name, event.patient_id) == (
        "patient.changed",
        "Cora Coordinator",
        patient.pk,
    )


def test_saving_what_did_not_change_writes_nothing(coordinator):
    patient = builders.patient()
    assert not audit.save(patient, by=coordinator)
    assert not AuditEvent.objects.exists()


def test_a_row_whose_log_fails_is_not_saved(coordinator, monkeypatch):
    patient = builders.patient("Ada Lark")

    def fail(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(audit, "record", fail)
    patient.name = "Ada Finch"
    with pytest.raises(RuntimeError):
        audit.save(patient, by=coordinator)
    patient.refresh_from_db()
    assert patient.name == "Ada Lark"


def test_removing_keeps_the_last_values(coordinator):
    contact = builders.contact(builders.patient(), "Mia Lark")
    audit.delete(contact, by=coordinator, patient=contact.patient_id)
    assert AuditEvent.objects.get().changes["name"] == ["Mia Lark", None]


def test_a_list_of_children_leaves_one_access_row(coordinator):
    children = [builders.patient(name) for name in ("Ada Lark", "Ben Wren", "Cleo Tern")]
    audit.looked_at("scheduling:list_waiting", by=coordinator, patients=[*children, children[0]])
    row = AccessEvent.objects.get()
    assert row.seen == [child.pk for child in children]
    assert all(row in AccessEvent.objects.of_child(child.pk) for child in children)
    for other in (0, children[0].pk + 1000, int(f"{children[0].pk}0")):
        assert row not in AccessEvent.objects.of_child(other)


@pytest.mark.django_db
def test_the_looks_at_a_child_are_found_without_reading_all_others():
    if connection.vendor == "postgresql":
        # Else it reads a short table as a whole.
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    asked = AccessEvent.objects.of_children([4, 17]).explain()
    assert not re.search(r"Seq Scan|SCAN patients_accessevent( |$)", asked, re.MULTILINE), asked


def test_a_list_without_a_child_leaves_one_access_row(coordinator):
    audit.looked_at("scheduling:list_waiting", by=coordinator)
    assert AccessEvent.objects.get().patient_id is None


def test_a_row_that_is_gone_is_neither_saved_anew_nor_removed_twice(coordinator):
    contact = builders.contact(builders.patient(), "Mia Lark")
    Contact.objects.all().delete()
    contact.name = "Mia Finch"
    for write in (audit.save, audit.delete):
        with pytest.raises(Clash, match="The contact was removed by somebody else"):
            write(contact, by=coordinator)
    assert not Contact.objects.exists()
    assert not AuditEvent.objects.exists()


def test_a_removed_row_leaves_the_values_it_had_not_those_in_memory(coordinator):
    contact = builders.contact(builders.patient(), "Mia Lark")
    Contact.objects.update(name="Mia Finch")
    audit.delete(contact, by=coordinator)
    assert AuditEvent.objects.get().changes["name"] == ["Mia Finch", None]


@pytest.mark.parametrize("write", [audit.save, audit.delete])
def test_a_row_is_locked_from_the_look_at_it_to_the_write(write, coordinator):
    patient = builders.patient()
    with CaptureQueriesContext(connection) as queries:
        write(patient, by=coordinator)
    look = next(query["sql"] for query in queries if f'FROM "{Patient._meta.db_table}"' in query["sql"])
    if connection.vendor == "sqlite":
        # The whole file is locked when the transaction starts.
        assert connection.settings_dict["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    else:
        assert look.endswith("FOR UPDATE")
