"""The page of reports, and each of them as a file."""

import csv
import io

import pytest
from django.utils import timezone

from patients.access import Role
from patients.models import AuditEvent
from scheduling.models import RuleOverride
from scheduling.pages.reports.report_form import ReportForm, month_in_words
from scheduling.reports.catalogue import REPORTS
from tests import builders
from tests.reading import words_of_page


@pytest.fixture
def lead(client, person):
    lead = person(Role.LEAD)
    client.force_login(lead)
    return lead


@pytest.fixture
def course(lead):
    return builders.book(builders.unit(), builders.next_monday(), lead)


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_each_report_has_its_definition_a_table_and_a_file(client, course, report):
    day = course.sessions.first().day
    asked = {"report": report.name, "first": f"{day:%Y-%m}", "last": f"{day:%Y-%m}"}
    said = words_of_page(client.get("/reports/", asked))
    for words in (report.title, report.counted, report.over, report.left_out, "By month"):
        assert words in said
    rows = list(csv.reader(io.StringIO(client.get("/reports/file/", asked).content.decode("utf-8-sig"))))
    assert rows[0][0] == "Month"
    assert rows[-1] == ["What is left out", report.left_out]
    table = report.draw(_scope(client, asked))
    assert [row[1:] for row in rows[1 : 1 + len(table.rows)]] == [
        ["" if cell is None else str(cell) for cell in cells] for _, cells in table.rows
    ]
    (event,) = AuditEvent.objects.filter(action="user.list_exported")
    assert event.changes == {
        "list": f"Report: {report.title}",
        "filter": month_in_words(day),
    }


def _scope(client, asked):
    form = ReportForm(asked, timezone.localdate())
    assert form.is_valid()
    return form.scope(timezone.now())


def test_numbers_under_5_are_hidden_in_a_file_on_demand(client, course):
    for count, rule in ((4, "nurses"), (5, "notice")):
        for _ in range(count):
            RuleOverride.objects.create(
                course=course, rule=rule, day=timezone.localdate(), reason="x", allowed_by="Dr Wren"
            )
    text = client.get("/reports/file/", {"report": "overrides", "hide": "on"}).content.decode()
    assert "The number of nurses,under 5" in text
    assert "The family’s notice,5" in text
    assert "numbers under 5 hidden" in text
    assert "The number of nurses,4" in client.get("/reports/file/", {"report": "overrides"}).content.decode()
    month = f"{course.sessions.first().day:%Y-%m}"
    asked = {"report": "waiting", "hide": "on", "first": month, "last": month}
    waits = client.get("/reports/file/", asked).content.decode()
    assert f"{month},Routine,under 5,under 5,under 5,under 5," in waits
    assert f"{month},Urgent,0,,,," in waits


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"first": "2026-12", "last": "2026-01"}, "not before the first"),
        ({"first": "2024-01", "last": "2026-12"}, "at most 24 months"),
        ({"report": "no-such"}, "Select"),
    ],
)
def test_what_cannot_be_shown_is_said(client, course, asked, said):
    for day in ("2024-01-08", "2026-12-07"):
        course.sessions.create(
            number=9, status="cancelled", day=day, starts_at=f"{day}T09:00Z", ends_at=f"{day}T13:00Z"
        )
    answer = client.get("/reports/", asked)
    assert "There is a problem" in answer.content.decode()
    assert said in words_of_page(answer) or said in answer.content.decode()
    assert client.get("/reports/file/", asked).status_code == 302


def test_a_nurse_has_no_reports(client, person):
    client.force_login(person(Role.NURSE))
    assert client.get("/reports/").status_code == 403
    assert "Reports" not in words_of_page(client.get("/tasks/"))
