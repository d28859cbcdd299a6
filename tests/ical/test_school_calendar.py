"""A school's calendar file: its whole days, and what no file can do to us."""

import time
from datetime import date

import pytest

from scheduling.ical import Stretch, read_calendar


def calendar(*events: str) -> bytes:
    inside = "".join(f"BEGIN:VEVENT\r\nUID:{n}\r\n{each}\r\nEND:VEVENT\r\n" for n, each in enumerate(events))
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{inside}END:VCALENDAR\r\n".encode()


def whole(first: str, more: str = "", name: str = "Spring term") -> str:
    return f"DTSTART;VALUE=DATE:{first}{more}\r\nSUMMARY:{name}"


def test_the_end_of_an_entry_is_the_day_after_its_last():
    found = read_calendar(
        calendar(
            whole("20280105", "\r\nDTEND;VALUE=DATE:20280212"),
            whole("20280222", name="INSET  day\\, staff only"),
            whole("20280301", "\r\nDURATION:P3D", "Trip"),
            whole("20280401", "\r\nDTEND;VALUE=DATE:20280401", "Same day"),
        )
    )
    assert found.stretches == (
        Stretch(date(2028, 1, 5), date(2028, 2, 11), "Spring term"),
        Stretch(date(2028, 2, 22), date(2028, 2, 22), "INSET day, staff only"),
        Stretch(date(2028, 3, 1), date(2028, 3, 3), "Trip"),
        Stretch(date(2028, 4, 1), date(2028, 4, 1), "Same day"),
    )
    assert found.wrong == ""


def test_what_is_no_stretch_of_days_is_counted_and_the_rest_is_used():
    once = whole("20280105", "\r\nDTEND;VALUE=DATE:20280212")
    found = read_calendar(
        calendar(
            once,
            once,
            "DTSTART:20280105T090000Z\r\nSUMMARY:Concert",
            "SUMMARY:No day",
            whole("20280105", "\r\nDTEND;VALUE=DATE:20300212"),
            whole("20280103", "\r\nRRULE:FREQ=DAILY;COUNT=999999999", "Bell"),
        )
    )
    assert [each.name for each in found.stretches] == ["Bell", "Spring term"]
    assert (found.timed, found.unreadable, found.repeated) == (1, 2, 1)


HOSTILE = {
    "nothing": b"",
    "no calendar": b"a,b,c\n1,2,3",
    "zeros": b"\x00" * 400_000,
    "odd bytes": b"BEGIN:VCALENDAR\r\n" + b"\xff\xfe:;" * 50_000,
    "unclosed": b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n",
    "nested": b"BEGIN:VCALENDAR\r\n" + b"BEGIN:X\r\n" * 30_000,
    "parameters": calendar("DTSTART" + ";A=B" * 60_000 + ":x"),
    "a long line": calendar("SUMMARY:" + "\\" * 400_000),
    "an unclosed quote": calendar('DTSTART;X="' + "x" * 400_000),
    "too large": b"x" * 500_001,
    "too many": calendar(*[whole("20280105")] * 2_001),
    "a day that is none": calendar(whole("20280230")),
    "the end of time": calendar(whole("99991231", "\r\nDURATION:P99999999D")),
    "timed only": calendar("DTSTART:20280105T090000Z"),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_no_file_breaks_the_reader_or_keeps_it_busy(content):
    started = time.process_time()
    found = read_calendar(content)
    assert (found.stretches, bool(found.wrong)) == ((), True)
    assert time.process_time() - started < 5


def test_as_many_entries_as_are_allowed_are_read():
    days = [whole(f"{2001 + n // 300}{1 + n // 25 % 12:02}{1 + n % 25:02}") for n in range(2_000)]
    assert len(read_calendar(calendar(*days)).stretches) == 2_000
