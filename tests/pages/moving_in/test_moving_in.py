"""A unit moves in over a weekend, by the steps of README's “Moving in”, and takes it back."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from patients.access import Role
from patients.errors import Refused
from patients.models import AuditEvent, Contact, ErasedBecause, Patient
from scheduling.doctor.breaches import find_breaches
from scheduling.models import Booking, Course, Message, Session, SpreadsheetImport, Task, WebhookEvent
from scheduling.moving_in import asking
from scheduling.moving_in.settings import Settings
from scheduling.moving_in.taking_back import take_back_asked
from scheduling.moving_in.taking_in import take_in_confirmed
from scheduling.retention.erase import erase
from scheduling.telling.queue_reminders import queue_notices
from scheduling.telling.to_ring import families_to_ring
from scheduling.webhooks import endpoints
from scheduling.webhooks.delivery import deliver_due
from scheduling.webhooks.sending import Answer
from tests import builders
from tests.builders.spreadsheets import HEADS, rows, spreadsheet, workbook
from tests.builders.webhooks import a_system, noted
from tests.reading import text_of

pytestmark = pytest.mark.django_db
BIT = ("Hospital number", "Name", "Date of birth", "Email")


@pytest.fixture
def signed_in(client, coordinator):
    client.force_login(coordinator)
    return client


@pytest.fixture
def unit():
    return builders.unit(chairs=2, nurses=4)


def upload(client, data: bytes, name: str = "unit.xlsx", **fields) -> str:
    """The address of the page with the lines."""
    fields = {"reason": "planned_repeat", "priority": "2"} | fields
    answer = client.post("/moving-in/", {"file": SimpleUploadedFile(name, data), **fields})
    assert answer.status_code == 302, answer.context["form"].errors
    return answer.url


def test_300_children_with_60_booked_courses_move_in_and_are_taken_back(signed_in, unit):
    Patient.objects.all().delete()
    lines = list(rows(300, 100, 60, builders.next_monday(2)))
    page = upload(signed_in, workbook(lines), unit=unit.pk, may_be_mailed="on")
    assert "300 lines will be taken in" in text_of(signed_in.get(page))
    assert not Patient.objects.exists()

    signed_in.post(page, {"act": "confirm"})
    assert "0 of 300 lines done" in text_of(signed_in.get(page))
    take_in_confirmed()
    assert "60 booked courses came in with nothing sent" in text_of(signed_in.get(page))
    assert (Patient.objects.count(), Contact.objects.count(), Session.objects.count()) == (300, 300, 120)
    assert Course.objects.waiting().count() == 100
    # They have waited since they were agreed.
    assert {timezone.localdate(course.agreed_at) for course in Course.objects.all()} == {lines[0][11]}
    assert list(find_breaches(timezone.now())) == []
    # Nothing goes by itself, however near a visit comes, and nobody is to be rung or to be seen to.
    queue_notices(now=timezone.now() + timedelta(days=10))
    assert not Message.objects.exists()
    assert not Task.objects.exists()
    assert families_to_ring(timezone.now()) == []

    first = Course.objects.filter(is_unsent=True).order_by("pk").first()
    assert "nothing was sent to the family from here yet" in text_of(signed_in.get(first.get_absolute_url()))
    signed_in.post(f"{page}tell/", {"course": first.pk})
    assert set(Message.objects.values_list("course", flat=True)) == {first.pk}
    assert "59 families not told yet" in text_of(signed_in.get(f"{page}tell/"))

    signed_in.post(f"{page}take-back/", {"because": "The file of last year"})
    take_back_asked()
    # The one family that was told keeps its visits.
    assert "Stays: 1" in text_of(signed_in.get(page))
    assert (Patient.objects.get(), Course.objects.get()) == (first.patient, first)
    assert (Contact.objects.count(), Session.objects.count(), Booking.objects.count()) == (1, 2, 2)
    assert list(find_breaches(timezone.now())) == []


def test_two_files_are_taken_back_in_turn(signed_in, unit, coordinator):
    """The children first, then who is booked, as two sheets of one workbook."""
    line = next(rows(1, 0, 1, builders.next_monday(2)))
    children = spreadsheet(unit, coordinator, [line[:8]], HEADS[:8])
    signed_in.post(children.get_absolute_url(), {"act": "confirm"})
    take_in_confirmed()
    booked = spreadsheet(unit, coordinator, [line], HEADS)
    assert booked.lines.get().says.startswith("booked on ")
    signed_in.post(booked.get_absolute_url(), {"act": "confirm"})
    take_in_confirmed()

    def take_back(source: SpreadsheetImport) -> str:
        signed_in.post(f"{source.get_absolute_url()}take-back/", {"because": "A mistake"})
        take_back_asked()
        return source.lines.get().outcome

    assert (take_back(children), Patient.objects.count()) == ("stays", 1)
    assert (take_back(booked), Course.objects.count(), Patient.objects.count()) == ("taken_back", 0, 1)
    assert (take_back(children), Patient.objects.count()) == ("taken_back", 0)


def test_what_other_systems_were_told_stands_in_no_ones_way(signed_in, unit, coordinator, lead):
    a_system()
    line = next(rows(1, 0, 1, builders.next_monday(2)))
    for cells, heads in ((line[:8], HEADS[:8]), (line, HEADS)):
        source = spreadsheet(unit, coordinator, [cells], heads)
        signed_in.post(source.get_absolute_url(), {"act": "confirm"})
        take_in_confirmed()
    (booked,) = noted()
    assert deliver_due(post=lambda *_: Answer(204)).taken == 1
    booked.refresh_from_db()
    endpoints.replay(event=booked, by=lead)
    signed_in.post(f"{source.get_absolute_url()}take-back/", {"because": "A mistake"})
    take_back_asked()
    assert (source.lines.get().outcome, Course.objects.count()) == ("taken_back", 0)
    # The child came with the other file, and what was told of its course goes with it.
    assert len(noted()) == 2
    erase(patient=Patient.objects.get(), because=ErasedBecause.ASKED, reason="They asked.", by=lead)
    assert not WebhookEvent.objects.exists()


def test_what_somebody_worked_on_stays(signed_in, unit, coordinator):
    source = spreadsheet(unit, coordinator, [["K1", "Ada Lark", "27/3/2016", "mia@example.com"]], BIT)
    signed_in.post(source.get_absolute_url(), {"act": "confirm"})
    take_in_confirmed()
    contact = Contact.objects.get()
    typed = {"name": "Mia Lark", "relationship": "mother", "parental_responsibility": "yes"}
    signed_in.post(f"/children/contacts/{contact.pk}/change/", typed | {"email": contact.email})
    assert Contact.objects.get().name == "Mia Lark"
    signed_in.post(f"{source.get_absolute_url()}take-back/", {"because": "A mistake"})
    take_back_asked()
    assert "somebody has worked on this child since" in text_of(signed_in.get(source.get_absolute_url()))
    assert Patient.objects.count() == 1


def test_who_is_likely_here_already_is_asked(signed_in, unit, coordinator):
    here = builders.patient("Ada Lark", birth_date=builders.patient("Bo Wren").birth_date)
    born = f"{here.birth_date:%d/%m/%Y}"
    lines = [["K1", "Ada Larke", born, "a@example.com"], ["K2", "Bo Wrenn", born, "b@example.com"]]
    lines += [["K3", "Ada Heron", born, "c@example.com"], ["K4", "Dot Teal", born, "d@example.com"]]
    source = spreadsheet(unit, coordinator, lines, BIT)
    page = signed_in.get(source.get_absolute_url())
    assert "3 lines are likely a child who is here, or in another line, already" in text_of(page)
    signed_in.post(source.get_absolute_url(), {"act": "answers", "line-2": "same"})
    signed_in.post(source.get_absolute_url(), {"act": "confirm", "line-3": "other"})
    take_in_confirmed()
    outcomes = dict(source.lines.values_list("number", "outcome"))
    assert outcomes == {2: "taken", 3: "taken", 4: "left_out", 5: "taken"}
    assert set(Patient.objects.filter(hospital_number__in=["K1", "K2", "K3", "K4"]).values_list(
        "hospital_number", flat=True
    )) == {"K2", "K4"}  # fmt: skip
    assert here.contacts.get().email == "a@example.com"


def test_a_column_is_corrected_by_hand(signed_in, unit):
    page = upload(signed_in, b"Ref,Who,When\nK1,Ada Lark,27/3/2016\n", "unit.csv", unit=unit.pk)
    shown = signed_in.get(page)
    assert "no child can be told from another" in text_of(shown)
    assert "There is nothing in this file" not in text_of(shown)
    asked = {"act": "columns", "reason": "planned_repeat", "priority": "2"}
    twice = signed_in.post(page, asked | {"column_0": "name", "column_1": "name"})
    assert "Two columns are “Child’s full name”" in text_of(twice)
    right = {"column_0": "hospital_number", "column_1": "name", "column_2": "birth_date"}
    signed_in.post(page, asked | right)
    assert "1 line will be taken in" in text_of(signed_in.get(page))


def test_columns_that_change_while_a_colleague_confirms_change_nothing(
    signed_in, unit, coordinator, monkeypatch
):
    """Judging the lines of a large file takes a while."""
    source, judge_all = spreadsheet(unit, coordinator), asking._judge_all

    def meanwhile(*given):
        asking.confirm(source=source, by=coordinator)
        take_in_confirmed()
        judge_all(*given)

    monkeypatch.setattr(asking, "_judge_all", meanwhile)
    columns = {f"column_{n}": key for n, key in enumerate(source.columns)}
    sent = columns | {"act": "columns", "reason": "planned_repeat", "priority": "2"}
    answer = signed_in.post(source.get_absolute_url(), sent)
    assert (answer.status_code, "was confirmed already" in text_of(answer)) == (409, True)
    source.refresh_from_db()
    assert source.confirmed_at and source.lines.get().outcome == "taken"


def test_a_file_that_was_forgotten_meanwhile_is_said_to_be(signed_in, unit, coordinator):
    source = spreadsheet(unit, coordinator)
    stale = SpreadsheetImport.objects.get(pk=source.pk)
    SpreadsheetImport.objects.update(at=timezone.now() - timedelta(days=2))
    assert str(asking.forget_old()) == "Spreadsheets: 1 file forgotten."
    for act in (
        lambda: asking.confirm(source=stale, by=coordinator),
        lambda: asking.answer(source=stale, answers={2: "same"}),
        lambda: asking.match_again(source=stale, columns=stale.columns, settings=Settings()),
    ):
        with pytest.raises(Refused, match="forgotten"):
            act()
    assert not SpreadsheetImport.objects.exists()


def test_wrong_lines_are_taken_away_corrected_and_brought_again(signed_in, unit, coordinator):
    lines = [
        ["K1", "Ada Lark", "27/3/2016", "+mia@example"],
        ["K2", "Bo Wren", "28/3/2016", "bo@example.com"],
    ]
    source = spreadsheet(unit, coordinator, lines, BIT)
    file = signed_in.get(f"{source.get_absolute_url()}file/")
    data = b"".join(file.streaming_content)
    (row,) = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert row["What is wrong"].startswith("Line 2: Parent 1: the email address must be")
    assert row["Email"] == "'+mia@example"
    assert AuditEvent.objects.filter(action="user.list_exported", actor_id=coordinator.pk).exists()
    signed_in.post(source.get_absolute_url(), {"act": "confirm"})
    take_in_confirmed()
    assert list(Patient.objects.values_list("name", flat=True)) == ["Bo Wren"]
    again = data.replace(b"'+mia@example", b"mia@example.com")
    page = upload(signed_in, again, "wrong-lines.csv", unit=unit.pk)
    assert "1 line will be taken in" in text_of(signed_in.get(page))


def test_what_changed_since_somebody_looked_is_judged_anew(signed_in, unit, coordinator):
    line = next(rows(1, 0, 1, monday := builders.next_monday(2)))
    source = spreadsheet(unit, coordinator, [line])
    signed_in.post(source.get_absolute_url(), {"act": "confirm"})
    builders.book(unit, monday, coordinator, chair=unit.chairs.first())
    take_in_confirmed()
    taken = source.lines.get()
    assert (taken.outcome, "is taken" in taken.says) == ("left_out", True)
    assert "Download the lines that were left out" in text_of(signed_in.get(source.get_absolute_url()))
    # All of the line or nothing: the child is not here either.
    assert not Patient.objects.filter(hospital_number=line[0]).exists()


def test_a_rule_that_may_be_broken_is_broken_by_name(signed_in, coordinator):
    unit = builders.unit(chairs=2, nurses=1, children_per_nurse=1)
    lines = list(rows(2, 0, 2, builders.next_monday(2)))
    source = spreadsheet(unit, coordinator, lines)
    assert "Kept though" in source.lines.get(number=3).says
    signed_in.post(source.get_absolute_url(), {"act": "confirm"})
    take_in_confirmed()
    override = Course.objects.get(patient__hospital_number=lines[1][0]).overrides.first()
    assert (override.allowed_by, override.reason) == (
        coordinator.name,
        "It was booked like this before the unit moved in",
    )


def test_nothing_is_taken_in_twice_and_a_line_that_breaks_down_stops_no_other(
    signed_in, unit, coordinator, monkeypatch
):
    lines = [["K1", "Ada Lark", "27/3/2016", ""], ["K2", "Bo Wren", "28/3/2016", ""]]
    source = spreadsheet(unit, coordinator, lines, BIT)
    for _ in range(2):
        signed_in.post(source.get_absolute_url(), {"act": "confirm"})
    real = Patient.save

    def save(self, *args, **kwargs):
        if self.name == "Ada Lark":
            raise ZeroDivisionError
        real(self, *args, **kwargs)

    monkeypatch.setattr(Patient, "save", save)
    for _ in range(2):
        take_in_confirmed()
    assert [line.outcome for line in source.lines.all()] == ["left_out", "taken"]
    assert Patient.objects.filter(hospital_number__in=["K1", "K2"]).count() == 1
    answer = signed_in.post(source.get_absolute_url(), {"act": "answers", "line-2": "same"}, follow=True)
    assert "confirmed already" in text_of(answer)


def test_only_some_may_move_in(client, person, unit):
    client.force_login(person(Role.NURSE))
    assert client.get("/moving-in/").status_code == 403
    assert "Move in from a spreadsheet" not in text_of(client.get("/children/"))
