"""What each line of a spreadsheet is: read by itself, by the lines before it, and by what is here."""

from datetime import date, time, timedelta

import pytest

from crmo_clinic.nhsuk.wording import short_date
from patients.models import AuditEvent, Patient
from scheduling.models import Booking, Course, ImportLine, LineKind, Message
from scheduling.moving_in import asking
from scheduling.moving_in.columns import match
from scheduling.moving_in.settings import Settings
from tests import builders
from tests.builders.people import a_valid_nhs_number

pytestmark = pytest.mark.django_db
HEAD = "Hospital number,NHS number,Name,Date of birth"
MAVIS = (
    "CHILD_ADDRESS_LINE_1,CHILD_ADDRESS_LINE_2,CHILD_DATE_OF_BIRTH,CHILD_FIRST_NAME,CHILD_GENDER,"
    "CHILD_LAST_NAME,CHILD_NHS_NUMBER,CHILD_POSTCODE,CHILD_PREFERRED_FIRST_NAME,CHILD_REGISTRATION,"
    "CHILD_SCHOOL_URN,CHILD_TOWN,PARENT_1_EMAIL,PARENT_1_NAME,PARENT_1_PHONE,PARENT_1_RELATIONSHIP,"
    "PARENT_2_EMAIL,PARENT_2_NAME,PARENT_2_PHONE,PARENT_2_RELATIONSHIP"
)


@pytest.fixture
def unit():
    return builders.unit()


def dated(text: str) -> str:
    """The text with the days of a week to come, and a day that is over."""
    monday = builders.next_monday(2)
    days = {"MON": 0, "TUE": 1, "SAT": 5, "SUN": 6, "PAST": -28}
    for word, n in days.items():
        text = text.replace(word, f"{monday + timedelta(n):%d/%m/%Y}")
    return text


def look(unit, by, text: str, **settings) -> list[ImportLine]:
    text = dated(text)
    settings = Settings(**settings)
    source = asking.start(text=text, file_name="unit.csv", unit=unit, settings=settings, by=by)
    return list(source.lines.order_by("number"))


def one(unit, by, head: str, line: str, **settings) -> ImportLine:
    (line,) = look(unit, by, f"{head}\n{line}", **settings)
    return line


@pytest.mark.parametrize("far", ["31/12/9999", "1/1/0001", "1/1/1900", "31/12/2199"])
@pytest.mark.parametrize(
    "head", ["Earliest", "Wanted by", "Latest", "Date decided", "Day 1", "Day 1 and start"]
)
def test_dates_that_stand_for_never_are_those_of_no_course(unit, coordinator, head, far):
    """They would be looked for, day by day."""
    start = ",9:30" if "start" in head else ""
    heads = f"Hospital number,Name,Date of birth,Clinician,Hours,{head.replace(' and start', ',Start')}"
    line = one(unit, coordinator, heads, f"K9,Ada Lark,27/3/2016,Dr Wren,4,{far}{start}")
    assert (line.kind, "within the last 10 and the next 2 years" in line.says) == (LineKind.WRONG, True)


def test_headings_are_found_by_what_they_mean():
    heads = [
        "Hosp. No.",
        "NHS No",
        "Surname",
        "Forename",
        "D.O.B.",
        "Parent 2 - email",
        "Mum's shoe size",
        "Tel.",
    ]
    assert match(heads) == [
        *("hospital_number", "nhs_number", "last_name", "first_name", "birth_date"),
        *("", "", "parent_1_phone"),
    ]
    assert match(["parent_2_email", "Contact 3 phone", "Mobile", "Telephone", "Consultant", "Bed"]) == [
        *("parent_2_email", "parent_3_phone", "parent_1_phone", "", "decided_by", "chair"),
    ]


def test_a_cohort_file_as_mavis_has_it(unit, coordinator):
    line = (
        f"1 Test Lane,,2016-03-27,Zoë,Female,Lark,{a_valid_nhs_number(7000)},TE1 1ST,Zo,5A,123456,Testtown,"
        "mia@example.com,Mia Lark,07700900111,Mum,,Tom Lark,0113 496 0199,Dad"
    )
    (found,) = look(unit, coordinator, f"{MAVIS}\n{line}")
    assert (found.kind, found.says) == (
        LineKind.NEW,
        "2 contacts. No hospital number: until one is entered, the NHS number stands for it",
    )


@pytest.mark.parametrize(
    "written",
    [
        "27/3/2016",
        "27/03/16",
        "27.3.2016",
        "27 March 2016",
        "Sun 27 Mar 2016",
        "2016-03-27",
        "2016-03-27 00:00",
    ],
)
def test_dates_in_the_forms_that_files_have(unit, coordinator, written):
    line = one(unit, coordinator, HEAD, f"K1,,Ada Lark,{written}")
    builders.patient("Ada Finch", birth_date=date(2016, 3, 27))
    again = one(unit, coordinator, HEAD, f"K1,,Ada Lark,{written}")
    assert (line.kind, again.kind) == (LineKind.NEW, LineKind.LIKELY)


PARENT = f"{HEAD},Parent,Email,Phone"
COURSE = f"{HEAD},Priority,Clinician,Hours,Day 1,Day 2,Start,Chair"
BORN = "Ada Lark,27/3/2016"


@pytest.mark.parametrize(
    ("head", "line", "wrong"),
    [
        (HEAD, f",,{BORN}", "neither a hospital number nor an NHS number"),
        (HEAD, f"K1,9990000000,{BORN}", "must be 10 digits, and one of them is wrong"),
        (HEAD, "K1,,,27/3/2016", "without a name none can be added"),
        (HEAD, "K1,,Ada Lark,", "without a date of birth none can be added"),
        (HEAD, "K1,,Ada Lark,3/27/2016", "must be a real date with its year"),
        (HEAD, "K1,,Ada Lark,Mon 27 Mar 2016", "must be a real date with its year"),
        (HEAD, "K1,,Ada Lark,27/3/1999", "within the last 25 years"),
        (HEAD, "K1,,=1+1,27/3/2016", "is a formula, =1+1: put its value there"),
        (HEAD, "K1,,#REF!,27/3/2016", "a fault of the spreadsheet"),
        (HEAD, f"K1,,{BORN},more", "more values than there are columns"),
        (PARENT, f"K1,,{BORN},Mia,mia@home,", "one that mail can reach"),
        (PARENT, f"K1,,{BORN},Mia,,0770090", "one number that can be rung"),
        (PARENT, f"K1,,{BORN},Mia,,", "neither an email address of their own nor a phone number"),
        (COURSE, f"K1,,{BORN},Urgent,,4,,,,", "No clinician who decided is named"),
        (COURSE, f"K1,,{BORN},Urgent,Dr Wren,,,,,", "The hours on each day are missing"),
        (COURSE, f"K1,,{BORN},Urgent,Dr Wren,7,,,,", "from 4 to 6, in quarters"),
        (COURSE, f"K1,,{BORN},Very,Dr Wren,4,,,,", "Priority must be urgent, soon or routine"),
        (COURSE, f"K1,,{BORN},Soon,Dr Wren,4,MON,TUE,9,", "must be a time"),
        (COURSE, f"K1,,{BORN},Soon,Dr Wren,4,MON,TUE,9am,Chair 9", "no chair called “Chair 9”"),
        (COURSE, f"K1,,{BORN},Soon,Dr Wren,4,PAST,,9am,", "The first day is over"),
        (COURSE, f"K1,,{BORN},Soon,Dr Wren,4,SAT,SUN,9am,", "not open on Saturdays"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_line_is_said(unit, coordinator, head, line, wrong):
    found = one(unit, coordinator, head, line)
    assert (found.kind, wrong in found.says) == (LineKind.WRONG, True), found.says


def test_whoever_is_here_is_known_by_either_number(unit, coordinator):
    child = builders.patient("Ada Lark", hospital_number="K1", birth_date=date(2016, 3, 27))
    builders.contact(child, email="mia@example.com")
    builders.course(child, unit)
    head = f"{HEAD},Email,Phone,Priority,Clinician,Hours"
    lines = look(
        unit,
        coordinator,
        f"{head}\nk 1,,Ada LARK,27/3/2016,MIA@example.com,,,,\n,{child.nhs_number},,,tom@example.com,,,,\n"
        "K1,,,,,,Soon,Dr Wren,4\nK1,,,28/3/2016,,,,,\nK1,,Tom Heron,,,,,,\n"
        f"K1,{a_valid_nhs_number(7000)},,,,,,,\n"
        f"K2,{child.nhs_number},,,,,,,",
    )
    assert [(line.kind, line.says) for line in lines] == [
        ("nothing_new", "Everything is here already"),
        ("known", "1 contact"),
        ("nothing_new", "Waits for a course already"),
        ("wrong", "The child with this number was born on 27 March 2016 here, not on 28 March 2016"),
        ("wrong", "The child with this number has another name here"),
        ("wrong", "The child with this hospital number has another NHS number here"),
        ("wrong", "The child with this NHS number has another hospital number here, K1"),
    ]
    assert lines[0].child == lines[1].child == child


def test_lines_of_one_file_are_seen_beside_each_other(unit, coordinator):
    lines = look(
        unit, coordinator, f"{HEAD}\nK1,,{BORN}\nK1,,{BORN}\nK2,,Ada Heron,27/3/2016\nK3,,Bo Lark,28/3/2016"
    )
    assert [(line.kind, line.says) for line in lines] == [
        ("new", ""),
        ("known", "The child of line 2"),
        (
            "likely",
            "Born on the same day as the child of line 2, with a name in common. If it is the same child, "
            "give it the same number in both lines",
        ),
        ("new", ""),
    ]


def test_booked_days_are_judged_by_the_rules_and_beside_each_other(unit, coordinator):
    taken = builders.book(unit, monday := builders.next_monday(2), coordinator)
    chair = taken.live_sessions[0].booking.chair.name
    lines = look(
        unit,
        coordinator,
        f"{COURSE}\nK1,,Cy Lark,27/3/2016,Soon,Dr Wren,4,MON,TUE,9:30am,{chair}\n"
        "K2,,Di Wren,28/3/2016,Soon,Dr Wren,4h 30,MON - TUE,,09:00,\n"
        "K3,,Ed Teal,29/3/2016,Soon,Dr Wren,4,MON,,10am,\n",
    )
    assert [line.kind for line in lines] == ["wrong", "new", "wrong"]
    assert f"{chair} is taken" in lines[0].says
    assert f"booked on {short_date(monday)} and {short_date(monday + timedelta(1))}" in lines[1].says
    # Both chairs are taken, one of them by the line before.
    assert "is taken" in lines[2].says
    assert not Course.objects.exclude(pk=taken.pk).exists()
    assert Booking.objects.count() == 2


def test_before_it_is_confirmed_nothing_of_a_file_is_in_the_records(unit, coordinator):
    before = AuditEvent.objects.count()
    line = one(unit, coordinator, COURSE, f"K1,,{BORN},Soon,Dr Wren,4,MON,TUE,{time(9)},")
    assert line.kind == LineKind.NEW
    assert not Patient.objects.exists()
    assert not Message.objects.exists()
    assert AuditEvent.objects.count() == before
