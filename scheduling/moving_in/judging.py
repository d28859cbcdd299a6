"""Lines of a spreadsheet beside what is here: which child each is about, and what it would add.

Lines are judged in batches, so that ten thousand take a hundred queries; each is judged once more, alone,
when it is taken in.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q

from crmo_clinic.nhsuk.spellings import searchable
from crmo_clinic.nhsuk.wording import listed, plain_date, quantity, short_date
from patients.alike import shares_a_name
from patients.models import Contact, Patient, plain_hospital_number
from patients.models.merged import FormerNumber, NumberKind
from scheduling.models import Course, LineKind, Session
from scheduling.moving_in.cells import WrongLine
from scheduling.moving_in.course_cells import ReadCourse
from scheduling.moving_in.reading import ReadLine
from scheduling.states import LIVE

KEPT_BY_NHS = "No hospital number: until one is entered, the NHS number stands for it"


@dataclass(frozen=True)
class Judged:
    """What a line is and would add. child: who it is, or is likely to be; None of a new one.

    contacts, course: what is not here yet, of a new child all of it.
    """

    kind: LineKind
    says: str
    child: Patient | None = None
    contacts: tuple[dict[str, object], ...] = ()
    course: ReadCourse | None = None


@dataclass
class Here:
    """The children that lines may be about, by number and date of birth, with contacts and courses."""

    by_hospital: dict[str, Patient] = field(default_factory=dict)
    by_nhs: dict[str, Patient] = field(default_factory=dict)
    by_birth: dict[date, list[Patient]] = field(default_factory=dict)
    waiting: set[int] = field(default_factory=set)
    booked: set[tuple[int, date]] = field(default_factory=set)
    # The numbers that a child had.
    former: dict[int, set[str]] = field(default_factory=dict)
    # The line of the file that a child who is not here yet stands in.
    lines: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, lines: Iterable[ReadLine]) -> "Here":
        """Those that these lines may be about. Five queries."""
        lines, here = list(lines), cls()
        hospital = {line.hospital_number for line in lines} - {""}
        nhs = {line.nhs_number for line in lines} - {None}
        births = {line.birth_date for line in lines} - {None}
        found = Patient.objects.filter(
            Q(hospital_number__in=hospital) | Q(nhs_number__in=nhs) | Q(birth_date__in=births)
        ).prefetch_related("contacts")
        for child in found.order_by("pk"):
            here.add(child)
        here.add_former(hospital | nhs)
        keys = [child.pk for children in here.by_birth.values() for child in children]
        courses = Course.objects.filter(patient__in=keys)
        here.waiting = set(courses.to_book().values_list("patient", flat=True))
        here.booked = set(
            Session.objects.filter(course__in=courses, status__in=LIVE).values_list("course__patient", "day")
        )
        return here

    def add_former(self, numbers: Iterable[str]) -> None:
        """Who had one of these numbers before a record was merged is the child that it was merged into."""
        had = FormerNumber.objects.filter(number__in=numbers).select_related("patient")
        for row in had.prefetch_related("patient__contacts"):
            numbered = self.by_nhs if row.kind == NumberKind.NHS else self.by_hospital
            known = self.by_hospital.get(plain_hospital_number(row.patient.hospital_number))
            if known is None:
                self.add(known := row.patient)
            numbered.setdefault(row.number, known)
            self.former.setdefault(known.pk, set()).add(row.number)

    def beside(self, others: "Here") -> "Here":
        """With the children of lines before as well, where none is here already."""
        for number, child in others.by_hospital.items():
            self.by_hospital.setdefault(number, child)
        for number, child in others.by_nhs.items():
            self.by_nhs.setdefault(number, child)
        for born, children in others.by_birth.items():
            there = self.by_birth.setdefault(born, [])
            there += [child for child in children if child not in there]
        self.lines = others.lines
        return self

    def add(self, child: Patient) -> None:
        self.by_hospital[plain_hospital_number(child.hospital_number)] = child
        if child.nhs_number:
            self.by_nhs[child.nhs_number] = child
        self.by_birth.setdefault(child.birth_date, []).append(child)

    def add_line(self, child: Patient, number: int) -> None:
        """A child who would be new, of a line: a later one may be about the same."""
        self.lines[id(child)] = number
        self.add(child)

    def child_of(self, line: ReadLine) -> Patient | None:
        """The child with the numbers of a line. Raises WrongLine if it cannot be this one."""
        by_hospital = self.by_hospital.get(line.hospital_number)
        by_nhs = self.by_nhs.get(line.nhs_number or "")
        if by_hospital and by_nhs and by_hospital is not by_nhs:
            raise WrongLine(
                "The hospital number is that of one child here, and the NHS number that of another"
            )
        found = by_hospital or by_nhs
        if found is None:
            return None
        had = self.former.get(found.pk, set())
        if line.nhs_number not in (None, found.nhs_number, *had) and found.nhs_number:
            raise WrongLine("The child with this hospital number has another NHS number here")
        if line.hospital_number not in ("", plain_hospital_number(found.hospital_number), *had):
            raise WrongLine(
                f"The child with this NHS number has another hospital number here, {found.hospital_number}"
            )
        if line.birth_date and found.birth_date != line.birth_date:
            here_on, there_on = plain_date(found.birth_date), plain_date(line.birth_date)
            raise WrongLine(f"The child with this number was born on {here_on} here, not on {there_on}")
        if line.name and not shares_a_name(line.name, found.search_name):
            raise WrongLine("The child with this number has another name here")
        return found

    def likely(self, line: ReadLine) -> Patient | None:
        """A child with other numbers than the line, the same date of birth and a word of the name."""
        for child in self.by_birth.get(line.birth_date, []) if line.birth_date else ():
            if shares_a_name(line.name, child.search_name):
                return child
        return None


def judge(line: ReadLine, here: Here) -> Judged:
    """What the line is. Raises WrongLine if it cannot be taken in."""
    found = here.child_of(line)
    if found is None:
        if not line.name:
            raise WrongLine("No child has this number, and without a name none can be added")
        if not line.birth_date:
            raise WrongLine("No child has this number, and without a date of birth none can be added")
        likely = here.likely(line)
        if likely is None:
            return as_new(line)
        if number := here.lines.get(id(likely)):
            says = (
                f"Born on the same day as the child of line {number}, with a name in common. If it is the "
                "same child, give it the same number in both lines"
            )
            return Judged(LineKind.LIKELY, says, None, line.contacts, line.course)
        return Judged(
            LineKind.LIKELY, "Born on the same day, with a name in common", likely, line.contacts, line.course
        )
    if number := here.lines.get(id(found)):
        says = _adds(line.contacts, line.course, f"The child of line {number}")
        return Judged(LineKind.KNOWN, says, None, line.contacts, line.course)
    return as_known(line, found, here)


def new_child(line: ReadLine) -> Patient:
    """The child that a line would add, not saved."""
    names = searchable(line.name, str(line.child.get("known_as", "")))
    fields = {**line.child, "hospital_number": line.hospital_number or line.nhs_number}
    return Patient(**fields, search_name=names)


def as_new(line: ReadLine) -> Judged:
    says = [_adds(line.contacts, line.course), "" if line.hospital_number else KEPT_BY_NHS]
    return Judged(LineKind.NEW, ". ".join(filter(None, says)), None, line.contacts, line.course)


def as_known(line: ReadLine, child: Patient, here: Here) -> Judged:
    """The line about a child who is here: what is recorded stays, and what it has beside that is added."""
    contacts = tuple(each for each in line.contacts if not _is_here(each, list(child.contacts.all())))
    course, says = line.course, ""
    if course and any((child.pk, day) in here.booked for day in course.days_booked):
        course, says = None, "Has a visit on these days already"
    elif course and not course.days_booked and child.pk in here.waiting:
        course, says = None, "Waits for a course already"
    if not contacts and not course:
        return Judged(LineKind.NOTHING_NEW, says or "Everything is here already", child)
    return Judged(LineKind.KNOWN, _adds(contacts, course, says), child, contacts, course)


def _is_here(contact: dict[str, object], there: Sequence[Contact]) -> bool:
    """Whether a child has this contact: by the address, or else by the phone number and the name."""
    email, phone = str(contact["email"]).casefold(), contact["phone"]
    for each in there:
        if email and each.email.casefold() == email:
            return True
        same_name = searchable(each.name) == searchable(str(contact["name"]))
        if phone and each.phone == phone and (not email or same_name):
            return True
    return False


def _adds(contacts: Sequence[object], course: ReadCourse | None, first: str = "") -> str:
    parts = [first] if first else []
    if contacts:
        parts.append(quantity(len(contacts), "contact"))
    if course and course.days_booked:
        parts.append(f"booked on {listed(short_date(day) for day in course.days_booked)}")
    elif course:
        parts.append("waits for a course")
    return ", ".join(parts)
