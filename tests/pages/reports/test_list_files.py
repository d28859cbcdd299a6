"""Lists as files: what their pages show, in the same order, and who took them."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from patients.access import Role
from patients.models import AccessEvent, AuditEvent
from scheduling.models import Session, Task, TaskKind
from scheduling.tasks.opening import open_task
from tests import builders
from tests.reading import text_of

NAMES = ["=Ada Lark", "Bo Wren", "Cy Finch"]


@pytest.fixture
def lead(client, person):
    lead = person(Role.LEAD)
    client.force_login(lead)
    return lead


@pytest.fixture
def unit(lead):
    return builders.unit(chairs=3, nurses=6)


def rows_of(answer):
    assert answer.streaming
    text = b"".join(answer.streaming_content).decode()
    assert text[0] == "\ufeff"
    return list(csv.DictReader(io.StringIO(text[1:], newline="")))


def filter_logged(lead):
    (event,) = AuditEvent.objects.filter(action="user.list_exported", actor_id=lead.pk)
    return event.changes["filter"]


def children_seen(page):
    return set(AccessEvent.objects.get(page=page).seen)


def test_the_waiting_list_with_its_filters_and_its_order(client, lead, unit):
    made = [builders.course(builders.patient(name), unit, priority=n) for n, name in enumerate(NAMES)]
    page = client.get("/waiting/?priority=0&priority=1&sort=-child")
    address = "/waiting/file/?priority=0&amp;priority=1&amp;sort=-child"
    assert address in page.content.decode()
    rows = rows_of(client.get(address.replace("&amp;", "&")))
    assert [row["Child"] for row in rows] == ["Bo Wren", "'=Ada Lark"]
    assert [row["Priority"] for row in rows] == ["Soon", "Urgent"]
    assert re.fullmatch(r"(\d{4}-\d\d-\d\d \d+(:\d\d)?am(, )?){2}", rows[0]["Next possible"])
    assert filter_logged(lead) == "Urgent, Soon, Child, Z to A"
    assert children_seen("scheduling:export_waiting") == {course.patient_id for course in made[:2]}


def test_more_courses_than_are_read_at_once(client, unit, monkeypatch):
    monkeypatch.setattr("scheduling.pages.reports.list_files.ROWS_AT_ONCE", 2)
    for name in NAMES:
        builders.course(builders.patient(name), unit)
    assert len(rows_of(client.get("/waiting/file/"))) == 3


def test_the_visits_of_a_week(client, lead, unit):
    monday = builders.next_monday()
    for n, name in enumerate(NAMES[:2]):
        builders.book(unit, monday + timedelta(days=1 - n), lead, name=name, chair=unit.chairs.all()[n])
    builders.book(unit, monday + timedelta(days=7), lead, name=NAMES[2])
    rows = rows_of(client.get(f"/visits/file/?day={monday}"))
    assert [(row["Date"], row["Child"], row["Day of the course"]) for row in rows] == [
        (str(monday), "Bo Wren", "1 of 2"),
        (str(monday + timedelta(days=1)), "'=Ada Lark", "1 of 2"),
        (str(monday + timedelta(days=1)), "Bo Wren", "2 of 2"),
        (str(monday + timedelta(days=2)), "'=Ada Lark", "2 of 2"),
    ]
    assert (rows[0]["Arrives"], rows[0]["Chair"], rows[0]["State"]) == ("9am", "Chair 2", "Booked")
    assert filter_logged(lead).startswith("week of Monday")


def test_families_to_ring(client, lead, unit):
    course = builders.book(unit, builders.next_monday(), lead)
    builders.contact(course.patient, "Mia Lark", email="", phone="+441134960199")
    rows = rows_of(client.get("/families-to-ring/file/"))
    assert [(row["Child"], row["Contact"], row["Phone"]) for row in rows] == [
        ("Ada Lark", "Mia Lark", "0113 496 0199")
    ]
    assert "Mia Lark" in text_of(client.get("/families-to-ring/"))


def test_tasks_with_their_filters(client, lead, unit):
    course = builders.book(unit, builders.next_monday(), lead)
    Task.objects.all().delete()
    today = timezone.localdate()
    open_task(TaskKind.MISFIT, "It no longer fits.", about=course, due_on=today, by=lead)
    open_task(TaskKind.DAY_LOST, "A day was lost.", about=course, due_on=today, by=lead)
    rows = rows_of(client.get("/tasks/file/?kind=misfit&owner=nobody"))
    assert [(row["Kind"], row["What"], row["Child"]) for row in rows] == [
        ("No longer fits", "It no longer fits.", "Ada Lark")
    ]
    assert filter_logged(lead) == "nobody’s, No longer fits"


@pytest.mark.usefixtures("on_a_working_day")
def test_reviews_with_their_filters(client, lead, unit):
    for name, weeks in zip(NAMES, (30, 40, 1), strict=True):
        first = builders.next_monday() - timedelta(weeks=weeks)
        builders.past_course(builders.patient(name), unit, first)
    rows = rows_of(client.get("/reviews/file/?state=overdue"))
    assert [row["Child"] for row in rows] == ["Bo Wren", "'=Ada Lark"]
    assert {row["State"] for row in rows} == {"Overdue"}
    assert filter_logged(lead) == "Overdue"


def test_children_that_were_found(client, lead):
    for name in [*NAMES, "Ada Crane"]:
        builders.patient(name)
    page = client.post("/children/", {"text": "ada"}).url
    rows = rows_of(client.get(page.replace("/children/", "/children/file/")))
    assert sorted(row["Name"] for row in rows) == ["'=Ada Lark", "Ada Crane"]
    assert filter_logged(lead) == "“ada”, children of all units"
    assert client.get("/children/file/").status_code == 302


@pytest.mark.parametrize("role", [Role.NURSE, Role.READ_ONLY])
def test_whoever_may_not_take_lists_away_sees_no_link(client, person, role):
    builders.course()
    client.force_login(person(role))
    assert "/waiting/file/" not in client.get("/waiting/").content.decode()
    assert client.get("/waiting/file/").status_code == 403
    assert Session.objects.count() == 0
