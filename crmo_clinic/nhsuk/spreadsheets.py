"""How a file that a spreadsheet saved is read: CSV in whatever encoding, or a workbook; every cell is a text.

Nothing is worked out: a formula in a workbook is the value it had when it was saved, and a formula in CSV
stays the text that it is. No Django; no other module knows the library for workbooks.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from crmo_clinic.nhsuk.csv_files import FORMULA
from crmo_clinic.nhsuk.typed import tidy
from crmo_clinic.nhsuk.wording import listed

MOST_LINES, MOST_COLUMNS = 10_000, 200
# What the parts of a workbook may come to once they are unpacked.
MOST_UNPACKED = 80_000_000
_SEPARATORS = (",", ";", "\t")
_WORKBOOK = b"PK\x03\x04"
# What older versions of Excel save (OLE 2), and every version if there is a password; then this is in it.
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
_MARK_OF_LOCKED = "EncryptedPackage".encode("utf-16-le")
LOCKED = "The workbook has a password. Take it off in the spreadsheet, and save the workbook again"
# Excel's own first line, which says what parts the columns.
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
# What Excel needs for keeping a number as it was written.
_AS_TEXT = re.compile(r'="([^"]*)"')


class Unreadable(ValueError):
    """A file cannot be read. Its text is a sentence that says why, without a full stop."""


@dataclass(frozen=True)
class Table:
    """The names of the columns, and each line below them with its number in the file.

    wrong: what is the matter with the file as a whole; then there are neither.
    """

    heads: Sequence[str] = ()
    lines: Sequence[tuple[int, Sequence[str]]] = ()
    wrong: str = ""


def text_of(data: bytes, sheet: str = "") -> str:
    """The text of a file; of a workbook its first sheet that has anything in it, or the one named, as CSV.

    Raises Unreadable if it is neither text nor a workbook, or has no such sheet.
    """
    if data.startswith(_WORKBOOK):
        return _workbook(data, sheet)
    if data.startswith(_OLD_WORKBOOK) and _MARK_OF_LOCKED in data:
        raise Unreadable(LOCKED)
    if data.startswith(_OLD_WORKBOOK):
        raise Unreadable("This is a workbook of an old Excel. Save it as .xlsx or as CSV")
    text = decode(data)
    if text is None:
        raise Unreadable("This is no spreadsheet file. Save it from the spreadsheet as CSV or .xlsx")
    return text


def decode(data: bytes) -> str | None:
    """The text of a file as spreadsheets save it; None if it is no text."""
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\0" in text else text
    return None


def read_table(text: str, *, most_bytes: int, most_lines: int = MOST_LINES) -> Table:
    """The lines of a CSV file, blank ones left out. The first names the columns."""
    if len(text.encode()) > most_bytes:
        return Table(wrong=f"The file must be {size(most_bytes)} or smaller. Split it.")
    first, _, rest = text.removeprefix("\ufeff").partition("\n")
    named, begins = _SEPARATOR_LINE.fullmatch(first.rstrip("\r")), 1
    if named:
        text, begins = rest, 2
        separator = named[1]
    else:
        separator = max(_SEPARATORS, key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=separator))
    except (csv.Error, ValueError):
        return Table(wrong="The file cannot be read as CSV. Save it from the spreadsheet as CSV again.")
    numbered = [(n, [_cell(cell) for cell in row]) for n, row in enumerate(rows, start=begins) if any(row)]
    if not numbered:
        return Table(wrong="The file is empty.")
    (_, heads), *lines = numbered
    lines = [(n, row) for n, row in lines if any(row)]
    if not lines:
        return Table(heads, wrong="The file has no line below the names of the columns.")
    if len(lines) > most_lines:
        return Table(heads, wrong=f"The file must have {most_lines:,} lines or fewer. Split it.")
    return Table(heads, lines)


def plain_head(head: str) -> str:
    """A heading in small letters with single spaces: `Hospital_No.` is `hospital no`."""
    return re.sub(r"[\s_,.:*?]+", " ", head.lower()).strip()


def size(number: int) -> str:
    """`1000 KB`, `5 MB`."""
    return f"{number // 1000} KB" if number <= 1_000_000 else f"{number // 1_000_000} MB"


def too_many_values(row: Sequence[str], heads: Sequence[str]) -> bool:
    """Whether a line has more than its columns; then the values before may have slipped too."""
    nameless = any(cell for cell, head in zip(row, heads, strict=False) if not head)
    return any(row[len(heads) :]) or nameless


def _cell(text: str) -> str:
    plain = tidy(_AS_TEXT.sub(r"\1", text.strip()))
    # As `csv_files` writes it, so that a file which left here comes back as it was.
    return plain[1:] if plain[:1] == "'" and plain[1:].startswith(FORMULA) else plain


def _workbook(data: bytes, sheet: str) -> str:
    # Web processes that are sent no workbook do not load it.
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
                raise Unreadable("The workbook is too big. Save the sheet as CSV")
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheets = {each.title: each for each in book.worksheets if each.sheet_state == "visible"}
        if sheet and sheet.casefold() not in {name.casefold() for name in sheets}:
            raise Unreadable(f"The workbook has no sheet called “{sheet}”: it has {listed(sheets)}")
        for name, each in sheets.items():
            if sheet and name.casefold() != sheet.casefold():
                continue
            rows = list(_rows(each))
            if sheet or any(any(row) for row in rows):
                return _as_csv(rows)
    except Unreadable:
        raise
    except Exception as fault:
        # Of a part that is missing, locked, packed otherwise or not what it should be the library and those
        # below it raise most kinds of error.
        is_locked = isinstance(fault, RuntimeError) and "password" in str(fault)
        damaged = "The workbook is damaged. Open it, and save it again"
        raise Unreadable(LOCKED if is_locked else damaged) from fault
    return ""


def _rows(sheet: Any) -> Iterator[list[str]]:
    # What a sheet says of its own size is often wrong.
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True)):
        if number > MOST_LINES + 1000:
            return
        texts = [_text(value) for value in row]
        while texts and not texts[-1]:
            texts.pop()
        yield texts


def _as_csv(rows: Sequence[Sequence[str]]) -> str:
    """The rows as lines of the same numbers."""
    rows = [list(row) for row in rows]
    if rows:
        # Nothing but commas may look as if it parted the columns.
        rows[0] = [" ".join(re.split("[;\t]", cell)) for cell in rows[0]]
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\n").writerows(rows)
    return file.getvalue()


def _text(value: Any) -> str:
    """The value of a cell as a person would type it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, timedelta):
        minutes = round(value.total_seconds() / 60)
        return f"{minutes // 60}:{minutes % 60:02}"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(round(value, 10))
    return str(value)
