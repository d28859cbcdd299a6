"""What a spreadsheet may say of a child, and the headings by which it is found.

Those of a cohort file of the NHS service Mavis are among them (`CHILD_FIRST_NAME`, `PARENT_1_EMAIL`); what
else such a file has, such as addresses and schools, has no place here and is not read.
"""

import re
from collections.abc import Iterator, Sequence

from crmo_clinic.nhsuk.spreadsheets import plain_head

# So many contacts of one child a line may have.
MOST_PARENTS = 4

OF_CHILD = {
    "hospital_number": "Hospital number",
    "nhs_number": "NHS number",
    "name": "Child’s full name",
    "first_name": "First name",
    "last_name": "Last name",
    "known_as": "Known as",
    "birth_date": "Date of birth",
    "sex": "Sex at registration",
    "language": "Language the family speaks",
    "interpreter": "Interpreter needed",
    "needs": "What the child needs on the day",
    "allergies": "Allergies",
}
OF_PARENT = {
    "name": "name",
    "relationship": "relationship",
    "email": "email",
    "phone": "phone",
    "responsibility": "parental responsibility",
    "permission": "may be sent appointment mails",
}
OF_COURSE = {
    "priority": "Priority",
    "earliest": "Earliest first day",
    "target": "Wanted by (target first day)",
    "latest": "Latest first day",
    "decided_by": "Clinician who decided",
    "decided_on": "Date of the decision",
    "reason": "Reason for the course",
    "hours": "Hours on each day",
    "days": "Number of days",
    "day_1": "Booked: day 1",
    "day_2": "Booked: day 2",
    "day_3": "Booked: day 3",
    "start": "Booked: start",
    "chair": "Booked: chair",
}


def parent_key(number: int, what: str) -> str:
    return f"parent_{number}_{what}"


COLUMNS: dict[str, str] = {
    **OF_CHILD,
    **{
        parent_key(number, what): f"Parent {number}: {label}"
        for number in range(1, MOST_PARENTS + 1)
        for what, label in OF_PARENT.items()
    },
    **OF_COURSE,
}

# Headings by what they mean, as `plain_head` writes them. A number in a parent’s heading is taken out before.
_HEADINGS = {
    "hospital_number": "hospital number|hospital no|hospital num|hospital id|hosp no|hosp number"
    "|mrn|pas number|pas no|pas id|unit number|patient number|patient id|local id",
    "nhs_number": "nhs number|nhs no|nhs num|nhs|nhs id|child nhs number",
    "name": "name|child|child name|childs name|child’s name|child's name|full name|patient"
    "|patient name|child full name",
    "first_name": "first name|firstname|forename|given name|child first name|child given name",
    "last_name": "last name|lastname|surname|family name|child last name|child family name",
    "known_as": "known as|preferred name|preferred first name|child preferred first name"
    "|child preferred given name|child common name|common name|nickname",
    "birth_date": "date of birth|dob|d o b|born|birth date|birthdate|child date of birth|child dob",
    "sex": "sex|gender|child gender|child sex|sex at registration",
    "language": "language|language spoken|first language|home language|language the family speaks",
    "interpreter": "interpreter|interpreter needed|needs interpreter|interpreter required",
    "needs": "needs|special needs|additional needs|requirements|what the child needs on the day"
    "|needs on the day",
    "allergies": "allergies|allergy",
    "priority": "priority|urgency",
    "earliest": "earliest|earliest date|earliest first day|not before|not earlier than|from",
    "target": "target|target date|target first day|wanted by|wanted|due|due date"
    "|wanted by (target first day)",
    "latest": "latest|latest date|latest first day|no later than|not later than|must be by|breach date",
    "decided_by": "clinician|consultant|decided by|agreed by|doctor|clinician who decided"
    "|referred by|requested by",
    "decided_on": "decided on|agreed on|date agreed|date decided|date of decision"
    "|date of the decision|referred on|referral date|date of referral|date referred|date listed"
    "|date added|added on|requested on",
    "reason": "reason|indication|reason for the course",
    "hours": "hours|length|duration|hours a day|hours per day|hours on each day|length of visit",
    "days": "days|number of days|no of days",
    "day_1": "day 1|day one|day1|date 1|date|dates|first day|booked|booked for|booked date"
    "|booked dates|day 1 date|appointment|appointment date|admission|admission date|booked day 1",
    "day_2": "day 2|day two|day2|date 2|second day|day 2 date|booked day 2",
    "day_3": "day 3|day three|day3|date 3|third day|day 3 date|booked day 3",
    "start": "start|start time|starts|starts at|time|arrival|arrives|arrival time|booked start",
    "chair": "chair|bed|place|chair bed|chair or bed|bed space|space|booked chair",
}
_OF_PARENT = {
    "name": "parent|parent name|contact|contact name|carer|carer name|guardian|guardian name"
    "|parent carer|parent or carer|next of kin|parent full name|parents|parent s name|parent’s name"
    "|parent's name",
    "relationship": "relationship|parent relationship|contact relationship|relationship to child"
    "|relationship to the child|carer relationship",
    "email": "email|e-mail|email address|parent email|contact email|carer email|parent email address|mail",
    "phone": "phone|telephone|tel|mobile|parent phone|contact phone|phone number|contact number"
    "|parent mobile|telephone number|mobile number|parent telephone|carer phone|tel no",
    "responsibility": "parental responsibility|parent parental responsibility|pr|parent responsibility",
    "permission": "may be sent appointment mails|parent may be sent appointment mails|permission"
    "|consent to email|email consent|may receive invites|parent permission|may be emailed",
}
_BY_HEADING = {heading: key for key, headings in _HEADINGS.items() for heading in headings.split("|")}
_BY_PARENT_HEADING = {
    heading: what for what, headings in _OF_PARENT.items() for heading in headings.split("|")
}
_NUMBER = re.compile(r"(?<=\D)([1-9])(?!\d)")


def match(heads: Sequence[str]) -> list[str]:
    """For each heading the key in COLUMNS that it means, or nothing. Of two alike the first is taken."""
    found: list[str] = []
    for head in heads:
        key = _key(head)
        found.append(key if key not in found else "")
    return found


def wrong_columns(columns: Sequence[str]) -> Iterator[str]:
    """What a file lacks to be read at all, as sentences; and what two columns would be."""
    there = {key for key in columns if key}
    for key in sorted(there, key=list(COLUMNS).index):
        if list(columns).count(key) > 1:
            yield f"Two columns are “{COLUMNS[key]}”. Choose one of them."
    if not there & {"hospital_number", "nhs_number"}:
        yield "No column is the hospital number or the NHS number, so no child can be told from another."


def _key(head: str) -> str:
    plain = plain_head(head)
    if key := _BY_HEADING.get(plain):
        return key
    # As this app’s own labels have it, and as their wrong lines are taken away.
    for key, label in COLUMNS.items():
        if plain in (plain_head(label), plain_head(key)):
            return key
    numbered = _NUMBER.search(plain)
    number = int(numbered[1]) if numbered else 1
    without = " ".join(_NUMBER.sub("", plain).split())
    what = _BY_PARENT_HEADING.get(without)
    return parent_key(number, what) if what and number <= MOST_PARENTS else ""
