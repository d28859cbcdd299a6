"""A file of results as spreadsheets and laboratories save it: its text, its columns, its lines as texts."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from crmo_clinic.nhsuk.typed import tidy

MOST_BYTES, MOST_LINES = 1_000_000, 10_000

COLUMNS = {
    "hospital_number": "Hospital number",
    "nhs_number": "NHS number",
    "date": "Date",
    "esr": "ESR",
    "crp": "CRP",
}
# Either names the child; all others are needed.
NUMBERS = ("hospital_number", "nhs_number")
_SEPARATORS = (",", ";", "\t")
# Excel's own first line, which says what parts the columns.
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
# What Excel needs for keeping a number as it was written.
_AS_TEXT = re.compile(r'="(.*)"')


@dataclass(frozen=True)
class TextLine:
    """One line: its number in the file, its texts in order and by column. wrong: why it cannot be read."""

    number: int
    cells: Sequence[str]
    texts: dict[str, str]
    wrong: str = ""


@dataclass(frozen=True)
class ResultsFile:
    """The lines below the names of the columns. wrong: what is the matter with the file as a whole."""

    heads: Sequence[str] = ()
    lines: Sequence[TextLine] = ()
    wrong: str = ""


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


def read_file(text: str) -> ResultsFile:
    if len(text.encode()) > MOST_BYTES:
        return ResultsFile(wrong=f"The file must be {MOST_BYTES // 1000} KB or smaller. Split it.")
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
        return ResultsFile(wrong="The file cannot be read as CSV. Save it from the spreadsheet as CSV again.")
    numbered = [(n, [_cell(cell) for cell in row]) for n, row in enumerate(rows, start=begins) if any(row)]
    if not numbered:
        return ResultsFile(wrong="The file is empty.")
    (_, heads), *lines = numbered
    columns = [_column(head) for head in heads]
    if wrong := _wrong_heads(columns) or _wrong_number(len(lines)):
        return ResultsFile(wrong=wrong)
    places = {key: place for place, key in enumerate(columns) if key}
    return ResultsFile(
        heads, [TextLine(n, row, _texts(row, places), _too_long(row, heads)) for n, row in lines]
    )


def _cell(text: str) -> str:
    return tidy(_AS_TEXT.sub(r"\1", text.strip()))


def _column(head: str) -> str:
    """The key in COLUMNS for a heading such as `CRP (mg/L)` or `hospital_number`; empty if it is another."""
    plain = re.sub(r"[\s_,.]+", "_", head.strip().lower()).strip("_")
    plain = re.sub(r"_?\(?(mm/hr?|mg/l)\)?$", "", plain)
    plain = re.sub(r"_no$", "_number", plain)
    return plain if plain in COLUMNS else ""


def _wrong_heads(columns: Sequence[str]) -> str:
    twice = [name for key, name in COLUMNS.items() if columns.count(key) > 1]
    if twice:
        return f"Two columns are called {twice[0]}. Take one of them out, or give it another name."
    missing = [name for key, name in COLUMNS.items() if key not in (*columns, *NUMBERS)]
    if not any(key in columns for key in NUMBERS):
        missing.insert(0, "Hospital number or NHS number")
    return f"The first line must name the columns. Missing: {', '.join(missing)}." if missing else ""


def _wrong_number(lines: int) -> str:
    if not lines:
        return "The file has no line below the names of the columns."
    return f"The file must have {MOST_LINES:,} lines or fewer. Split it." if lines > MOST_LINES else ""


def _texts(row: Sequence[str], places: dict[str, int]) -> dict[str, str]:
    return {key: row[at] if at < len(row) else "" for key, at in places.items()}


def _too_long(row: Sequence[str], heads: Sequence[str]) -> str:
    """What is wrong with a line that has more than its columns; the values before may have slipped too."""
    nameless = any(cell for cell, head in zip(row, heads, strict=False) if not head)
    if len(row) <= len(heads) and not nameless:
        return ""
    return "This line has more values than there are columns: write 7.5, not 7,5, and no comma at the end"
