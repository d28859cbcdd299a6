"""What may stand in an invitation, what is cleaned, and what is refused in a sentence."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.ical import InvalidInvitation, Mailbox
from scheduling.ical.invitation import LONDON
from tests.ical.samples import PARENT, UNIT, an_invitation

NOON = datetime(2026, 10, 24, 12, 0)


@pytest.mark.parametrize("field", ["stamp", "created", "starts_at", "ends_at"])
def test_a_time_without_a_zone_is_refused(field):
    with pytest.raises(InvalidInvitation, match="24 October 2026, 12:00 has no time zone"):
        an_invitation(**{field: NOON})


@pytest.mark.parametrize("length", [timedelta(0), timedelta(minutes=-1), timedelta(days=-1)])
def test_a_visit_must_end_after_it_starts(length):
    start = NOON.replace(tzinfo=LONDON)
    with pytest.raises(InvalidInvitation, match="must end after it starts"):
        an_invitation(starts_at=start, ends_at=start + length)


def test_a_visit_that_would_lose_its_length_to_rounding_is_refused():
    start = NOON.replace(tzinfo=UTC)
    with pytest.raises(InvalidInvitation, match="whole second"):
        an_invitation(starts_at=start, ends_at=start + timedelta(microseconds=900))


def test_times_in_any_zone_become_london_time_and_revisions_utc():
    invitation = an_invitation(
        starts_at=datetime(2026, 10, 24, 8, 0, tzinfo=UTC), stamp=datetime(2026, 10, 1, 9, 0, tzinfo=LONDON)
    )
    assert str(invitation.starts_at) == "2026-10-24 09:00:00+01:00"
    assert str(invitation.stamp) == "2026-10-01 08:00:00+00:00"


def test_a_wall_time_that_the_spring_change_leaves_out_becomes_the_real_one():
    invitation = an_invitation(
        starts_at=datetime(2027, 3, 28, 1, 30, tzinfo=LONDON),
        ends_at=datetime(2027, 3, 28, 9, 0, tzinfo=LONDON),
    )
    assert str(invitation.starts_at) == "2027-03-28 02:30:00+01:00"


@pytest.mark.parametrize("field", ["starts_at", "ends_at"])
def test_the_second_pass_of_the_hour_that_repeats_in_autumn_is_refused(field):
    second_pass = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    around = {"starts_at": second_pass - timedelta(hours=4), "ends_at": second_pass + timedelta(hours=4)}
    with pytest.raises(InvalidInvitation, match="hour that repeats"):
        an_invitation(**(around | {field: second_pass}))


@pytest.mark.parametrize("uid", ["", "a" * 256, "a b@c.example", "zoë@c.example", "a\r\nX:1", "a\\Nb", "a\n"])
def test_a_uid_is_plain_ascii_without_spaces(uid):
    with pytest.raises(InvalidInvitation, match="UID"):
        an_invitation(uid=uid)


def test_a_sequence_number_is_never_negative():
    with pytest.raises(InvalidInvitation, match="0 or more"):
        an_invitation(sequence=-1)


@pytest.mark.parametrize(("field", "limit"), [("summary", 60), ("description", 1500), ("location", 255)])
def test_text_may_be_as_long_as_calendars_show_and_no_longer(field, limit):
    assert getattr(an_invitation(**{field: "é" * limit}), field) == "é" * limit
    with pytest.raises(InvalidInvitation, match=f"{field} has {limit + 1} characters.*{limit}"):
        an_invitation(**{field: "é" * (limit + 1)})


@pytest.mark.parametrize("blank", ["", " \t\r\n", "\x00\ufeff\u2028"])
def test_a_summary_or_a_name_may_not_be_blank(blank):
    with pytest.raises(InvalidInvitation, match="summary may not be blank"):
        an_invitation(summary=blank)
    with pytest.raises(InvalidInvitation, match="name of the person or team may not be blank"):
        Mailbox(blank, "zoe@family.example")


def test_a_name_has_at_most_255_characters():
    with pytest.raises(InvalidInvitation, match="256 characters"):
        Mailbox("n" * 256, "zoe@family.example")


def test_the_unit_cannot_invite_itself():
    with pytest.raises(InvalidInvitation, match="its own address"):
        an_invitation(attendee=Mailbox("Somebody", UNIT.email.upper()))


@pytest.mark.parametrize(
    "email",
    [
        "zoe@family.example",
        "zoe.o'neill+hospital@mail.family-name.example",
        "Z@a.b.example",
        "m&s#1@xn--mnchen-3ya.example",
        "a" * 64 + "@family.example",
    ],
)
def test_a_plain_address_is_taken_as_it_is(email):
    assert Mailbox("Zoë", email).email == email


@pytest.mark.parametrize(
    "email",
    [
        "",
        "zoe",
        "zoe@",
        "@family.example",
        "zoe@localhost",
        "Zoë <zoe@family.example>",
        "mailto:zoe@family.example",
        "zoe@family.example, sam@family.example",
        "zoe@family.example;sam@family.example",
        "zoe@family.example\r\nBcc: sam@family.example",
        "zoe@family.example\n",
        "zo e@family.example",
        " zoe@family.example",
        "zoë@family.example",
        "zoe@münchen.example",
        "zoe@@family.example",
        ".zoe@family.example",
        "zoe..o@family.example",
        "zoe@-family.example",
        "zoe@family..example",
        '"zoe"@family.example',
        "zoe\x00@family.example",
        "a" * 65 + "@family.example",
        "zoe@" + "a." * 130 + "example",
    ],
)
def test_anything_but_one_plain_address_is_refused(email):
    with pytest.raises(InvalidInvitation, match="one plain address"):
        Mailbox("Zoë", email)


def test_a_refusal_does_not_repeat_the_address():
    with pytest.raises(InvalidInvitation) as refusal:
        Mailbox("Zoë", "zoë@family.example")
    assert "zoë" not in str(refusal.value)


def test_names_lose_what_calendars_misread():
    assert Mailbox('Zoë "Zo" O\u2019Neill;\r\n^PARTSTAT=ACCEPTED:\\x', "z@a.example").name == (
        "Zoë Zo O\u2019Neill PARTSTAT=ACCEPTED x"
    )


def test_names_keep_commas_apostrophes_brackets_and_every_script():
    name = "O'Neill, Zoë (mum) 王小明 محمد 👩‍👧"
    assert Mailbox(name, "z@a.example").name == name


def test_one_line_fields_lose_their_line_breaks():
    invitation = an_invitation(
        summary="Hospital\r\nvisit\t1", location="Main\u2028entrance,\x0b\n\nlevel\x851"
    )
    assert (invitation.summary, invitation.location) == ("Hospital visit 1", "Main entrance, level 1")


def test_a_description_keeps_its_lines_whatever_breaks_them():
    assert an_invitation(description="\r\none\r\ntwo\rthree\u2029\x85four\x00five \n").description == (
        "one\ntwo\nthree\n\nfour five"
    )


def test_half_an_emoji_is_dropped():
    assert an_invitation(summary="Visit \ud83d at 9").summary == "Visit at 9"


@given(st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=60))
def test_printable_text_is_left_as_it_is(text):
    invitation = an_invitation(summary=text, description=text, location=text)
    assert (invitation.summary, invitation.description, invitation.location) == (text, text, text)


@given(st.text(max_size=60), st.text(max_size=255))
def test_cleaning_twice_changes_nothing(name, description):
    invitation = an_invitation(attendee=Mailbox(f"Zoë {name}", PARENT.email), description=description)
    assert replace(invitation, attendee=replace(invitation.attendee)) == invitation
