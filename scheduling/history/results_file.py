"""A file of results as spreadsheets and laboratories save it: its text, its columns, its lines as texts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from crmo_clinic.nhsuk.spreadsheets import read_table, too_many_values

MOST_BYTES = 1_000_000

COLUMNS = {
    "hospital_number": "Hospital number",
    "nhs_number": "NHS number",
    "date": "Date",
    "esr": "ESR",
    "crp": "CRP",
}
# Either names the child; all others are needed.
NUMBERS = ("hospital_number", "nhs_number")


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


def read_file(text: str) -> ResultsFile:
    table = read_table(text, most_bytes=MOST_BYTES)
    columns = [_column(head) for head in table.heads]
    if wrong := (_wrong_heads(columns) if table.heads else "") or table.wrong:
        return ResultsFile(wrong=wrong)
    places = {key: place for place, key in enumerate(columns) if key}
    return ResultsFile(
        table.heads,
        [TextLine(n, row, _texts(row, places), _too_long(row, table.heads)) for n, row in table.lines],
    )


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


def _texts(row: Sequence[str], places: dict[str, int]) -> dict[str, str]:
    return {key: row[at] if at < len(row) else "" for key, at in places.items()}


def _too_long(row: Sequence[str], heads: Sequence[str]) -> str:
    if len(row) <= len(heads) and not too_many_values(row, heads):
        return ""
    return "This line has more values than there are columns: write 7.5, not 7,5, and no comma at the end"
