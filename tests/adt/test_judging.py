"""Whom a message is about, where numbers, names and days of birth of several children are near each other."""

from datetime import timedelta

import pytest
from django.utils import timezone

from patients.models import Patient
from scheduling.adt.receiving import receive
from scheduling.merging.merge import merge
from scheduling.models import AdtMessage, AdtState, Task
from tests import builders
from tests.builders.hl7 import a31, adt, pid, stamp

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def unit(settings):
    settings.ADT_PORT = 2575
    return builders.unit()


@pytest.fixture
def child(unit):
    found = builders.patient("Amy Lark")
    builders.contact(found)
    builders.course(found, unit)
    return found


@pytest.fixture
def twin(child):
    found = builders.patient("Bea Lark")
    Patient.objects.filter(pk=found.pk).update(birth_date=child.birth_date)
    found.refresh_from_db()
    return found


def take(raw: bytes) -> AdtMessage:
    assert receive(raw, "test").code == "AA"
    return AdtMessage.objects.order_by("pk").last()


def merged(child, gone, numbers, at=None, **fields) -> bytes:
    at = stamp(at or timezone.now())
    numbers = "~".join([f"{each}^^^RXX^MR" for each in numbers] + [f"{child.nhs_number}^^^NHS^NH"])
    return adt("A40", pid(child, numbers=numbers, **fields), f"MRG|{gone}^^^RXX^MR", at=at)


def numbers_of(child) -> tuple[str, set[str]]:
    child.refresh_from_db()
    return child.hospital_number, {each.number for each in child.former_numbers.all()}


def test_the_child_found_by_the_nhs_number_gets_the_number_of_the_record_that_stays(child):
    first = child.hospital_number
    message = take(merged(child, first, ["K2NEW", "K2B"]))
    assert message.state == AdtState.CHANGED
    assert numbers_of(child) == ("K2NEW", {first, "K2B"})
    assert Patient.objects.with_number("K2B") == Patient.objects.with_number("K2NEW") == child


def test_a_merge_that_is_turned_round_ends_at_the_first_number_and_a_replay_changes_none(child):
    first, now = child.hospital_number, timezone.now()
    take(merged(child, first, ["K3"], now - timedelta(hours=3)))
    take(merged(child, "K3", [first], now - timedelta(hours=2)))
    assert numbers_of(child)[0] == first
    assert Patient.objects.with_number("K3") == child
    late = take(merged(child, first, ["K3"], now - timedelta(hours=3)))
    assert numbers_of(child)[0] == first
    assert late.sentences == ["A later message made records one already, so this one changes no number."]
    # It says nothing of the name, so an older one about that still counts.
    assert take(a31(child, name="Wren^Amy", at=now - timedelta(hours=4))).state == AdtState.CHANGED


def test_an_older_merge_does_not_undo_what_a_person_made_of_a_later_one(child, coordinator):
    first, now = child.hospital_number, timezone.now()
    other = builders.patient("Amy Lark")
    take(merged(child, other.hospital_number, [first], now - timedelta(hours=2)))
    merge(kept=child, gone=other, from_gone=[], by=coordinator)
    take(merged(child, first, [other.hospital_number], now - timedelta(hours=3)))
    assert numbers_of(child)[0] == first


def test_a_new_number_for_a_former_one_is_not_dropped(child):
    first = child.hospital_number
    take(merged(child, first, ["K2"]))
    take(merged(child, first, ["K9"]))
    assert numbers_of(child) == ("K2", {first, "K9"})


def test_the_hospital_numbers_of_two_children_are_a_question(child, twin):
    numbers = f"{child.hospital_number}^^^RXX^MR~{twin.hospital_number}^^^RXX^PI"
    message = take(a31(child, numbers=numbers, name="Lark^Bea", died="Y"))
    assert "numbers of two children here" in message.questions[1]["says"]
    assert set(Patient.objects.values_list("name", "restricted")) == {
        ("Amy Lark", False),
        ("Bea Lark", False),
    }


@pytest.mark.parametrize(
    ("name", "becomes"),
    [
        ("Lark^Bea", "Amy Lark"),
        ("Lark^Am", "Amy Lark"),
        ("Amy^Bea", "Amy Lark"),
        ("Wren^Amy", "Amy Wren"),
        ("Lark^Amy Jo", "Amy Jo Lark"),
    ],
)
def test_a_name_changes_by_itself_only_if_a_first_name_stays(child, name, becomes):
    message = take(a31(child, name=name))
    child.refresh_from_db()
    assert child.name == becomes
    assert (message.state == AdtState.QUESTION) == (becomes == "Amy Lark")


def test_a_first_name_that_another_child_born_that_day_has_too_is_a_question(child, twin):
    Patient.objects.filter(pk=child.pk).update(name="Amy Bea Lark", search_name="amy bea lark")
    message = take(a31(child, name="Lark^Bea"))
    assert message.questions[0]["says"] == (
        "Another child here was born on the same day and has the first name in the message. Nothing was "
        "changed."
    )
    child.refresh_from_db()
    assert child.name == "Amy Bea Lark"


def test_the_death_of_a_twin_asks_about_whom_no_nhs_number_tells_apart(child, twin):
    Patient.objects.filter(pk=twin.pk).update(nhs_number=None)
    numbers = f"X1^^^RXX^MR~{builders.a_valid_nhs_number(910)}^^^NHS^NH"
    message = take(a31(twin, numbers=numbers, died="Y"))
    assert (message.patient, message.questions[0]["about"]) == (twin, "a death")


@pytest.mark.parametrize("field", [{"died": "Y"}, {"died_at": "20270601"}])
def test_a_death_in_a_message_about_two_records_stops_messages(child, field):
    take(merged(child, "OLD1", [child.hospital_number], **field))
    child.refresh_from_db()
    assert child.restricted
    assert Task.objects.get().kind == "died"


def test_a_death_in_a_message_about_two_records_here_stops_messages_to_whom_it_names(child):
    other = builders.patient("Amy Lark")
    message = take(merged(child, other.hospital_number, [child.hospital_number], died="Y"))
    assert [each["about"] for each in message.questions] == ["a death", "two records"]
    assert set(Patient.objects.filter(restricted=True)) == {child}


def test_a_death_under_another_nhs_number_is_a_task_and_no_more(child):
    numbers = f"{child.hospital_number}^^^RXX^MR~{builders.a_valid_nhs_number(911)}^^^NHS^NH"
    take(adt("A40", pid(child, numbers=numbers, died="Y"), "MRG|OLD1^^^RXX^MR"))
    take(a31(child, numbers=numbers, died="Y"))
    assert not Patient.objects.filter(restricted=True).exists()
    assert "may be this child" in Task.objects.get(kind="died").says


def test_a_death_where_two_records_do_not_agree_is_a_task_and_no_more(child):
    take(merged(child, "OLD1", [child.hospital_number], died="Y", born="20100101", name="Wren^Cleo"))
    raw = a31(child, numbers=f"{child.hospital_number}^^^RXX^MR", born="20100101", name="Wren^Cleo", died="Y")
    Task.objects.all().delete()
    AdtMessage.objects.all().delete()
    Patient.objects.update(restricted=False, restricted_because="")
    take(raw)
    child.refresh_from_db()
    assert not child.restricted
    died = Task.objects.get(kind="died")
    assert "somebody has died who may be this child" in died.says
