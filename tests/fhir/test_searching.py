"""Searching: pages over rows that come and go, parameters and their values, what is refused and how."""

import json
from datetime import date, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.db import connection
from django.test.client import MULTIPART_CONTENT
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from patients.models import Erasure
from scheduling.booking import bookings
from scheduling.merging.merge import merge
from scheduling.models import CancelReason, Course
from scheduling.pages.fhir.opening import MOST_READS
from scheduling.rules import find_offers
from scheduling.unit.board import USUAL
from scheduling.unit.diary_rows import diary_for_search
from tests import builders
from tests.builders.reviews import review
from tests.fhir.reading_system import outcome, valid

pytestmark = pytest.mark.django_db
NHS = "https://fhir.nhs.uk/Id/nhs-number"


def parameters(bundle, relation="self"):
    (url,) = (link["url"] for link in bundle["link"] if link["relation"] == relation)
    return parse_qsl(urlsplit(url).query)


@pytest.fixture
def children(unit):
    """Seven, each with a course that waits."""
    made = [builders.patient(f"Child {n}") for n in range(7)]
    for child in made:
        builders.course(child, unit)
    return made


def test_pages_have_each_row_once_though_rows_come_and_go_meanwhile(system, unit, children):
    pages = system.pages("Patient", {"_count": 2})
    seen = [entry["resource"]["id"] for entry in next(pages)["entry"]]
    gone, last = children[0], children[-1]
    Course.objects.filter(patient=gone).delete()
    new = builders.patient("A new child")
    builders.course(new, unit)
    Course.objects.filter(patient=children[4]).delete()
    for bundle in pages:
        seen += [entry["resource"]["id"] for entry in bundle["entry"]]
    stayed = {str(child.pk) for child in children} - {str(gone.pk), str(children[4].pk)}
    assert len(seen) == len(set(seen))
    assert stayed <= set(seen) and str(last.pk) in seen and str(new.pk) in seen


def test_a_page_has_fifty_rows_unless_fewer_or_up_to_a_hundred_are_asked_for(system, unit):
    for n in range(103):
        builders.course(builders.patient(f"Child {n}"), unit)
    sizes = {}
    for count in ("", "_count=7", "_count=100", "_count=5000"):
        first = valid(system.get(f"Patient?{count}"))
        sizes[count] = (len(first["entry"]), first["total"])
        assert (parameters(first) == []) == (not count)
    assert sizes == {"": (50, 103), "_count=7": (7, 103), "_count=100": (100, 103), "_count=5000": (100, 103)}
    assert len(system.search("Patient")) == 103
    for only_count in ("_count=0", "_summary=count"):
        bundle = valid(system.get(f"Patient?{only_count}"))
        assert (bundle["total"], "entry" in bundle) == (103, False)


@pytest.mark.parametrize(
    "kind", ["Patient", "RelatedPerson", "ServiceRequest", "Appointment", "Communication"]
)
def test_a_page_asks_as_many_queries_however_much_is_on_it(system, unit, course, coordinator, kind):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            valid(system.get(f"{kind}?_count=100"))
        return len(asked)

    queries()
    few = queries()
    for n in range(6):
        child = builders.patient(f"Child {n}")
        builders.contact(child, f"Parent {n}")
        another = builders.course(child, unit)
        first = builders.next_monday(4 + n)
        bookings.book(course=another, visits=builders.visits(another, first), by=coordinator)
    # Token, units, count, page, what is fetched with it (of a child two things), when it changed, the look.
    assert queries() == few <= 8


def test_what_is_unknown_is_left_out_or_refused_as_the_system_prefers(system, children):
    lenient = valid(system.get("Patient?favourite-colour=red&_count=5&_sort=name"))
    assert parameters(lenient) == [("_count", "5")]
    assert lenient["total"] == 7
    strict = system.get("Patient?favourite-colour=red", prefer="respond-async, handling=strict")
    assert outcome(strict) == (400, "not-supported")
    assert "favourite-colour" in strict.content.decode()
    for modified in ("identifier:contains=9", "birthdate:missing=true", "_id:not=1"):
        assert outcome(system.get(f"Patient?{modified}")) == (400, "not-supported"), modified


def test_a_child_is_found_by_each_of_its_numbers_and_by_no_other(system, children):
    child, ours = children[2], "http://127.0.0.1:8000/id/hospital-number"
    finds = [str(child.pk)]
    for value in (
        f"{NHS}|{child.nhs_number}",
        child.nhs_number,
        f"{ours}|{child.hospital_number}",
        child.hospital_number.lower(),
        f"{NHS}|9990000379,{NHS}|{child.nhs_number}",
    ):
        assert system.ids("Patient", {"identifier": value}) == finds, value
    for value in (f"{ours}|{child.nhs_number}", f"{NHS}|{child.hospital_number}", "other|1", "|", ",", "K"):
        assert system.ids("Patient", {"identifier": value}) == [], value


def test_numbers_can_be_sent_in_a_form_so_that_no_log_has_them(client, system, children):
    headers = {"authorization": f"Bearer {system.token}", "accept": "application/fhir+json"}
    asked, form = {"identifier": f"{NHS}|{children[1].nhs_number}"}, "application/x-www-form-urlencoded"

    def post(body, mime):
        return client.post("/fhir/R4/Patient/_search", body, content_type=mime, headers=headers)

    for mime in (form, f"{form}; charset=UTF-8"):
        found = valid(post(urlencode(asked), mime))
        assert [entry["resource"]["id"] for entry in found["entry"]] == [str(children[1].pk)]
    for body, mime in (
        (json.dumps(asked), "application/json"),
        (urlencode(asked), "text/plain"),
        (asked, MULTIPART_CONTENT),
    ):
        assert outcome(post(body, mime)) == (415, "not-supported"), mime
    assert valid(post("", "application/json"))["total"] == len(children)
    # Django reads no body whose length is not said.
    headers |= {"transfer-encoding": "chunked"}
    assert outcome(post(urlencode(asked), form)) == (411, "not-supported")
    del headers["transfer-encoding"]
    assert outcome(client.get("/fhir/R4/Patient/_search", headers=headers)) == (405, "not-supported")


def test_days_are_found_by_date_status_child_place_and_course(system, unit, course, coordinator):
    first = course.live_sessions[0].day
    day_1, day_2 = (str(visit.pk) for visit in course.live_sessions)
    for params, found in (
        ({"date": f"{first}"}, [day_1]),
        ({"date": f"ge{first}"}, [day_1, day_2]),
        ({"date": f"gt{first}"}, [day_2]),
        ({"date": f"lt{first + timedelta(1)}"}, [day_1]),
        ({"date": f"{first:%Y}"}, [day_1, day_2]),
        ({"date": f"{first:%Y-%m-%d}T09:00:00"}, [day_1]),
        ({"date": f"{first:%Y-%m-%d}T09:01"}, []),
        ([("date", f"ge{first}"), ("date", f"le{first}")], [day_1]),
        ({"date": f"ne{first}"}, [day_2]),
        ({"date": f"{first},{first + timedelta(1)}"}, [day_1, day_2]),
        ({"status": "booked"}, [day_1, day_2]),
        ({"status": "http://hl7.org/fhir/appointmentstatus|arrived,booked"}, [day_1, day_2]),
        ({"status": "cancelled"}, []),
        ({"status": "nonsense"}, []),
        ({"patient": f"Patient/{course.patient_id}"}, [day_1, day_2]),
        ({"patient": str(course.patient_id), "_id": day_2}, [day_2]),
        ({"patient": f"{system.base}/Patient/{course.patient_id}"}, [day_1, day_2]),
        ({"patient": f"RelatedPerson/{course.patient_id}"}, []),
        ({"patient": "Patient/nobody"}, []),
        ({"actor": f"Location/{unit.pk}"}, [day_1, day_2]),
        ({"location": "Location/999999"}, []),
        ({"based-on": f"ServiceRequest/{course.pk}"}, [day_1, day_2]),
        ({"based-on": ""}, [day_1, day_2]),
        ({"_id": f"{day_1},{day_2}"}, [day_1, day_2]),
        ({"_id": "99999999999999999999999"}, []),
    ):
        assert system.ids("Appointment", params) == found, params
    for nonsense in ("8 June", "2027-13", "2027-02-30", "ap2027", "0001-01-01", "9999-12-31T23:59:59Z", "ge"):
        assert outcome(system.get(f"Appointment?date={nonsense}")) == (400, "invalid"), nonsense
    assert outcome(system.get("Patient?identifier=a%00b")) == (400, "invalid")
    for count in ("-1", "many", "1e3"):
        assert outcome(system.get(f"Appointment?_count={count}")) == (400, "invalid"), count
    assert outcome(system.get("Appointment?_after=x")) == (400, "invalid")


def test_a_cancelled_course_says_on_whose_side_and_one_by_mistake_is_called_so(
    system, unit, course, coordinator
):
    bookings.cancel(course=course, reason=CancelReason.FAMILY_UNWELL, back_to_waiting=False, by=coordinator)
    (request,) = system.search("ServiceRequest", {"status": "revoked"})
    days = system.search("Appointment", {"status": "cancelled"})
    sides = {day["cancelationReason"]["coding"][0]["code"] for day in days}
    assert (request["id"], len(days), sides) == (str(course.pk), 2, {"pat"})
    assert "unwell" not in json.dumps([request, *days])
    Course.objects.update(cancel_reason=CancelReason.MISTAKE)
    assert system.ids("ServiceRequest", {"status": "revoked"}) == []
    assert len(system.search("Appointment", {"status": "entered-in-error"})) == 2


@pytest.mark.parametrize("kind", ["Patient", "Appointment", "Slot"])
def test_up_to_a_hundred_values_can_be_asked_for_in_whatever_way(system, course, kind):
    (named,) = (each for each in system.capabilities["rest"][0]["resource"] if each["type"] == kind)
    for each in named["searchParam"]:
        value = {"date": "2027-06-08", "token": "9990000379", "reference": "1"}[each["type"]]
        one = f"{each['name']}={value}"
        for asked in (f"{one}{f',{value}' * 99}", f"&{one}" * 100):
            assert valid(system.get(f"{kind}?{asked}"))["type"] == "searchset", each
        for asked in (f"{one}{f',{value}' * 100}", f"&{one}" * 101, f"&{each['name']}=," * 51):
            assert outcome(system.get(f"{kind}?{asked}")) == (400, "invalid"), each


def test_free_pairs_are_those_that_the_week_board_says(system, unit, course):
    slots = system.search("Slot", {"schedule": f"Schedule/{unit.pk}", "_count": 100})
    pairs = {}
    for slot in slots:
        pairs.setdefault(slot["identifier"][0]["value"], []).append(date.fromisoformat(slot["start"][:10]))
    assert all(second - first == timedelta(1) for first, second in pairs.values())
    offers = find_offers(USUAL, diary_for_search(unit, timezone.now()), limit=1000)
    assert sorted(first for first, _ in pairs.values()) == sorted(
        offer.placement.visits[0].day for offer in offers
    )
    one = slots[7]
    assert system.resource(f"Slot/{one['id']}") == one
    day = one["start"][:10]
    on_the_day = system.search("Slot", [("start", f"ge{day}"), ("start", f"le{day}"), ("status", "free")])
    assert one["id"] in {slot["id"] for slot in on_the_day}
    assert {slot["start"][:10] for slot in on_the_day} == {day}
    assert system.ids("Slot", {"status": "busy"}) == []
    assert system.ids("Slot", {"schedule": "Schedule/999999"}) == []
    assert valid(system.get("Slot?_summary=count"))["total"] == len(slots)
    for key in ("nonsense", f"{unit.pk}-20200101-1", "999999-20270615-1", f"{unit.pk}-20271399-1"):
        assert outcome(system.get(f"Slot/{key}")) == (404, "not-found"), key
    assert outcome(system.get("Slot?_after=1")) == (400, "invalid")


def test_a_record_that_was_erased_is_unknown_and_one_that_was_merged_says_where_it_went(
    system, unit, course, coordinator, lead
):
    Erasure.objects.create(patient_id=999_001, at=timezone.now(), by_name="Lee Lead", because="asked")
    # Systems that never could have seen it are not told that there was such a child.
    assert outcome(system.get("Patient/999001")) == (404, "not-found")
    twice = builders.patient("Zebedee Quillfeather", nhs_number=None)
    old = twice.pk, twice.hospital_number
    review(twice, pain=2)
    merge(kept=course.patient, gone=twice, from_gone=[], by=coordinator)
    gone = system.get(f"Patient/{old[0]}")
    assert outcome(gone) == (410, "deleted")
    assert f"Patient/{course.patient_id}" in gone.content.decode().replace("Patient ", "Patient/")
    (found,) = system.search("Patient", {"identifier": old[1]})
    assert found["id"] == str(course.patient_id)
    assert {"use": "old", "value": old[1]} == {
        name: each[name] for each in found["identifier"] if each["use"] == "old" for name in ("use", "value")
    }
    (seen,) = system.search("Observation", {"patient": found["id"]})
    assert seen["subject"] == {"reference": f"Patient/{course.patient_id}"}


def test_who_has_a_resource_already_is_told_so_until_it_changes(system, course, coordinator):
    address = f"Appointment/{course.live_sessions[0].pk}"
    first = system.get(address)
    kept = system.get(address, if_none_match=first["ETag"])
    assert (kept.status_code, kept.content, kept["ETag"]) == (304, b"", first["ETag"])
    assert system.get(address, if_none_match='W/"other", ' + first["ETag"]).status_code == 304
    week = builders.visits(course, builders.next_monday(3))
    bookings.move(course=course, visits=week, reason=CancelReason.FAMILY_REQUEST, by=coordinator)
    moved = system.get(address, if_none_match=first["ETag"])
    assert moved.status_code == 200
    assert moved["ETag"] != first["ETag"]
    assert moved["Cache-Control"] == kept["Cache-Control"] == "private, no-cache"
    for never_kept in ("Appointment", "Appointment/999999", "Medication", "metadata"):
        assert system.get(never_kept)["Cache-Control"] == "no-store", never_kept


@pytest.mark.parametrize(
    ("accept", "asked", "status"),
    [
        ("application/fhir+json; fhirVersion=4.0", "", 200),
        ("application/json;q=0.9, text/html", "", 200),
        ("*/*", "", 200),
        ("application/fhir+xml", "", 406),
        ("text/html", "", 406),
        ("application/fhir+xml", "?_format=json", 200),
        ("*/*", "?_format=application/fhir%2Bjson", 200),
        ("*/*", "?_format=xml", 406),
    ],
)
def test_there_is_only_json(system, accept, asked, status):
    answer = system.get(f"Location{asked}", accept=accept)
    assert answer.status_code == status
    valid(answer)


@pytest.mark.parametrize(("asked", "status"), [("json", 200), ("xml", 406), ("", 200)])
def test_a_form_too_asks_for_a_format(client, system, asked, status):
    headers = {"authorization": f"Bearer {system.token}"}
    form = {"data": urlencode({"_format": asked}), "content_type": "application/x-www-form-urlencoded"}
    assert client.post("/fhir/R4/Location/_search", **form, headers=headers).status_code == status


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written(client, system, course, method):
    headers = {"authorization": f"Bearer {system.token}"}
    for address in ("Patient", f"Patient/{course.patient_id}", "metadata"):
        answer = getattr(client, method)(f"/fhir/R4/{address}", headers=headers)
        assert outcome(answer) == (405, "not-supported"), address


@pytest.mark.parametrize(
    "address", ["", "Medication", "Medication/1", "Patient/1/_history/2", "Patient/$everything", "$export"]
)
def test_what_there_is_not_is_said_in_an_outcome(system, address):
    assert outcome(system.get(address)) in ((404, "not-supported"), (404, "not-found"))


def test_the_limit_lets_a_whole_trust_be_read_in_minutes():
    """60,000 courses in pages of 100, each read once."""
    assert MOST_READS >= 60_000 / 100
