"""The mail as it goes over the wire, read with the standard library's newer parser."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.ical import InvalidInvitation, Mailbox, Method, calendar_bytes
from tests.ical.samples import HEADERS, MESSAGE_ID, a_mail, an_invitation, body, read_mail, recipient


def parts(raw: bytes):
    """The mail, its plain, HTML and calendar alternatives, and the attachment."""
    mail = read_mail(raw)
    alternatives, attachment = mail.iter_parts()
    return mail, *alternatives.iter_parts(), attachment


def test_the_tree_is_what_outlook_looks_for():
    mail = read_mail(a_mail())
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]


def test_the_headers_are_these_in_this_order():
    assert read_mail(a_mail()).keys() == HEADERS


def test_the_mail_comes_from_the_organizer_and_goes_to_the_attendee_alone():
    mail = read_mail(a_mail())
    assert mail["From"] == mail["Reply-To"] == "Day Unit Bookings <daycase@hospital.example>"
    assert recipient(a_mail()) == ("Zoë Łukasz", "zoe@family.example")


def test_the_headers_say_what_and_when_and_that_a_machine_wrote_it():
    mail = read_mail(a_mail())
    assert mail["Subject"] == "Hospital visit, day 1 of 2: Sat 24 Oct, 9am"
    assert mail["Date"].datetime == datetime(2026, 10, 1, 9, 31, tzinfo=UTC)
    assert mail["Message-ID"] == MESSAGE_ID
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["MIME-Version"] == "1.0"


def test_the_date_keeps_its_zone():
    raw = a_mail(date=datetime(2026, 10, 1, 9, 31, tzinfo=ZoneInfo("Europe/London")))
    assert b"\r\nDate: Thu, 01 Oct 2026 09:31:00 +0100\r\n" in raw


def test_a_later_mail_answers_the_first_however_long_its_identifier():
    first = f"<{'f' * 90}@{'daycase.' * 10}example>"
    raw = a_mail(in_reply_to=first, message_id=first.replace("f", "g"))
    mail = read_mail(raw)
    assert mail["In-Reply-To"] == mail["References"] == first
    assert f"\r\nIn-Reply-To: {first}\r\nReferences: {first}\r\n".encode() in raw


@pytest.mark.parametrize("method", Method)
def test_the_calendar_part_names_its_method_and_charset_once_and_is_no_attachment(method):
    raw = a_mail(an_invitation(method=method))
    _, _, _, calendar, _ = parts(raw)
    assert f'\r\nContent-Type: text/calendar; charset="utf-8"; method={method}\r\n'.encode() in raw
    assert calendar["Content-Transfer-Encoding"] == "base64"
    assert calendar["Content-Disposition"] is None
    assert raw.count(b"text/calendar") == raw.count(b"method=") == 1
    assert f"METHOD:{method}\r\n".encode() in calendar.get_payload(decode=True)


def test_the_attachment_is_the_same_calendar_byte_for_byte():
    invitation = an_invitation()
    _, _, _, calendar, attachment = parts(a_mail(invitation))
    assert attachment["Content-Disposition"] == 'attachment; filename="invite.ics"'
    assert attachment["Content-Transfer-Encoding"] == "base64"
    assert attachment["Content-Type"] == "application/ics"
    assert (
        attachment.get_payload(decode=True) == calendar.get_payload(decode=True) == calendar_bytes(invitation)
    )


def test_the_bodies_arrive_as_they_were_written():
    text = "Żółć 王小明 👩‍👧 at 9am.\n\nFrom the unit:\n.\n--\n=_x  \nend " + "long " * 400
    html = (
        "<p>Żółć = 王小明 &amp; 👩‍👧</p>\n<a href='https://daycase.example/?a=1&amp;b=2'>"
        + "x" * 3000
        + "</a>"
    )
    raw = a_mail(text=text, html=html)
    _, plain, page, _, _ = parts(raw)
    assert body(plain) == text.strip() + "\n"
    assert b"\r\nFrom the unit:\r\n" in raw
    assert body(page) == html + "\n"
    assert (plain.get_content_charset(), page.get_content_charset()) == ("utf-8", "utf-8")


@pytest.mark.parametrize("blank", ["", " \n", "\x00"])
def test_a_mail_needs_a_subject_and_both_bodies(blank):
    with pytest.raises(InvalidInvitation, match="subject"):
        a_mail(subject=blank)
    with pytest.raises(InvalidInvitation, match="plain text"):
        a_mail(text=blank)
    with pytest.raises(InvalidInvitation, match="HTML"):
        a_mail(html=blank)


def test_a_subject_has_at_most_255_characters():
    assert read_mail(a_mail(subject="é" * 255))["Subject"] == "é" * 255
    with pytest.raises(InvalidInvitation, match="255"):
        a_mail(subject="é" * 256)


@pytest.mark.parametrize(
    "identifier",
    [
        "word@a.example",
        "<word>",
        "<a@b@c.example>",
        "<a b@c.example>",
        "<a@c.example>\r\nBcc: sam@family.example",
        "<a@c.example>\n",
        "<ä@c.example>",
        "<@c.example>",
        f"<{'a' * 121}@c.example>",
    ],
)
def test_a_malformed_message_id_is_refused(identifier):
    with pytest.raises(InvalidInvitation, match="Message-ID"):
        a_mail(message_id=identifier)
    with pytest.raises(InvalidInvitation, match="Message-ID"):
        a_mail(in_reply_to=identifier)


def test_a_date_without_a_zone_is_refused():
    with pytest.raises(InvalidInvitation, match="time zone"):
        a_mail(date=datetime(2026, 10, 1, 9, 31))


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\u2028", "\x85", "\x0b", "\x1c"])
def test_no_text_can_start_a_header_of_its_own(break_):
    evil = f"Zoë{break_}Bcc: sam@family.example{break_}{break_}Hello"
    for text in (evil, evil.replace("ë", "e")):
        invitation = an_invitation(
            organizer=Mailbox(text, "daycase@hospital.example"), attendee=Mailbox(text, "zoe@family.example")
        )
        mail = read_mail(a_mail(invitation, subject=text))
        assert mail.keys() == HEADERS
        assert mail["Subject"] == text.replace(break_, " ").replace("  ", " ")


def test_words_that_look_encoded_already_arrive_as_they_were_typed():
    typed = "=?utf-8?q?Sam?="
    raw = a_mail(an_invitation(attendee=Mailbox(f"{typed} Z,", "zoe@family.example")), subject=f"{typed} Z")
    assert read_mail(raw)["Subject"] == f"{typed} Z"
    assert recipient(raw) == ("=?utf-8?q?Sam?= Z,", "zoe@family.example")


def test_a_body_cannot_end_its_own_part():
    boundaries = [part.get_boundary() for part in read_mail(a_mail()).walk() if part.is_multipart()]
    assert len(set(boundaries)) == 2
    text = "\n".join(f"--{boundary}--" for boundary in boundaries)
    _, plain, page, _, _ = parts(a_mail(text=text, html=text))
    assert body(plain) == body(page) == text + "\n"


def test_the_same_values_give_the_same_bytes_and_another_mail_other_boundaries():
    assert a_mail() == a_mail()
    mine, other = a_mail(), a_mail(message_id=MESSAGE_ID.replace(".0@", ".1@"))
    assert read_mail(mine).get_boundary() != read_mail(other).get_boundary()


def test_every_line_ends_in_crlf_and_is_ascii_and_short():
    raw = a_mail(
        an_invitation(attendee=Mailbox("王" * 255, "z@a.example")), subject="é" * 255, text="é" * 5000
    )
    physical = raw.split(b"\r\n")
    assert b"\n" not in b"".join(physical) and b"\r" not in b"".join(physical)
    assert raw.isascii()
    assert max(map(len, physical)) <= 100


def test_a_long_name_without_spaces_still_fits_the_longest_line_allowed():
    name = "n" * 255
    raw = a_mail(an_invitation(attendee=Mailbox(name, "z" * 64 + "@" + "a." * 90 + "example")))
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert recipient(raw)[0] == name


NAMES = st.text(
    st.sampled_from("aZ ,.'()<>@[]=?_-é王👩\r\n\t\x00\ufeff") | st.characters(), max_size=200
).map("Zo{}".format)


@given(NAMES, NAMES, st.text(max_size=200).map("Dear{}".format))
def test_any_name_subject_and_body_is_read_back_as_it_was_cleaned(name, subject, words):
    mailbox = Mailbox(name, "zoe@family.example")
    raw = a_mail(an_invitation(attendee=mailbox), subject=subject, text=words, html=words)
    mail, plain, page, _, _ = parts(raw)
    assert mail.keys() == HEADERS
    assert not [header.defects for header in mail.values() if header.defects]
    assert recipient(raw) == (mailbox.name, "zoe@family.example")
    assert mail["Subject"] == an_invitation(location=subject).location
    assert body(plain) == body(page) == an_invitation(description=words).description + "\n"
