"""Files of results as laboratories and spreadsheets write them."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from crmo_clinic.nhsuk.spreadsheets import decode
from scheduling.history.lab_results import read_sheet
from scheduling.models import Review
from tests import builders

pytestmark = pytest.mark.django_db
HEAD = "Hospital number,Date,ESR,CRP"
BOTH = "Hospital number,NHS number,Date,ESR,CRP"


@pytest.fixture
def child():
    return builders.patient(hospital_number="K107078", nhs_number="9997700015")


def sheet(text: str):
    return read_sheet(text, timezone.localdate())


def values(text: str):
    """What each line gives: ESR and CRP as number, below, above."""
    return [
        [
            value and (str(value.number.normalize()), value.below, value.above)
            for value in (each.esr, each.crp)
        ]
        for each in sheet(text).new
    ]


@pytest.mark.parametrize(
    ("esr", "crp", "read"),
    [
        (">140", ">300", [("1.4E+2", False, True), ("3E+2", False, True)]),
        ("> 140", "<5", [("1.4E+2", False, True), ("5", True, False)]),
        ("\u200b12", "7.5\u200d", [("12", False, False), ("7.5", False, False)]),
        ("12", '"7,5"', [("12", False, False), ("7.5", False, False)]),
    ],
)
def test_a_limit_is_kept_above_as_below(child, esr, crp, read):
    assert values(f"{HEAD}\nK107078,27/3/2026,{esr},{crp}") == [read]


@pytest.mark.parametrize("value", [">=300", "≥300", "><5", ">", "1,250", "1.25", "12,5,0", "7.5.0"])
def test_what_is_neither_a_number_nor_a_limit_is_wrong(child, value):
    [line] = sheet(f'{HEAD}\nK107078,27/3/2026,,"{value}"').lines
    assert line.wrong == "CRP must be a number from 0 to 999, or a limit, like <5 or >999"


@pytest.mark.parametrize(
    "written",
    [
        "27/03/2026 09:15",
        "2026-03-27T09:15:00",
        "2026-03-27 09:15:00.000",
        "2026-03-27T23:15:00+00:00",
        "27/3/2026 9:15 AM",
        "27 March 2026, 9.15pm",
        "27.3.2026 09:15",
        "27\u200d/3/2026",
    ],
)
def test_a_time_behind_the_date_is_dropped(child, written):
    [found] = sheet(f'{HEAD}\nK107078,"{written}",12,8').new
    assert found.on == date(2026, 3, 27)


@pytest.mark.parametrize("written", ["27/3/2026 noon", "27/3/2026 9", "09:15", "27/3/26 09:15"])
def test_what_is_no_date_with_a_time_is_wrong(child, written):
    [line] = sheet(f"{HEAD}\nK107078,{written},12,8").lines
    assert line.wrong == "The date must be a real date, like 27/3/2026"


@pytest.mark.parametrize(
    "text",
    [
        "sep=;\nHospital number;Date;ESR;CRP\nK107078;27/3/2026;12;7,5",
        '"sep=;"\r\nHospital number;Date;ESR;CRP\r\nK107078;27/3/2026;12;7,5\r\n',
        "SEP=,\nHospital number,Date,ESR,CRP\nK107078,27/3/2026,12,7.5",
        "sep=|\nHospital number|Date|ESR|CRP\nK107078|27/3/2026|12|7.5",
        "Hospital number;Date;ESR;CRP (mg/L)\nK107078;27/3/2026;12;7,5",
        "Hospital number\tDate\tESR\tCRP\nK107078\t27/3/2026\t12\t7,5",
        'Hospital number,Date,ESR,CRP\n="K107078",27/3/2026,12,7.5',
        "Hospital No.,Date,ESR,CRP\nK107\u200d078,27/3/2026,12,7.5",
    ],
)
def test_columns_are_parted_as_the_file_says(child, text):
    assert values(text) == [[("12", False, False), ("7.5", False, False)]]
    [line] = sheet(text).lines
    assert line.number == (3 if "sep=" in text.lower() else 2)


def test_unicode_text_as_excel_saves_it_is_read(client, nurse, child):
    client.force_login(nurse)
    text = "Hospital number\tDate\tESR\tCRP\tName\r\nK107078\t27/3/2026\t12\t<5\tZoë\r\n"
    for data in (text.encode("utf-16"), b"\xfe\xff" + text.encode("utf-16-be")):
        assert decode(data) == text
        page = client.post("/reviews/import/", {"file": SimpleUploadedFile("results.txt", data)})
        assert "Import 1 result" in page.content.decode()
    assert decode(b"\xff\xfe\x00") is None


@pytest.mark.parametrize(
    ("head", "twice"),
    [
        ("Hospital number,Date,Date,ESR,CRP", "Date"),
        ("Hospital number,Date,ESR,CRP,CRP (mg/L)", "CRP"),
        ("Hospital number,hospital_number,Date,ESR,CRP", "Hospital number"),
        ("NHS No,NHS number,Date,ESR,CRP", "NHS number"),
    ],
)
def test_two_columns_of_one_name_are_refused_by_name(head, twice):
    text = f"{head}\nK107078,27/3/2026,30/3/2026,12,<5"
    assert sheet(text).wrong.startswith(f"Two columns are called {twice}.")


@pytest.mark.parametrize(
    ("head", "line"),
    [
        ("NHS number,Date,ESR,CRP", "999 770 0015,27/3/2026,12,8"),
        ("NHS no,Date,ESR,CRP", "NHS 999\u200d770\u200d0015,27/3/2026,12,8"),
        (BOTH, "K107078,9997700015,27/3/2026,12,8"),
        (BOTH, ",9997700015,27/3/2026,12,8"),
        (BOTH, "k107 078,,27/3/2026,12,8"),
    ],
)
def test_a_child_is_named_by_either_number(child, head, line):
    [found] = sheet(f"{head}\n{line}").new
    assert found.patient == child


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("K107078,9997700023,1", "The NHS number is not that of the child with this hospital number"),
        ("K200,9997700023,1", "The NHS number is not that of the child with this hospital number"),
        ("K107078,9997700016,1", "The NHS number must be 10 digits, and one of them is wrong or missing"),
        ("K107078,9.9977E+09,1", "The NHS number must be 10 digits, and one of them is wrong or missing"),
        (",9997700023,1", "No child has this NHS number"),
        ("K9,9997700015,1", "No child has this hospital number"),
        (",,1", "Neither hospital number nor NHS number"),
    ],
)
def test_two_numbers_that_are_not_of_one_child_make_a_line_wrong(child, line, wrong):
    builders.patient(hospital_number="K200", nhs_number=None)
    hospital, nhs, _ = line.split(",")
    [found] = sheet(f"{BOTH}\n{hospital},{nhs},27/3/2026,12,8").lines
    assert found.wrong == wrong


def test_a_limit_is_shown_and_corrected_as_it_was_written(client, nurse, child):
    client.force_login(nurse)
    made = Review.objects.create(
        patient=child,
        on="2026-03-27",
        source="lab",
        esr=140,
        esr_above=True,
        crp=300,
        crp_above=True,
        recorded_by="N",
    )
    for address in (f"/children/{child.pk}/history/", made.get_absolute_url()):
        page = client.get(address).content.decode()
        assert "&gt;140" in page
        assert "&gt;300" in page
    assert 'value="&gt;140"' in client.get(f"/reviews/{made.pk}/change/").content.decode()
    assert "above 300 on 27 March 2026" in client.get(f"/children/{child.pk}/history/").content.decode()
