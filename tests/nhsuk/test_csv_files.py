"""Files for spreadsheets: their mark, formulas, and rows that come one by one."""

import csv
import io

import pytest

from crmo_clinic.nhsuk import csv_files


@pytest.mark.parametrize("cell", ["=1+1", "+44", "-2", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_text_is_a_formula(cell):
    text = csv_files.whole("a.csv", [["Name"], [cell]]).content.decode()
    assert list(csv.reader(io.StringIO(text[1:], newline="")))[1] == [f"'{cell}"]


def test_numbers_and_limits_stay_as_they_are():
    answer = csv_files.whole("a.csv", [["a", "b", "c"], [-3, 2.5, "<5"]])
    assert answer.content == "\ufeffa,b,c\r\n-3,2.5,<5\r\n".encode()
    assert answer["Content-Disposition"] == 'attachment; filename="a.csv"'


def test_a_row_is_read_only_when_it_is_sent():
    read = []

    def rows():
        for number in range(3):
            read.append(number)
            yield [number, "Zoë, “Zo”"]

    sent = iter(csv_files.streamed("a.csv", rows()).streaming_content)
    assert (next(sent), read) == ("\ufeff".encode(), [])
    assert (next(sent).decode(), read) == ('0,"Zoë, “Zo”"\r\n', [0])
