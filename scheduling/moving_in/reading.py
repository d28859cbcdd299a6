"""One line of a spreadsheet, read by itself: the child, the people around it, and its course."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache

from crmo_clinic.nhsuk import nhs_number, phone
from crmo_clinic.nhsuk.email_address import is_mailable
from crmo_clinic.nhsuk.typed import read_number, read_time
from crmo_clinic.nhsuk.typed_dates import read_whole_date
from crmo_clinic.nhsuk.wording import birthday
from patients.models import (
    AGE_TO_DECIDE,
    Contact,
    ParentalResponsibility,
    Patient,
    Relationship,
    Sex,
    plain_hospital_number,
)
from scheduling.models import Course, Priority, Reason
from scheduling.moving_in.columns import COLUMNS, MOST_PARENTS, OF_COURSE, OF_PARENT, parent_key
from scheduling.moving_in.settings import Settings
from scheduling.rules.course import LENGTH_STEP, LONGEST, SHORTEST

OLDEST_YEARS = 25
# Somebody whose name is not in the file is called so.
NAMELESS = "Parent or carer"
# What a spreadsheet shows where a formula failed.
_FAULT = re.compile(r"#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|SPILL!|CALC!)", re.IGNORECASE)
# Between two dates in one cell.
_BETWEEN = re.compile(r"\s*(?:[;&+\n]|\bto\b|\band\b|\s[-\u2013]\s)\s*")

_YES = {"yes", "y", "true", "1", "x", "ja", "ticked"}
_NO = {"no", "n", "false", "0", "-", ""}
_SEXES = {
    Sex.FEMALE: "female f girl 2",
    Sex.MALE: "male m boy 1",
    Sex.INDETERMINATE: "indeterminate 9",
    Sex.NOT_KNOWN: "not_known unknown 0",
}
_RELATIONSHIPS = {
    Relationship.MOTHER: "mother mum mam mom mummy",
    Relationship.FATHER: "father dad daddy",
    Relationship.GRANDPARENT: "grandparent grandmother grandfather gran grandma grandad nan",
    Relationship.FOSTER_CARER: "foster_carer foster_parent foster_mother foster_father foster",
    Relationship.GUARDIAN: "guardian legal_guardian carer",
    Relationship.SOCIAL_WORKER: "social_worker",
    Relationship.YOUNG_PERSON: "young_person self patient child themself",
    Relationship.OTHER: "other someone_else",
}
_RESPONSIBILITY = {
    ParentalResponsibility.YES: "yes y true 1",
    ParentalResponsibility.NO: "no n false 0",
    ParentalResponsibility.DELEGATED: "delegated",
    ParentalResponsibility.UNKNOWN: "unknown not_known",
}
_PRIORITIES = {
    Priority.URGENT: "urgent emergency high",
    Priority.SOON: "soon medium",
    Priority.ROUTINE: "routine normal standard low planned",
}
_REASONS = {
    Reason.FIRST: "first_course first new",
    Reason.PAIN: "recurrence_of_pain pain pain_has_come_back",
    Reason.IMAGING: "recurrence_on_imaging imaging mri",
    Reason.PLANNED: "planned_repeat planned repeat",
}


class WrongLine(ValueError):
    """A line cannot be taken in. Its text says what is wrong, without a full stop."""


@dataclass(frozen=True)
class ReadCourse:
    """What a line says of a course. days_booked: empty of one that waits. chair: as the unit calls it."""

    priority: int
    minutes: int
    days: int
    decided_by: str
    decided_on: date
    reason: str
    earliest: date | None = None
    target: date | None = None
    latest: date | None = None
    days_booked: tuple[date, ...] = ()
    start: time | None = None
    chair: str = ""

    def fields(self) -> dict[str, object]:
        """What was agreed, as fields of a Course."""
        names = (
            "priority",
            "minutes",
            "days",
            "decided_by",
            "decided_on",
            "reason",
            "earliest",
            "target",
            "latest",
        )
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class ReadLine:
    """What a line says. Without a number of the child there is none."""

    child: Mapping[str, object]
    contacts: tuple[Mapping[str, object], ...] = ()
    course: ReadCourse | None = None

    @property
    def hospital_number(self) -> str:
        return str(self.child.get("hospital_number", ""))

    @property
    def nhs_number(self) -> str | None:
        found = self.child.get("nhs_number")
        return str(found) if found else None

    @property
    def name(self) -> str:
        return str(self.child.get("name", ""))

    @property
    def birth_date(self) -> date | None:
        found = self.child.get("birth_date")
        return found if isinstance(found, date) else None


def read_line(texts: Mapping[str, str], settings: Settings, today: date) -> ReadLine:
    """What the line says. Raises WrongLine at the first thing that is wrong with it."""
    for key, text in texts.items():
        if text.startswith("="):
            raise WrongLine(f"“{COLUMNS[key]}” is a formula, {text[:40]}: put its value there")
        if _FAULT.fullmatch(text):
            raise WrongLine(f"“{COLUMNS[key]}” is {text}, a fault of the spreadsheet: put the value there")
    child = dict(_child(texts, today))
    born = child.get("birth_date")
    contacts = tuple(_contacts(texts, settings, born if isinstance(born, date) else None, today))
    return ReadLine(child, contacts, _course(texts, settings, today))


def _child(texts: Mapping[str, str], today: date) -> Iterator[tuple[str, object]]:
    hospital = plain_hospital_number(texts.get("hospital_number", ""))
    digits = nhs_number.normalise(texts.get("nhs_number", ""))
    if not hospital and not digits:
        raise WrongLine("There is neither a hospital number nor an NHS number")
    if digits and not nhs_number.is_valid(digits):
        raise WrongLine("The NHS number must be 10 digits, and one of them is wrong or missing")
    if hospital:
        yield "hospital_number", _short(hospital, Patient, "hospital_number", "Hospital number")
    if digits:
        yield "nhs_number", digits
    whole = texts.get("name", "")
    if not whole:
        whole = " ".join(filter(None, (texts.get("first_name", ""), texts.get("last_name", ""))))
    elif "," in whole:
        # As lists sort it: `Example, Lily`.
        last, _, first = whole.partition(",")
        whole = f"{first.strip()} {last.strip()}".strip()
    if whole:
        yield "name", _short(whole, Patient, "name", "Child’s full name")
    if text := texts.get("birth_date", ""):
        yield "birth_date", _birth_date(text, today)
    for key, kept in {
        "known_as": "known_as",
        "language": "language",
        "needs": "needs",
        "allergies": "allergies",
    }.items():
        if text := texts.get(key, ""):
            yield kept, _short(text, Patient, kept, COLUMNS[key])
    if text := texts.get("sex", ""):
        yield "sex", _one_of(text, _SEXES, "Sex at registration", "female, male, indeterminate or not known")
    if text := texts.get("interpreter", ""):
        yield "interpreter_needed", _yes(text, "Interpreter needed")


def _birth_date(text: str, today: date) -> date:
    born = _date(text, "Date of birth", "27/3/2016")
    if born > today:
        raise WrongLine("Date of birth must be in the past")
    if today.year - born.year > OLDEST_YEARS:
        raise WrongLine(f"Date of birth must be within the last {OLDEST_YEARS} years")
    return born


def _contacts(
    texts: Mapping[str, str], settings: Settings, born: date | None, today: date
) -> Iterator[dict[str, object]]:
    seen: set[str] = set()
    for number in range(1, MOST_PARENTS + 1):
        cells = {what: texts.get(parent_key(number, what), "") for what in OF_PARENT}
        who = f"Parent {number}"
        if not any(cells[what] for what in ("name", "email", "phone")):
            continue
        email = cells["email"]
        if email and not is_mailable(email):
            raise WrongLine(
                f"{who}: the email address must be one that mail can reach, like name@example.com"
            )
        if email.casefold() in seen:
            # Two contacts of one child cannot share an address; by phone both can be reached.
            email = ""
        seen.add(email.casefold())
        number_to_ring = _phone(cells["phone"], who) if cells["phone"] else ""
        if not email and not number_to_ring:
            raise WrongLine(f"{who} has neither an email address of their own nor a phone number")
        relationship = _one_of(
            cells["relationship"], _RELATIONSHIPS, f"{who}: relationship", "", otherwise=Relationship.OTHER
        )
        theirs = relationship == Relationship.YOUNG_PERSON
        allowed = (
            _yes(cells["permission"], f"{who}: permission") if cells["permission"] else settings.may_be_mailed
        )
        decides = born is not None and today >= birthday(born, AGE_TO_DECIDE)
        mailed = bool(email) and allowed and (theirs or not decides)
        yield {
            "name": _short(cells["name"] or NAMELESS, Contact, "name", f"{who}: name"),
            "relationship": relationship,
            "email": email,
            "phone": number_to_ring,
            "parental_responsibility": _one_of(
                cells["responsibility"],
                _RESPONSIBILITY,
                f"{who}: parental responsibility",
                "yes, no, delegated or unknown",
                empty=ParentalResponsibility.UNKNOWN,
            ),
            "may_receive_invites": mailed,
            "permission_on": today if mailed else None,
        }


def _course(texts: Mapping[str, str], settings: Settings, today: date) -> ReadCourse | None:
    cells = {key: texts.get(key, "") for key in OF_COURSE}
    if not any(cells.values()):
        return None
    if not (decided_by := cells["decided_by"] or settings.decided_by):
        raise WrongLine("No clinician who decided is named: in this line, or for the whole file")
    minutes = _minutes(cells["hours"]) if cells["hours"] else settings.minutes
    if not minutes:
        raise WrongLine("The hours on each day are missing: in this line, or for the whole file")
    dates = {
        key: _date(cells[key], COLUMNS[key], "4/8/2026")
        for key in ("earliest", "target", "latest")
        if cells[key]
    }
    if "earliest" in dates and "latest" in dates and dates["earliest"] > dates["latest"]:
        raise WrongLine("The earliest first day is after the latest")
    decided_on = (
        _date(cells["decided_on"], COLUMNS["decided_on"], "4/8/2026") if cells["decided_on"] else today
    )
    if decided_on > today:
        raise WrongLine("The date of the decision must be today or in the past")
    booked = tuple(_booked(cells))
    number = (
        read_number(cells["days"].lower().removesuffix("days").removesuffix("day")) if cells["days"] else None
    )
    days = number or len(booked) or 2
    if (cells["days"] and number is None) or not 1 <= days <= 3:
        raise WrongLine("The number of days must be 1, 2 or 3")
    # Many a spreadsheet writes seconds.
    start = read_time(re.sub(r"(:\d\d):00$", r"\1", cells["start"])) if cells["start"] else None
    if booked and start is None:
        raise WrongLine("The start must be a time, like 9:30am or 09:30")
    return ReadCourse(
        priority=int(
            _one_of(
                cells["priority"], _PRIORITIES, "Priority", "urgent, soon or routine", empty=settings.priority
            )
        ),
        minutes=minutes,
        days=days,
        decided_by=_short(decided_by, Course, "decided_by", COLUMNS["decided_by"]),
        decided_on=decided_on,
        reason=str(
            _one_of(
                cells["reason"],
                _REASONS,
                "Reason",
                "first course, pain, imaging or planned repeat",
                empty=settings.reason,
            )
        ),
        days_booked=booked
        if len(booked) != 1
        else tuple(date.fromordinal(booked[0].toordinal() + n) for n in range(days)),
        start=start,
        chair=cells["chair"],
        **dates,
    )


def _booked(cells: Mapping[str, str]) -> Iterator[date]:
    """The days booked: a column for each, or all in the first, such as `4/8/2026 and 5/8/2026`."""
    for key in ("day_1", "day_2", "day_3"):
        for text in filter(None, _BETWEEN.split(cells[key])):
            yield _date(text, COLUMNS[key], "4/8/2026")


def _date(text: str, what: str, example: str) -> date:
    found = read_whole_date(text)
    if found is None:
        raise WrongLine(f"{what} must be a real date with its year, like {example}")
    return found


def _minutes(text: str) -> int:
    """The minutes in `4`, `4.5 hours`, `4h 30`, `4:30`, `270 min`."""
    plain = text.lower().replace(",", ".").strip()
    found: float | None = None
    if match := re.fullmatch(r"(\d{1,2}(?:\.\d+)?)\s*(?:h|hrs?|hours?)?", plain):
        found = float(match[1]) * 60
    elif match := re.fullmatch(r"(\d{1,2})\s*(?:h|hrs?|hours?|:)\s*(\d{2})\s*(?:m|mins?|minutes?)?", plain):
        found = int(match[1]) * 60 + int(match[2])
    elif match := re.fullmatch(r"(\d{3})\s*(?:m|mins?|minutes?)?", plain):
        found = int(match[1])
    if found is None or not SHORTEST <= found <= LONGEST or found % LENGTH_STEP:
        raise WrongLine("The hours on each day must be from 4 to 6, in quarters, like 4.5 or 4h 30")
    return int(found)


@lru_cache(maxsize=20_000)
def _read_phone(text: str) -> str | None:
    try:
        return phone.read(text)
    except phone.Unreadable:
        return None


def _phone(text: str, who: str) -> str:
    # Spreadsheets drop the 0 that a number begins with.
    found = _read_phone(text) or (_read_phone(f"0{text}") if re.fullmatch(r"[1-9]\d{9}", text) else None)
    if found is None:
        raise WrongLine(f"{who}: the phone number must be one number that can be rung, like 07700 900 000")
    return found


def _yes(text: str, what: str) -> bool:
    plain = text.lower()
    if plain in _YES:
        return True
    if plain in _NO:
        return False
    raise WrongLine(f"{what} must be yes or no")


def _one_of(
    text: str,
    words: Mapping[object, str],
    what: str,
    those: str,
    *,
    empty: object = None,
    otherwise: object = None,
) -> object:
    """The value that a word stands for. empty: where there is no word. otherwise: for any other word."""
    plain = "_".join(re.sub(r"[^\w]+", " ", text.lower()).split())
    if not plain and empty is not None:
        return empty
    for value, names in words.items():
        if plain and plain in names.split():
            return value
    if otherwise is not None:
        return otherwise
    raise WrongLine(f"{what} must be {those}")


def _short(text: str, model: type, name: str, what: str) -> str:
    longest = model._meta.get_field(name).max_length
    if len(text) > longest:
        raise WrongLine(f"{what} must be {longest} letters or fewer")
    return text
