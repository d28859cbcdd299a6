"""A system written from the specification finds its way: course, days, child, contacts, messages, reviews."""

import json
from datetime import date, timedelta

import pytest
from django.utils import timezone

from patients.models import AccessEvent, AuditEvent
from scheduling.models import Message
from scheduling.states import MessageStatus
from tests import builders
from tests.builders.reviews import review
from tests.fhir.reading_system import valid

pytestmark = pytest.mark.django_db
NHS = "https://fhir.nhs.uk/Id/nhs-number"


def test_it_walks_from_course_to_days_to_child_to_contacts(system, course, child):
    (request,) = system.search("ServiceRequest", {"status": "active"})
    days = system.search("Appointment", {"based-on": f"ServiceRequest/{request['id']}"})
    assert [(day["status"], day["description"], day["minutesDuration"]) for day in days] == [
        ("booked", "Infusion, day 1 of 2", 240),
        ("booked", "Infusion, day 2 of 2", 240),
    ]
    first = builders.next_monday(2)
    assert [day["start"][:16] for day in days] == [f"{first + timedelta(n)}T09:00" for n in (0, 1)]
    who = {part["actor"]["reference"] for day in days for part in day["participant"]}
    reference, place = sorted(who, reverse=True)
    found = system.resource(reference)
    (number,) = (each for each in found["identifier"] if each["system"] == NHS)
    assert number["value"] == child.nhs_number
    assert number["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] == "02"
    assert {"use": "usual", "text": "Zebby"} in found["name"]
    assert (found["gender"], found["birthDate"]) == ("male", "2015-06-13")
    (contact,) = system.search("RelatedPerson", {"patient": reference})
    assert contact["patient"]["reference"] == reference
    assert contact["relationship"][0]["coding"][0]["code"] == "MTH"
    assert {each["system"] for each in contact["telecom"]} == {"phone", "email"}
    messages = system.search("Communication", {"patient": reference})
    assert {each["recipient"][0]["reference"] for each in messages} == {f"RelatedPerson/{contact['id']}"}
    assert [each["about"][0]["reference"] for each in messages] == [
        f"Appointment/{day['id']}" for day in days
    ]
    assert system.resource(place)["name"] == course.unit.name


def test_every_kind_of_resource_that_is_named_can_be_searched_and_read(system, course, child):
    review(child, pain=3, esr=5, esr_below=True, crp="300.5", crp_above=True, sites_examined=True)
    named = {each["type"]: each for each in system.capabilities["rest"][0]["resource"]}
    assert {f"system/{kind}.rs" for kind in named} == set(system.scope)
    for kind, what in named.items():
        assert {each["code"] for each in what["interaction"]} == {"read", "search-type"}
        found = system.search(kind, {"_count": 3})
        assert found, kind
        for each in found[:4]:
            assert system.resource(f"{kind}/{each['id']}") == each
        for each in what["searchParam"]:
            # Every parameter that is named is understood: nothing else passes a strict search.
            value = {"date": "ge1990", "token": "x", "reference": f"{kind}/1"}[each["type"]]
            answer = system.get(f"{kind}?{each['name']}={value}", prefer="handling=strict")
            assert answer.status_code == 200, (kind, each)


def test_a_review_is_values_without_a_judgement_and_without_its_note(system, course, child):
    made = review(
        child,
        on=date(2026, 3, 4),
        pain="2.5",
        esr=5,
        esr_below=True,
        sites_examined=True,
        mri_lesions=0,
        mri_on=date(2026, 3, 1),
        note="Rang the school",
    )
    wrong = review(child, pain=9, mistake="Another child's")
    empty = review(child)
    found = {each["id"]: each for each in system.search("Observation", {"patient": f"Patient/{child.pk}"})}
    first = found[str(made.pk)]
    assert [
        (each["code"]["text"], each.get("valueQuantity") or each["valueInteger"])
        for each in first["component"]
    ] == [
        (
            "Pain, 0 to 10",
            {"value": 2.5, "unit": "score", "system": "http://unitsofmeasure.org", "code": "{score}"},
        ),
        (
            "ESR",
            {
                "value": 5,
                "unit": "mm/h",
                "system": "http://unitsofmeasure.org",
                "code": "mm/h",
                "comparator": "<",
            },
        ),
        ("Active sites", 0),
        ("Active lesions on MRI", 0),
    ]
    assert "interpretation" not in json.dumps(found) and "Rang the school" not in json.dumps(found)
    assert found[str(wrong.pk)]["status"] == "entered-in-error"
    assert "component" not in found[str(empty.pk)]
    assert system.ids("Observation", {"status": "final"}) == [str(made.pk), str(empty.pk)]


def test_nothing_that_is_given_names_drug_disease_restriction_or_the_familys_page(system, course, child):
    everything = json.dumps(
        [system.search(kind) for kind in ("Communication", "Appointment", "ServiceRequest")]
    )
    for word in ("amidronate", "CRMO", "/family/", "MIME", "recurrence", "restricted", "Subject"):
        assert word not in everything
    bodies = b"".join(bytes(message.mime) for message in Message.objects.all())
    assert b"/family/" in bodies


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        (MessageStatus.QUEUED, "preparation"),
        (MessageStatus.SENT, "completed"),
        (MessageStatus.RETURNED, "stopped"),
        (MessageStatus.FAILED, "not-done"),
        (MessageStatus.WITHHELD, "not-done"),
    ],
)
def test_a_message_says_what_became_of_it_and_no_words(system, course, status, shown):
    sent_at = timezone.now() if shown in ("completed", "stopped") else None
    Message.objects.update(status=status, sent_at=sent_at)
    first, _ = system.search("Communication", {"status": shown})
    assert ("sent" in first, "statusReason" in first) == (bool(sent_at), shown in ("stopped", "not-done"))
    assert first["medium"][0]["coding"][0]["code"] == "EMAILWRIT"
    assert "payload" not in first


def test_every_read_is_logged_under_the_name_of_the_system_and_only_of_what_it_saw(system, course, child):
    other = builders.patient("Somebody Else")
    before = AccessEvent.objects.count()
    system.search("Patient")
    system.resource(f"Patient/{child.pk}")
    system.get("Schedule")
    system.get(f"Patient/{other.pk}")
    events = AccessEvent.objects.order_by("pk")[before:]
    assert [(each.page, each.actor_name, each.actor_id, each.patient_id) for each in events] == [
        ("fhir:Patient", "Patient record (other system)", None, child.pk),
        ("fhir:Patient", "Patient record (other system)", None, child.pk),
        ("fhir:Schedule", "Patient record (other system)", None, None),
    ]
    system.row.refresh_from_db()
    assert system.row.last_used_at is not None
    assert not AuditEvent.objects.filter(actor_name__contains="other system").exists()


def test_no_child_is_looked_up_without_a_look_in_its_log(system, unit, course, child):
    builders.course(builders.patient("Somebody Else"), unit)
    twin = builders.patient("Ottilie Quillfeather")
    builders.course(twin, unit)
    by_number = f"identifier={child.nhs_number}"
    both = f"identifier={child.nhs_number},{twin.nhs_number}"
    for address, seen in (
        (f"Patient?{by_number}&_summary=count", [child.pk]),
        (f"Patient?{by_number}&_count=0", [child.pk]),
        (f"Patient?{by_number}&_after=999999999", [child.pk]),
        (f"Patient?{both}&_count=1", [child.pk, twin.pk]),
        (f"Appointment?patient=Patient/{child.pk}&_summary=count", [child.pk]),
        ("Patient?identifier=9990000379&_summary=count", []),
        ("Location?_summary=count", []),
    ):
        assert system.get(address).status_code == 200
        event = AccessEvent.objects.latest("pk")
        logged = (
            [event.patient_id] if event.patient_id else [int(key) for key in event.children.split(",") if key]
        )
        assert logged == seen, address


def test_metadata_says_nothing_while_no_system_may_read(client, db, let_in, unit):
    for address in ("metadata", ".well-known/smart-configuration"):
        assert client.get(f"/fhir/R4/{address}").status_code == 404
    let_in(unit)
    assert valid(client.get("/fhir/R4/metadata"))["fhirVersion"] == "4.0.1"
