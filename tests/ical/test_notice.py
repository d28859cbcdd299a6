"""A mail without a calendar entry: the same headers and bodies as an invite, and nothing for a calendar."""

from datetime import UTC, datetime

import pytest

from scheduling.ical import InvalidInvitation, notice_bytes
from tests.ical.samples import HEADERS, MESSAGE_ID, UNIT, body, read_mail

FIRST = f"<{'f' * 90}@daycase.example>"


def a_notice(**changes) -> bytes:
    ordinary = {
        "sender": UNIT,
        "address": "zoe@family.example",
        "subject": "Reminder: hospital visit Sat 24 Oct, 9am",
        "text": "The visit is on Saturday 24 October 2026 at 9am, Zoë.",
        "html": "<p>The visit is on Saturday 24 October 2026 at 9am, Zoë.</p>",
        "message_id": MESSAGE_ID,
        "date": datetime(2026, 10, 17, 8, 0, tzinfo=UTC),
    }
    return notice_bytes(**(ordinary | changes))


def test_it_is_text_and_html_and_nothing_for_a_calendar():
    mail = read_mail(a_notice())
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    plain, page = mail.iter_parts()
    assert body(plain) == "The visit is on Saturday 24 October 2026 at 9am, Zoë.\n"
    assert body(page) == "<p>The visit is on Saturday 24 October 2026 at 9am, Zoë.</p>\n"
    assert b"calendar" not in a_notice().lower()


def test_the_headers_are_those_of_an_invite_and_name_nobody_but_the_unit():
    mail = read_mail(a_notice())
    assert mail.keys() == HEADERS
    assert mail["From"] == mail["Reply-To"] == "Day Unit Bookings <daycase@hospital.example>"
    assert mail["To"] == "zoe@family.example"
    assert mail["Auto-Submitted"] == "auto-generated"


def test_it_stands_in_the_thread_of_the_invite():
    raw = a_notice(in_reply_to=FIRST)
    assert f"\r\nIn-Reply-To: {FIRST}\r\nReferences: {FIRST}\r\n".encode() in raw


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "Zoë <zoe@family.example>"},
        {"address": "zoe@family.example\r\nBcc: sam@family.example"},
        {"subject": " \n"},
        {"text": ""},
        {"html": "\x00"},
        {"message_id": "no brackets"},
        {"in_reply_to": "<a@b.example>\r\nBcc: x"},
        {"date": datetime(2026, 10, 17)},
    ],
)
def test_what_is_no_mail_is_refused_and_the_address_is_not_quoted(wrong):
    with pytest.raises(InvalidInvitation) as refused:
        a_notice(**wrong)
    assert "zoe" not in str(refused.value)


def test_a_subject_cannot_start_another_header():
    assert read_mail(a_notice(subject="Visit\r\nBcc: sam@family.example")).keys() == HEADERS
