"""The lead searches both logs: by child, person, page and days; who looked and did nothing; as a file."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from patients import audit
from patients.models import AccessEvent
from tests import builders

pytestmark = pytest.mark.django_db

SEARCH = reverse("patients:search_log")


@pytest.fixture
def children(nurse, coordinator, reader, time_machine):
    """Ada, who was looked at by three and treated by one of them; and Ben. The look of the reader is old."""
    ada, ben = builders.patient("Ada Lark"), builders.patient("Ben Wren")
    now = timezone.now()
    time_machine.move_to(now - timedelta(days=40), tick=False)
    audit.looked_at("scheduling:show_history", by=reader, patients=[ada])
    time_machine.move_to(now, tick=False)
    audit.looked_at("scheduling:list_waiting", by=coordinator, patients=[ada, ben])
    audit.looked_at("patients:show_patient", by=nurse, patients=[ada])
    ada.needs = "Hoist"
    audit.save(ada, by=nurse)
    return ada, ben


@pytest.fixture
def page(client, lead):
    client.force_login(lead)
    return client


def ask(client, **typed):
    """Fill in the search and open what it leads to."""
    answer = client.post(SEARCH, {"what": "looks", "child": "", "user": "", "page": "", **typed})
    return client.get(answer.url) if answer.status_code == 302 else answer


def found(answer) -> list[tuple[str, list[str]]]:
    return [
        (event.actor_name, [child.name for child in children])
        for event, children, _ in answer.context["rows"]
    ]


def test_a_child_is_found_in_lists_too_and_its_number_stands_in_no_address(page, children):
    ada, _ = children
    answer = ask(page, child=ada.hospital_number)
    assert found(answer) == [
        ("Nia Nurse", ["Ada Lark"]),
        ("Cora Coordinator", ["Ada Lark", "Ben Wren"]),
        ("Rae Reader", ["Ada Lark"]),
    ]
    assert ada.hospital_number not in answer.request["QUERY_STRING"]
    for said in ("Child’s record", "Waiting list", "Course history", f"Ada Lark, {ada.hospital_number}"):
        assert said in answer.content.decode()


def test_person_page_and_days_narrow_it(page, children, nurse):
    ada, _ = children
    today = timezone.localdate()
    days = {"first_day": today.day, "first_month": today.month, "first_year": today.year}
    assert found(ask(page, child=ada.hospital_number, **days)) == [
        ("Nia Nurse", ["Ada Lark"]),
        ("Cora Coordinator", ["Ada Lark", "Ben Wren"]),
    ]
    assert found(ask(page, page="scheduling:show_history")) == [("Rae Reader", ["Ada Lark"])]
    assert found(ask(page, user=nurse.pk)) == [("Nia Nurse", ["Ada Lark"])]
    assert found(ask(page, what="writes", user=nurse.pk, page="patient.changed")) == [
        ("Nia Nurse", ["Ada Lark"])
    ]


def test_who_looked_and_never_did_anything_for_the_child(page, children):
    ada, _ = children
    answer = ask(page, child=ada.hospital_number, not_treating="on")
    people = [(each["actor_name"], each["looks"]) for each in answer.context["people"]]
    assert people == [("Cora Coordinator", 1), ("Rae Reader", 1)]
    assert "Nia Nurse" not in {name for name, _ in found(answer)}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"child": "K999"}, "No child has this number"),
        ({"not_treating": "on"}, "Enter a child, to see who did nothing for it"),
        (
            {
                "first_day": "2",
                "first_month": "3",
                "first_year": "2027",
                "last_day": "1",
                "last_month": "3",
                "last_year": "2027",
            },
            "The last day must not be before the first",
        ),
    ],
)
def test_wrong_input_is_said_in_words(page, typed, said):
    assert said in ask(page, **typed).content.decode()


def test_the_file_holds_what_was_found_and_no_formula(page, children, lead, nurse):
    ada, _ = children
    nurse.name = "=HYPERLINK(1)"
    audit.looked_at("patients:show_patient", by=nurse, patients=[ada])
    search = ask(page, child=ada.hospital_number)
    query = search.context["query"]
    answer = page.get(f"{reverse('patients:download_log')}?{query}")
    rows = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert rows[0] == ["When", "Who", "Children", "What", "Details"]
    assert [row[1] for row in rows[1:4]] == ["Lee Lead", "'=HYPERLINK(1)", "Nia Nurse"]
    assert rows[2][2:4] == [f"Ada Lark, {ada.hospital_number}", "Child’s record"]
    assert (
        AccessEvent.objects.of_child(ada.pk).filter(page="patients:download_log", actor_id=lead.pk).exists()
    )


def test_a_file_of_acts_has_their_details(page, children):
    ada, _ = children
    answer = page.get(reverse("patients:download_log"), {"what": "writes", "child": ada.pk})
    rows = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert rows[1][3:] == ["Child: changed", "What the child needs on the day: nothing → Hoist"] or (
        rows[1][3] == "Child: changed" and "nothing → Hoist" in rows[1][4]
    )
