"""Results from a file: every line judged, all of them taken in or none, and nothing before it was seen."""

import logging

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from crmo_clinic.nhsuk.spreadsheets import decode
from patients.models import AccessEvent, AuditEvent
from scheduling.history.lab_results import read_sheet
from scheduling.models import Review
from tests import builders

pytestmark = pytest.mark.django_db
HEAD = "Hospital number,Date,ESR,CRP"


@pytest.fixture
def child():
    return builders.patient(hospital_number="K104482")


@pytest.fixture
def signed_in(client, nurse):
    client.force_login(nurse)
    return client


def sheet(*lines: str, head: str = HEAD):
    return read_sheet("\n".join([head, *lines]), timezone.localdate())


def upload(client, text: str | bytes):
    data = text if isinstance(text, bytes) else text.encode()
    return client.post("/reviews/import/", {"file": SimpleUploadedFile("results.csv", data)})


def confirm(client, text: str, **typed):
    """Check a file, and confirm what the page shows."""
    sheet = upload(client, text).context["sheet"]
    return client.post("/reviews/import/", {"text": text, "seen": sheet.mark, **typed}, follow=True)


def test_a_file_is_shown_line_by_line_and_taken_in_when_confirmed(signed_in, child):
    text = f"{HEAD}\nK104482,27/3/2026,14,<5\nk104 482,2026-04-01,,7.5\n"
    page = upload(signed_in, text)

    assert not Review.objects.exists()
    assert "Import 2 results" in page.content.decode()
    confirm(signed_in, page.context["text"])
    made = Review.objects.order_by("on").values_list(
        "on__month", "source", "esr", "crp", "crp_below", "recorded_by", "pain"
    )
    assert list(made) == [
        (3, "lab", 14, 5, True, "Nia Nurse", None),
        (4, "lab", None, 7.5, False, "Nia Nurse", None),
    ]
    assert AccessEvent.objects.filter(page="scheduling:import_results", patient_id=child.pk).exists()


@pytest.mark.parametrize("odd", ["²", "9" * 5000, "-1", "", "1 "])
def test_a_number_of_a_line_that_is_none_is_left_out_of_account(signed_in, child, odd):
    confirm(signed_in, f"{HEAD}\nK104482,27/3/2026,14,5\n", instead=odd)
    assert Review.objects.count() == 1


def test_nothing_is_taken_in_if_a_line_is_wrong(signed_in, child):
    text = f"{HEAD}\nK104482,27/3/2026,14,5\nK999,27/3/2026,14,5\n"
    page = upload(signed_in, text)
    assert "1 line of 2 is wrong" in page.content.decode()
    assert "Import 1" not in page.content.decode()
    signed_in.post("/reviews/import/", {"text": text})
    assert not Review.objects.exists()


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("K9,27/3/2026,1,1", "No child has this hospital number"),
        (",27/3/2026,1,1", "No hospital number"),
        ("K104482,31/2/2026,1,1", "The date must be a real date, like 27/3/2026"),
        ("K104482,27/3/26,1,1", "The date must be a real date, like 27/3/2026"),
        ("K104482,27/3/2099,1,1", "The date must be today or in the past"),
        ("K104482,27/3/2001,1,1", "The date must be on or after the child’s date of birth"),
        ("K104482,27/3/2026,,", "There is neither an ESR nor a CRP"),
        ("K104482,27/3/2026", "There is neither an ESR nor a CRP"),
        ("K104482,27/3/2026,1.5,", "ESR must be a whole number from 0 to 300"),
        ("K104482,27/3/2026,,12 mg/L", "CRP must be a number from 0 to 999"),
        ("K104482,27/3/2026,,-3", "CRP must be a number from 0 to 999"),
        ("K104482,27/3/2026,,1e3", "CRP must be a number from 0 to 999"),
        ("K104482,27/3/2026,14,7,5", "This line has more values than there are columns: write 7.5, not 7,5"),
        ("K104482,27/3/2026,14,1,250", "This line has more values than there are columns"),
        ("K104482,27/3/2026,7,5,", "This line has more values than there are columns"),
    ],
)
def test_each_wrong_line_says_why(child, line, wrong):
    [found] = sheet(line).lines
    assert found.wrong.startswith(wrong)
    assert not sheet(line).is_right


def test_a_value_in_a_column_without_a_name_is_one_too_many(child):
    [found] = sheet("K104482,27/3/2026,14,7,5", head=f"{HEAD},").lines
    assert found.wrong.startswith("This line has more values than there are columns")
    [found] = sheet("K104482,27/3/2026,14,7,Ada", head=f"{HEAD},Name").new
    assert found.crp.number == 7
    assert sheet("K104482,27/3/2026,14,7,", head=f"{HEAD},").is_right


def test_lines_about_one_day_complete_each_other(signed_in, child):
    text = f"{HEAD}\nK104482,27/3/2026,14,\nK104482,2026-03-27,,<5\nK104482,27/3/2026,14,<5\n"
    first, second, third = upload(signed_in, text).context["sheet"].lines
    assert (first.what, second.what) == ("New", "New CRP beside the ESR of this date")
    assert third.what == "Stands in line 3 already"

    confirm(signed_in, text)
    made = Review.objects.get()
    assert (made.esr, made.crp, made.crp_below) == (14, 5, True)


def test_lines_that_contradict_each_other_are_wrong(child):
    lines = sheet("K104482,27/3/2026,1,1", "K104482,2026-03-27,1,2", "K104482,27/3/2026,<1,").lines
    assert [line.wrong for line in lines] == [
        "",
        "Line 2 has another CRP for this child and date",
        "Line 2 has another ESR for this child and date",
    ]


def test_a_value_that_comes_later_is_added_to_its_day(signed_in, child, nurse):
    early = Review.objects.create(
        patient=child, on="2026-03-27", source="lab", esr=14, sites_examined=True, recorded_by="Early Bird"
    )
    early.sites.create(site="ribs", side="left")
    Review.objects.create(patient=child, on="2026-03-27", source="lab", crp=99, recorded_by="N", mistake="No")
    text = f"{HEAD}\nK104482,27/3/2026,14,7.5\n"
    assert "New CRP beside the ESR of this date" in upload(signed_in, text).content.decode()

    confirm(signed_in, text)
    early.refresh_from_db()
    assert (early.esr, str(early.crp), early.recorded_by) == (14, "7.5", "Early Bird")
    assert early.sites.count() == 1
    assert Review.objects.count() == 2
    change = AuditEvent.objects.get(action="review.changed")
    assert (change.actor_id, change.changes) == (nurse.pk, {"crp": [None, "7.5"]})


def test_a_file_taken_in_twice_changes_nothing(signed_in, child):
    text = f"{HEAD}\nK104482,27/3/2026,14,<5\n"
    page = upload(signed_in, text)
    for _ in range(2):
        signed_in.post("/reviews/import/", {"text": text, "seen": page.context["sheet"].mark})
    assert Review.objects.count() == 1
    assert "Everything in this file is recorded already" in upload(signed_in, text).content.decode()


@pytest.mark.parametrize(
    "head",
    [
        "hospital_number,date,esr,crp",
        "CRP (mg/L);ESR mm/h;Date;Hospital Number",
        "\ufeffHospital number,Date,ESR,CRP",
    ],
)
def test_columns_are_found_by_their_names(child, head):
    separator = ";" if ";" in head else ","
    values = {"crp": "7", "esr": "9", "dat": "27/3/2026", "hos": "K104482"}
    line = separator.join(values[name.strip("\ufeff ").lower()[:3]] for name in head.split(separator))
    [found] = sheet(line, head=head).new
    assert (found.esr.number, found.crp.number, found.patient) == (9, 7, child)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "The file is empty."),
        ("\n\n", "The file is empty."),
        (HEAD, "The file has no line below the names of the columns."),
        (
            "a,b\n1,2",
            "The first line must name the columns. Missing: Hospital number or NHS number, Date, ESR, CRP.",
        ),
        (
            HEAD + "\n" + "K1,1/1/2026,1,1\n" * 10_001,
            "The file must have 10,000 lines or fewer",
        ),
        ("x" * 1_000_001, "The file must be 1000 KB or smaller"),
        (HEAD + '\n"' + "x" * 140_000, "The file cannot be read as CSV"),
    ],
    ids=["nothing", "blank", "no lines", "no columns", "too many", "too large", "no csv"],
)
def test_a_file_that_is_wrong_as_a_whole_says_so(text, wrong):
    assert read_sheet(text, timezone.localdate()).wrong.startswith(wrong)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "The file is empty. Choose another"),
        (b"PK\x03\x04\x00\x00", "The workbook is damaged"),
        (b"\xd0\xcf\x11\xe0\x00", "a workbook of an old Excel"),
        (b"\x00\x01\x02", "This is no spreadsheet file"),
        (b"x" * 1_000_001, "KB or smaller"),
    ],
)
def test_an_upload_that_is_no_such_file_is_refused_in_words(signed_in, data, says):
    page = upload(signed_in, data)
    assert page.status_code == 200
    assert says in " ".join(page.context["form"].errors["file"])


def test_text_as_old_spreadsheets_save_it_is_read():
    assert decode("Zoë".encode("cp1252")) == "Zoë"
    assert decode("\ufeffZoë".encode()) == "Zoë"


def test_the_log_of_the_server_holds_no_number_of_a_file(signed_in, child, caplog):
    caplog.set_level(logging.DEBUG)
    text = f"{HEAD}\nK104482,27/3/2026,14,977\nQ77777,27/3/2026,14,977\n"
    confirm(signed_in, text)
    said = [record.getMessage() for record in caplog.records if not record.name.startswith("django.db")]
    assert not any("104482" in line or "977" in line or "Q77777" in line for line in said)


def test_only_those_who_record_reviews_import(client, coordinator, child):
    client.force_login(coordinator)
    assert client.post("/reviews/import/", {"text": f"{HEAD}\nK104482,27/3/2026,1,1"}).status_code == 403
    assert not Review.objects.exists()


def test_a_file_is_judged_with_as_many_questions_as_a_line(child, django_assert_num_queries):
    builders.patient(hospital_number="K104483")
    with django_assert_num_queries(3):
        sheet(*(f"K10448{2 + n % 2},{1 + n // 2}/3/2026,1,1" for n in range(40)))
