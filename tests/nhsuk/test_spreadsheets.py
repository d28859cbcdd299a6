"""Files as spreadsheets save them: text of any encoding, and workbooks."""

import contextlib
import io
import random
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from openpyxl import Workbook

from crmo_clinic.nhsuk import csv_files, spreadsheets
from crmo_clinic.nhsuk.spreadsheets import Unreadable, read_table, text_of

BIG = 5_000_000


def workbook(*sheets: tuple[str, Iterable[Sequence[Any]]], hidden: Sequence[str] = ()) -> bytes:
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        if name in hidden:
            sheet.sheet_state = "hidden"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def cells(data: bytes, sheet: str = "") -> list[Sequence[str]]:
    return [row for _, row in read_table(text_of(data, sheet), most_bytes=BIG).lines]


def test_the_cells_of_a_workbook_are_read_as_a_person_would_type_them():
    row = [date(2026, 3, 27), datetime(2026, 3, 27, 9, 15), time(9, 30), timedelta(hours=4, minutes=30)]
    row += [4.0, 4.5, 9990000018, True, "a,b;c", None]
    (read,) = cells(workbook(("Sheet", [["Head"] * 10, row])))
    assert read == [
        *("2026-03-27", "2026-03-27 09:15", "09:30", "4:30"),
        *("4", "4.5", "9990000018", "yes", "a,b;c"),
    ]


def test_of_a_workbook_the_first_sheet_with_something_in_it_is_read_or_the_one_that_is_named():
    data = workbook(
        ("Old", [["H"], ["hidden"]]),
        ("Empty", []),
        ("Waiting", [["H"], ["waits"]]),
        ("Booked", [["H"], ["booked"]]),
        hidden=["Old"],
    )
    assert cells(data) == [["waits"]]
    assert cells(data, "booked") == [["booked"]]
    with pytest.raises(Unreadable, match="no sheet called “Old”: it has Empty, Waiting and Booked"):
        text_of(data, "Old")


def test_lines_keep_their_numbers_where_others_are_blank():
    data = workbook(("Sheet", [["H"], [None], ["one"], [None], ["two"]]))
    assert [n for n, _ in read_table(text_of(data), most_bytes=BIG).lines] == [3, 5]


def test_a_heading_of_a_workbook_parts_no_columns():
    data = workbook(("Sheet", [["Name; first;last\tof all", "Town, or; village"], ["Zoë", "a;b"]]))
    table = read_table(text_of(data), most_bytes=BIG)
    assert table.heads == ["Name  first last of all", "Town, or  village"]
    assert [row for _, row in table.lines] == [["Zoë", "a;b"]]


def test_a_workbook_that_unpacks_to_far_too_much_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(spreadsheets, "MOST_UNPACKED", 1000)
    with pytest.raises(Unreadable, match="too big"):
        text_of(workbook(("Sheet", [["H"], ["one"]])))


def marked(data: bytes, local: int, central: int, value: int) -> bytes:
    """The package with a byte of the heads of all its parts set, in the parts and in the list of them."""
    octets = bytearray(data)
    for head, place in ((b"PK\x03\x04", local), (b"PK\x01\x02", central)):
        for found in re.finditer(head, data):
            octets[found.start() + place] = value
    return bytes(octets)


def test_a_workbook_whatever_is_wrong_with_it_is_said_to_be_damaged_or_read():
    data, dice = workbook(("Sheet", [["H"], ["one"]])), random.Random(3)
    for _ in range(150):
        octets = bytearray(data)
        for _ in range(dice.randint(1, 5)):
            octets[dice.randrange(4, len(octets))] = dice.randrange(256)
        with contextlib.suppress(Unreadable):
            text_of(bytes(octets))
    with pytest.raises(Unreadable, match="damaged"):
        text_of(marked(data, 8, 10, 99))


@pytest.mark.parametrize(
    "locked",
    [
        marked(workbook(("Sheet", [["H"], ["one"]])), 6, 8, 1),
        b"\xd0\xcf\x11\xe0" + bytes(500) + "EncryptedPackage".encode("utf-16-le"),
    ],
)
def test_a_workbook_with_a_password_is_said_to_have_one(locked):
    with pytest.raises(Unreadable, match="has a password"):
        text_of(locked)


def test_what_left_here_as_a_file_comes_back_as_it_was():
    odd = ["+447700900111", "=Ada", "-1", "@home", "Ada", "'t Hart"]
    text = "".join(csv_files.lines([["Head"] * 6, odd]))
    assert cells(text.encode()) == [odd]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("start", ["", "sep=;\n", '"sep=;"\r\n'])
def test_odd_encodings_and_a_line_that_names_what_parts_the_columns(encoding, start):
    text = f"{start}Name;Town\r\nZoë;Łódź\r\n" if encoding != "cp1252" else f"{start}Name;Town\nZoë;Genève\n"
    ((name, _),) = cells(text.encode(encoding))
    assert name == "Zoë"
