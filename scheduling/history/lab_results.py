"""Results from a file: each line judged by itself, by the lines before it, and by what is recorded."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q

from crmo_clinic.nhsuk import nhs_number
from crmo_clinic.nhsuk.fingerprint import fingerprint
from crmo_clinic.nhsuk.typed import read_date, without_time
from crmo_clinic.nhsuk.wording import listed
from patients.models import Patient, plain_hospital_number
from scheduling.history.lab_values import MEASURES, LabValue, lab_text
from scheduling.history.results_file import COLUMNS, NUMBERS, TextLine, read_file
from scheduling.models import Review, ReviewSource

# So many lines are looked up in two queries.
BATCH = 500
# Each is a question to a person.
MOST_TO_DECIDE = 500


@dataclass(frozen=True)
class LabResult:
    """The results of one child on one day; None for what was not measured."""

    patient: Patient
    on: date
    esr: LabValue | None
    crp: LabValue | None

    @property
    def values(self) -> dict[str, LabValue]:
        """What was measured, by its key in MEASURES."""
        found = {"esr": self.esr, "crp": self.crp}
        return {name: value for name, value in found.items() if value}


def fields_of(name: str, value: LabValue | None) -> dict[str, Any]:
    """A value as fields of a Review; None empties them."""
    if value is None:
        return {name: None, f"{name}_below": False, f"{name}_above": False}
    number = value.number if MEASURES[name].places else int(value.number)
    return {name: number, f"{name}_below": value.below, f"{name}_above": value.above}


def value_of(review: Review, name: str) -> LabValue | None:
    number = getattr(review, name)
    if number is None:
        return None
    return LabValue(Decimal(number), getattr(review, f"{name}_below"), getattr(review, f"{name}_above"))


@dataclass(frozen=True)
class Other:
    """A value that is recorded and is not the one in the file. review: its key."""

    review: int
    text: str
    source: str
    by: str

    def __str__(self) -> str:
        return f"{self.by} recorded {self.text} ({self.source})"


@dataclass(frozen=True)
class Line:
    """One line of a file: its texts, and in words what it is, or what is wrong with it.

    new: the part of the result that is neither recorded nor in a line before. others: by measure, what is
    recorded instead; it stays, unless a person says that the file is right.
    """

    number: int
    cells: Sequence[str]
    texts: Mapping[str, str]
    result: LabResult | None = None
    new: LabResult | None = None
    others: Mapping[str, Other] = field(default_factory=dict)
    what: str = ""
    wrong: str = ""


@dataclass(frozen=True)
class Sheet:
    """A file of results. wrong: why the file as a whole cannot be read; then there are no lines."""

    heads: Sequence[str] = ()
    lines: Sequence[Line] = ()
    wrong: str = ""

    @property
    def is_right(self) -> bool:
        return not self.wrong and not self.wrong_lines

    @property
    def wrong_lines(self) -> list[Line]:
        return [line for line in self.lines if line.wrong]

    @property
    def to_decide(self) -> list[Line]:
        """Lines with a value that is recorded otherwise."""
        return [line for line in self.lines if line.others]

    @property
    def new(self) -> list[LabResult]:
        """What is not recorded yet, line by line: two lines may be about one child and day."""
        return [line.new for line in self.lines if line.new]

    @property
    def mark(self) -> str:
        """Another text when a line has become something else since."""
        return fingerprint([[line.number, line.what, line.wrong] for line in self.lines])


def read_sheet(text: str, today: date) -> Sheet:
    """Every line judged. Three queries for each batch of lines."""
    file = read_file(text)
    if file.wrong:
        return Sheet(wrong=file.wrong)
    children = _Children(file.lines)
    read = [(line, line.wrong or _read(line.texts, children, today)) for line in file.lines]
    days = _recorded(found for _, found in read if isinstance(found, LabResult))
    sheet = Sheet(file.heads, [_judged(line, found, days) for line, found in read])
    if len(sheet.to_decide) > MOST_TO_DECIDE:
        return Sheet(
            wrong=f"More than {MOST_TO_DECIDE} lines are recorded otherwise. Is it the right file? Split it."
        )
    return sheet


def batches(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]


class _Children:
    """The children whose numbers stand in the file, by each number: of one merged into another, that one."""

    def __init__(self, lines: Sequence[TextLine]) -> None:
        self._by_number: dict[str, Patient] = {}
        for some in batches(lines):
            numbers = {plain_hospital_number(line.texts.get("hospital_number", "")) for line in some}
            numbers |= {nhs_number.normalise(line.texts.get("nhs_number", "")) for line in some}
            # As typed: nobody writes their own numbers in other letters.
            self._by_number |= Patient.objects.by_numbers(numbers)

    def of(self, texts: Mapping[str, str]) -> Patient | str:
        """The child of a line, or why there is none: each number that stands there has to be its own."""
        hospital = plain_hospital_number(texts.get("hospital_number", ""))
        nhs = nhs_number.normalise(texts.get("nhs_number", ""))
        if not hospital and not nhs:
            there = [COLUMNS[key].replace("Hosp", "hosp") for key in NUMBERS if key in texts]
            return f"No {there[0]}" if len(there) == 1 else f"Neither {' nor '.join(there)}"
        found = self._by_number.get(hospital or nhs)
        if hospital and found is None:
            return "No child has this hospital number"
        if nhs and not nhs_number.is_valid(nhs):
            return "The NHS number must be 10 digits, and one of them is wrong or missing"
        if found is None:
            return "No child has this NHS number"
        if hospital and nhs and self._by_number.get(nhs) != found:
            return "The NHS number is not that of the child with this hospital number"
        return found


def _read(texts: Mapping[str, str], children: _Children, today: date) -> LabResult | str:
    """The result a line gives, or what is wrong with it."""
    child = children.of(texts)
    if isinstance(child, str):
        return child
    on = _day(texts["date"])
    if on is None:
        return "The date must be a real date, like 27/3/2026"
    if on > today:
        return "The date must be today or in the past"
    if on < child.birth_date:
        return "The date must be on or after the child’s date of birth"
    values = {}
    for name, limits in MEASURES.items():
        values[name] = limits.read(texts[name]) if texts[name] else None
        if texts[name] and values[name] is None:
            return f"{name.upper()} must be {limits}"
    if not any(values.values()):
        return "There is neither an ESR nor a CRP"
    return LabResult(child, on, values["esr"], values["crp"])


def _day(text: str) -> date | None:
    """The day of `27/3/2026`, or of `27/03/2026 09:15`: the time of a result is not kept."""
    return read_date(text) or read_date(without_time(text))


# The values of one child on one day by measure, each with the line that gives it, or as it is recorded.
Day = dict[str, dict[LabValue, int | Other]]
Days = defaultdict[tuple[int, date], Day]


def _recorded(results: Iterable[LabResult]) -> Days:
    days: Days = defaultdict(lambda: {name: {} for name in MEASURES})
    asked: dict[int, set[date]] = defaultdict(set)
    for result in results:
        asked[result.patient.pk].add(result.on)
    for some in batches(list(asked)):
        dates = {day for pk in some for day in asked[pk]}
        reviews = Review.objects.that_count().filter(
            Q(esr__isnull=False) | Q(crp__isnull=False),
            patient__in=some,
            on__range=(min(dates), max(dates)),
        )
        # Of several, that of the laboratory is the one to compare with, and then the latest.
        for review in sorted(reviews, key=lambda row: (row.source == ReviewSource.LAB, row.pk)):
            for name in MEASURES:
                if value := value_of(review, name):
                    text = f"{name.upper()} {lab_text(*value)}"
                    source, by = review.get_source_display().lower(), review.recorded_by
                    days[review.patient_id, review.on][name][value] = Other(review.pk, text, source, by)
    return days


def _judged(line: TextLine, read: LabResult | str, days: Days) -> Line:
    shown = Line(line.number, line.cells, line.texts)
    if isinstance(read, str):
        return replace(shown, wrong=read)
    return _beside(days[read.patient.pk, read.on], replace(shown, result=read), read)


def _beside(day: Day, line: Line, result: LabResult) -> Line:
    """The line judged by what there is of its day: values complete each other, unless they contradict."""
    old: list[int] = []
    new: dict[str, LabValue] = {}
    others: dict[str, Other] = {}
    beside = [name.upper() for name, values in day.items() if values]
    for name, value in result.values.items():
        there = day[name]
        lines = [at for at in there.values() if isinstance(at, int)]
        if value in there:
            at = there[value]
            old.append(at if isinstance(at, int) else 0)
        elif not there:
            new[name] = value
        elif lines:
            return replace(
                line, wrong=f"Line {max(lines)} has another {name.upper()} for this child and date"
            )
        else:
            *_, others[name] = (at for at in there.values() if isinstance(at, Other))
    for name in (*new, *others):
        day[name][result.values[name]] = line.number
    added = replace(result, esr=new.get("esr"), crp=new.get("crp")) if new else None
    return replace(line, new=added, others=others, what=". ".join(_words(old, new, others, beside)))


def _words(
    old: Sequence[int], new: Iterable[str], others: Mapping[str, Other], beside: Sequence[str]
) -> Iterator[str]:
    """What a line is, in words."""
    names = [name.upper() for name in new]
    if names and beside:
        yield f"New {listed(names)} beside the {listed(beside)} of this date"
    elif names:
        yield "New"
    elif not others:
        yield f"Stands in line {max(old)} already" if max(old) else "Recorded already"
    for other in others.values():
        yield f"Recorded otherwise: {other}"
