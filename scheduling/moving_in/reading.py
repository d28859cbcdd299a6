"""One line of a spreadsheet, read by itself: the child, the people around it, and its course."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from crmo_clinic.nhsuk import nhs_number
from crmo_clinic.nhsuk.email_address import is_mailable
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
from scheduling.moving_in.cells import WrongLine, date_in, one_of, phone_in, short_text, yes_in
from scheduling.moving_in.columns import COLUMNS, MOST_PARENTS, OF_PARENT, parent_key
from scheduling.moving_in.course_cells import ReadCourse, read_course
from scheduling.moving_in.settings import Settings

OLDEST_YEARS = 25
# Somebody whose name is not in the file is called so.
NAMELESS = "Parent or carer"
# What a spreadsheet shows where a formula failed.
_FAULT = re.compile(r"#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|SPILL!|CALC!)", re.IGNORECASE)

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
    return ReadLine(child, contacts, read_course(texts, settings, today))


def _child(texts: Mapping[str, str], today: date) -> Iterator[tuple[str, object]]:
    hospital = plain_hospital_number(texts.get("hospital_number", ""))
    digits = nhs_number.normalise(texts.get("nhs_number", ""))
    if not hospital and not digits:
        raise WrongLine("There is neither a hospital number nor an NHS number")
    if digits and not nhs_number.is_valid(digits):
        raise WrongLine("The NHS number must be 10 digits, and one of them is wrong or missing")
    if hospital:
        yield "hospital_number", short_text(hospital, Patient, "hospital_number", "Hospital number")
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
        yield "name", short_text(whole, Patient, "name", "Child’s full name")
    if text := texts.get("birth_date", ""):
        yield "birth_date", _birth_date(text, today)
    for key, kept in {
        "known_as": "known_as",
        "language": "language",
        "needs": "needs",
        "allergies": "allergies",
    }.items():
        if text := texts.get(key, ""):
            yield kept, short_text(text, Patient, kept, COLUMNS[key])
    if text := texts.get("sex", ""):
        yield "sex", one_of(text, _SEXES, "Sex at registration", "female, male, indeterminate or not known")
    if text := texts.get("interpreter", ""):
        yield "interpreter_needed", yes_in(text, "Interpreter needed")


def _birth_date(text: str, today: date) -> date:
    born = date_in(text, "Date of birth", "27/3/2016")
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
        number_to_ring = phone_in(cells["phone"], who) if cells["phone"] else ""
        if not email and not number_to_ring:
            raise WrongLine(f"{who} has neither an email address of their own nor a phone number")
        relationship = one_of(
            cells["relationship"], _RELATIONSHIPS, f"{who}: relationship", "", otherwise=Relationship.OTHER
        )
        theirs = relationship == Relationship.YOUNG_PERSON
        allowed = (
            yes_in(cells["permission"], f"{who}: permission")
            if cells["permission"]
            else settings.may_be_mailed
        )
        decides = born is not None and today >= birthday(born, AGE_TO_DECIDE)
        mailed = bool(email) and allowed and (theirs or not decides)
        yield {
            "name": short_text(cells["name"] or NAMELESS, Contact, "name", f"{who}: name"),
            "relationship": relationship,
            "email": email,
            "phone": number_to_ring,
            "parental_responsibility": one_of(
                cells["responsibility"],
                _RESPONSIBILITY,
                f"{who}: parental responsibility",
                "yes, no, delegated or unknown",
                empty=ParentalResponsibility.UNKNOWN,
            ),
            "may_receive_invites": mailed,
            "permission_on": today if mailed else None,
        }
