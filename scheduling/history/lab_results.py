"""Results as laboratories write them: one value, and a file of many, read line by line."""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from crmo_clinic.nhsuk.typed import read_date, tidy
from crmo_clinic.nhsuk.wording import listed, plain_number
from patients.models import Patient, plain_hospital_number
from scheduling.models import Review, ReviewSource

MOST_BYTES, MOST_LINES = 200_000, 1000
_VALUE = re.compile(r"(<?)\s*([0-9]{1,6}(?:\.[0-9]{1,6})?)")


class LabValue(NamedTuple):
    """A result: a number, or, with `below`, only that it is below this number."""

    number: Decimal
    below: bool


@dataclass(frozen=True)
class Limits:
    """What a result may be: 0 to `highest`, with at most `places` decimals."""

    highest: int
    places: int

    def read(self, text: str) -> LabValue | None:
        """`7`, `7.5` or `<5`; None for anything else."""
        found = _VALUE.fullmatch(text.strip())
        if not found:
            return None
        number = Decimal(found[2])
        fits = number <= self.highest and number == round(number, self.places)
        return LabValue(number, bool(found[1])) if fits else None

    def __str__(self) -> str:
        kind = "number" if self.places else "whole number"
        return f"a {kind} from 0 to {self.highest}, or < and the number it is below, like <5"


ESR, CRP = Limits(300, 0), Limits(999, 1)
MEASURES = {"esr": ESR, "crp": CRP}


def lab_text(number: Decimal | int | None, below: bool) -> str:
    """`<5`, `7.5`, or nothing: a result as a laboratory writes it."""
    return "" if number is None else f"{'<' if below else ''}{plain_number(number)}"


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

    @property
    def fields(self) -> dict[str, Any]:
        """What was measured as fields of a Review."""
        found: dict[str, Any] = {}
        for name, (number, below) in self.values.items():
            found |= {name: number if MEASURES[name].places else int(number), f"{name}_below": below}
        return found


@dataclass(frozen=True)
class Line:
    """One line of a file: its number, its texts by column, and in words what it is, or what is wrong with it.

    new: the part of the result that is neither recorded nor in a line before.
    """

    number: int
    texts: dict[str, str]
    result: LabResult | None = None
    new: LabResult | None = None
    what: str = ""
    wrong: str = ""


COLUMNS = {"hospital_number": "Hospital number", "date": "Date", "esr": "ESR", "crp": "CRP"}


@dataclass(frozen=True)
class Sheet:
    """A file of results. wrong: why the file as a whole cannot be read; then there are no lines."""

    lines: Sequence[Line] = ()
    wrong: str = ""

    @property
    def is_right(self) -> bool:
        return not self.wrong and not self.wrong_lines

    @property
    def wrong_lines(self) -> list[Line]:
        return [line for line in self.lines if line.wrong]

    @property
    def new(self) -> list[LabResult]:
        """What is not recorded yet, line by line: two lines may be about one child and day."""
        return [line.new for line in self.lines if line.new]


def decode(data: bytes) -> str | None:
    """The text of a file as spreadsheets save it (UTF-8 or Windows-1252); None if it is not text."""
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\0" in text else text
    return None


def read_sheet(text: str, today: date) -> Sheet:
    """Check each line by itself, against the lines before it, and against what is recorded. Two queries."""
    if len(text.encode()) > MOST_BYTES:
        return Sheet(wrong=f"The file must be {MOST_BYTES // 1000} KB or smaller. Split it.")
    separator = ";" if ";" in text.partition("\n")[0] else ","
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=separator))
    except csv.Error:
        return Sheet(wrong="The file cannot be read as CSV. Save it from the spreadsheet as CSV again.")
    numbered = [(n, [tidy(cell) for cell in row]) for n, row in enumerate(rows, start=1) if any(row)]
    if not numbered:
        return Sheet(wrong="The file is empty.")
    (_, heads), *lines = numbered
    columns = {_column(head): place for place, head in enumerate(heads) if _column(head)}
    if missing := [name for key, name in COLUMNS.items() if key not in columns]:
        return Sheet(wrong=f"The first line must name the columns. Missing: {', '.join(missing)}.")
    if not lines:
        return Sheet(wrong="The file has no line below the names of the columns.")
    if len(lines) > MOST_LINES:
        return Sheet(wrong=f"The file must have {MOST_LINES} lines or fewer. Split it.")
    read = [Line(n, _texts(row, columns), wrong=_too_long(row, heads)) for n, row in lines]
    return Sheet(lines=list(_judged(read, today)))


def _texts(row: Sequence[str], columns: dict[str, int]) -> dict[str, str]:
    return {key: row[at] if at < len(row) else "" for key, at in columns.items()}


def _too_long(row: Sequence[str], heads: Sequence[str]) -> str:
    """What is wrong with a line of too many values, or empty: the values before may have shifted too."""
    nameless = any(cell for cell, head in zip(row, heads, strict=False) if not head)
    if len(row) <= len(heads) and not nameless:
        return ""
    return "This line has more values than there are columns: write 7.5, not 7,5, and no comma at the end"


def _column(head: str) -> str:
    """The key in COLUMNS for a heading such as `CRP (mg/L)` or `hospital_number`; empty if it is another."""
    plain = re.sub(r"[\s_,]+", "_", head.strip().lower())
    plain = re.sub(r"_?\(?(mm/hr?|mg/l)\)?$", "", plain)
    return plain if plain in COLUMNS else ""


# The values of one child on one day, by measure, each with the number of its line; 0 if already recorded.
Day = dict[str, dict[LabValue, int]]


def _judged(lines: Sequence[Line], today: date) -> Iterator[Line]:
    numbers = {plain_hospital_number(line.texts["hospital_number"]) for line in lines}
    # An exact match is enough: hospital numbers are stored in this plain form.
    children = {
        plain_hospital_number(child.hospital_number): child
        for child in Patient.objects.filter(hospital_number__in=numbers)
    }
    days = _recorded(children.values())
    for line in lines:
        read = line.wrong or _read(line.texts, children, today)
        if isinstance(read, str):
            yield replace(line, wrong=read)
        else:
            yield _beside(days[read.patient.pk, read.on], replace(line, result=read), read)


def _recorded(children: Iterable[Patient]) -> defaultdict[tuple[int, date], Day]:
    days: defaultdict[tuple[int, date], Day] = defaultdict(lambda: {name: {} for name in MEASURES})
    for review in Review.objects.that_count().filter(patient__in=children, source=ReviewSource.LAB):
        for name in MEASURES:
            if (number := getattr(review, name)) is not None:
                value = LabValue(Decimal(number), getattr(review, f"{name}_below"))
                days[review.patient_id, review.on][name][value] = 0
    return days


def _beside(day: Day, line: Line, result: LabResult) -> Line:
    """The line checked against what is known of its day: values may complete each other, not contradict."""
    old, new = [], {}
    others = [name.upper() for name, values in day.items() if values]
    for name, value in result.values.items():
        if value in day[name]:
            old.append(day[name][value])
        elif not day[name]:
            new[name] = value
        elif at := max(day[name].values()):
            return replace(line, wrong=f"Line {at} has another {name.upper()} for this child and date")
        else:
            return replace(line, wrong=f"Another {name.upper()} is recorded for this date: correct it there")
    for name, value in new.items():
        day[name][value] = line.number
    if not new:
        at = max(old)
        return replace(line, what=f"Stands in line {at} already" if at else "Recorded already")
    what = f"New {listed(name.upper() for name in new)} beside the {listed(others)} of this date"
    added = replace(result, esr=new.get("esr"), crp=new.get("crp"))
    return replace(line, new=added, what=what if others else "New")


def _read(texts: dict[str, str], children: dict[str, Patient], today: date) -> LabResult | str:
    """The result a line gives, or what is wrong with it."""
    child = children.get(plain_hospital_number(texts["hospital_number"]))
    if child is None:
        return "No child has this hospital number" if texts["hospital_number"] else "No hospital number"
    on = read_date(texts["date"])
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
