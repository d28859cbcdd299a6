"""A spreadsheet as a unit has it before it moves in: children, their parents, who waits and who is booked."""

import io
from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta
from typing import Any

from django.utils import timezone
from openpyxl import Workbook

from crmo_clinic.nhsuk.spreadsheets import text_of
from patients.models import User
from scheduling.models import SpreadsheetImport, Unit
from scheduling.moving_in import asking
from scheduling.moving_in.settings import Settings
from tests.builders.courses import next_monday
from tests.builders.people import a_valid_nhs_number

FIRST = ("Ada", "Bo", "Cy", "Dot", "Eli", "Fay", "Gus", "Ida", "Jem", "Kit", "Lou", "Max", "Nia", "Oz", "Pia")
LAST = ("Lark", "Wren", "Finch", "Heron", "Teal", "Robin", "Crane", "Plover", "Dunlin", "Siskin", "Linnet")
HEADS = (
    *("Hosp No", "NHS No.", "Child", "DOB", "Parent", "Relationship", "Email", "Mobile"),
    *("Priority", "Wanted by", "Consultant", "Referral date", "Hours", "Day 1", "Day 2", "Start", "Chair"),
)


def rows(children: int, waiting: int, booked: int, first: date) -> Iterator[list[Any]]:
    """Lines below HEADS: the first `booked` children are booked from `first` on, two a day in two chairs; the
    next `waiting` wait, and nothing is known of the others but who they are."""
    decided = timezone.localdate() - timedelta(days=30)
    for n in range(children):
        born = date(2012, 1, 1) + timedelta(days=n * 5)
        name = f"{FIRST[n % len(FIRST)]} {LAST[n // len(FIRST) % len(LAST)]}{'-Gull' * (n // 165 % 9)}"
        child = [f"M{200000 + n}", a_valid_nhs_number(5000 + n), name, born]
        parent = [f"Ros Kite-{n}", "Mum", f"parent.{n}@example.com", f"0770090{n:04}"]
        if n < booked:
            # Mondays and Tuesdays, then Wednesdays and Thursdays, in two chairs.
            pair, chair = divmod(n, 2)
            day = first + timedelta(weeks=pair // 2, days=2 * (pair % 2))
            asked = ["Routine", None, "Dr Wren", decided, 4]
            yield [*child, *parent, *asked, day, day + timedelta(days=1), time(9, 30), f"Chair {chair + 1}"]
        elif n < booked + waiting:
            asked = ["Urgent", first + timedelta(days=n), "Dr Wren", decided, "4h 30"]
            yield [*child, *parent, *asked, None, None, None, None]
        else:
            yield [*child, *parent, *[None] * 9]


def workbook(lines: Sequence[Sequence[Any]], heads: Sequence[str] = HEADS) -> bytes:
    book = Workbook()
    book.active.append(heads)
    for line in lines:
        book.active.append(line)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def spreadsheet(
    unit: Unit, by: User, lines: Sequence[Sequence[Any]] = (), heads: Sequence[str] = HEADS, **settings: Any
) -> SpreadsheetImport:
    """A file that was looked at and not confirmed; by itself of one child with a booked course."""
    lines = lines or list(rows(1, 0, 1, next_monday(9)))
    text = text_of(workbook(lines, heads))
    settings = Settings(**settings)
    return asking.start(text=text, file_name="unit.xlsx", unit=unit, settings=settings, by=by)
