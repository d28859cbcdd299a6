"""What is read out of mails that come back: answers of the usual programs, returned mails, and rubbish."""

from datetime import UTC, datetime
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.ical import Automatic, Bounce, CalendarAnswer, Fate, ForAPerson, Trusted, read_mail, read_text
from scheduling.ical.opened_mail import LARGEST_MAIL
from tests.ical import answers, bounces
from tests.ical.answers import GIVEN, MTA, PROGRAMS, UNIT
from tests.ical.hostile import CORPUS, HOSTILE, ME, OURS, mutated, plain

LONGEST = 4.0  # seconds of processor time for the worst mail there is


def read(raw: bytes):
    return read_mail(raw, trusted=Trusted(MTA), own=[UNIT])


def content(raw: bytes):
    return read(raw).content


def is_believed(raw: bytes) -> bool:
    return read(raw).is_authentic


# Answers of the usual programs


@pytest.mark.parametrize("answer", ["ACCEPTED", "TENTATIVE", "DECLINED"])
@pytest.mark.parametrize("program", PROGRAMS)
def test_an_answer_of_each_program_is_read(program, answer):
    note = "He has a cold\\, but “we” can come; see you — then. " * 3
    asked = GIVEN.but(partstat=answer, sequence=4, comment=note.strip(), name="Zoë Lark")
    letter = read(PROGRAMS[program](asked))

    assert letter.content == CalendarAnswer(
        uid=GIVEN.uid,
        attendee="mia.lark@family.example",
        answer=answer,
        sequence=4,
        stamp=datetime(2027, 3, 1, 10, 15, tzinfo=UTC),
        comment=("He has a cold, but “we” can come; see you — then. " * 3).strip(),
    )
    assert letter.sender == letter.content.attendee
    assert letter.is_authentic
    assert (letter.message_id, letter.to[0]) == (GIVEN.message_id, UNIT)


def test_an_address_is_compared_in_small_letters_and_decoded():
    asked = GIVEN.but(
        sender="Mia.O'Lark+visits@Family.Example", attendee="MIA.O'LARK%2Bvisits@family.example"
    )
    letter = read(answers.gmail(asked))
    assert letter.content.attendee == letter.sender == "mia.o'lark+visits@family.example"


def test_what_rfc_5546_wants_and_programs_leave_out_is_not_missed():
    for raw in (plain(ME), plain(ME, parameter=""), plain(ME, method=None)):
        assert content(raw).sequence == 0
    assert content(plain(ME, stamp="nonsense")).stamp is None
    assert content(plain(ME, "COMMENT:")).comment == ""


def test_lines_may_be_folded_anywhere():
    raw = plain("ATTENDEE;PARTS\r\n TAT=DECLI\r\n\tNED:mailto:mia.lark@fam\r\n ily.example")
    assert content(raw).answer == "DECLINED"


def test_a_quoted_name_may_hold_what_separates_parameters():
    raw = plain(
        'ATTENDEE;CN="Lark; PARTSTAT=DECLINED:, Mia";PARTSTAT=ACCEPTED:mailto:mia.lark@family.example'
    )
    assert (content(raw).answer, content(raw).attendee) == ("ACCEPTED", "mia.lark@family.example")


@pytest.mark.parametrize("charset", ["iso-8859-1", "windows-1252", "utf-8", "klingon", "zlib", "punycode"])
def test_a_calendar_in_another_charset_is_read(charset):
    raw = plain(ME, "COMMENT:café").replace(b"charset=utf-8", f"charset={charset}".encode())
    if charset != "utf-8":
        raw = raw.replace("\xe9".encode(), b"\xe9")
    assert content(raw).comment == "café"


# What is for a person


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (plain(ME, method="COUNTER", parameter="; method=COUNTER"), "another time"),
        (plain(ME, method="REFRESH", parameter="; method=REFRESH"), "sent the visit again"),
        (plain(ME, method="REQUEST", parameter="; method=REQUEST"), "invitation from somebody else"),
        (plain(ME, method="REQUEST"), "no answer to ours"),
        (plain(ME, method="X-NEW", parameter=""), "no answer to ours"),
        (plain(ME.replace("ACCEPTED", "DELEGATED")), "hands the invite on"),
        (plain(ME.replace("ACCEPTED", "NEEDS-ACTION")), "neither"),
        (plain(ME.replace("PARTSTAT=", "X=")), "neither"),
        (plain(ME, ME.replace("mia", "pa")), "several people"),
        (plain("SUMMARY:Hello"), "nobody"),
        (plain(ME, "RECURRENCE-ID:20270308T090000Z"), "several visits"),
        (plain(ME, "END:VEVENT", "BEGIN:VEVENT", "UID:other", ME), "several visits"),
        (plain(ME, uid=""), "which visit"),
        (plain(ME.replace("mailto:mia.lark@family.example", "urn:uuid:1")), "which visit"),
        (plain(ME, "SEQUENCE:-1"), "which visit"),
        (plain(ME, "SEQUENCE:99999999999999999999"), "which visit"),
        (plain(ME, *["X-MORE:" + "x" * 60] * 2000), "too large"),
        (answers.words("We cannot come, she is ill."), "own words"),
    ],
)
def test_what_is_no_plain_answer_is_for_a_person(raw, why):
    found = content(raw)
    assert isinstance(found, ForAPerson)
    assert why in found.why


def test_a_person_is_told_which_visit_it_is_about():
    assert content(plain(ME, method="COUNTER", parameter="")).uid == GIVEN.uid


def test_two_answers_in_one_mail_that_differ_are_for_a_person():
    raw = answers.thunderbird().replace(b"PARTSTAT=ACCEPTED:mailto:mia", b"PARTSTAT=DECLINED:mailto:mia")
    found = content(raw)
    assert isinstance(found, ForAPerson)
    assert "more than one" in found.why


def test_an_answer_that_somebody_forwards_as_a_mail_is_not_theirs():
    inner = answers.exchange().decode()
    raw = answers.mail(
        answers.head(GIVEN, 'multipart/mixed; boundary="f"'),
        answers.parts("f", f"Content-Type: message/rfc822\n\n{inner}".replace("\r\n", "\n")),
    )
    assert isinstance(content(raw), ForAPerson)


# Who is believed


@pytest.mark.parametrize(
    ("checked", "believed"),
    [
        (f"{MTA}; dmarc=pass header.from=family.example", True),
        (f"{MTA.upper()} 1; spf=fail smtp.mailfrom=x.example; dmarc=pass (p=none (dis=none))", True),
        (f"{MTA}; dmarc=fail header.from=family.example; dkim=pass header.d=family.example", False),
        (f"{MTA}; dmarc=pass header.from=other.example", False),
        (f"{MTA}; dmarc=none; dkim=pass header.d=family.example", True),
        (f"{MTA}; dkim=pass header.i=@family.example", True),
        (f"{MTA}; dkim=pass header.d=other.example", False),
        (f"{MTA}; dkim=pass header.d=example", False),
        (f"{MTA}; dkim=pass header.d=mily.example", False),
        (f"{MTA}; spf=pass smtp.mailfrom=bounce@family.example", True),
        (f"{MTA}; spf=softfail smtp.mailfrom=family.example", False),
        (f"{MTA}; none", False),
        ("", False),
        ("mx.elsewhere.example; dmarc=pass header.from=family.example", False),
        (f"mx.elsewhere.example; x=y ({MTA}; dmarc=pass)", False),
        (f"{MTA}; dmarc=fail (; dmarc=pass)", False),
        (f'{MTA}; spf=fail reason="; dmarc=pass"', False),
        (f'{MTA}; spf=fail smtp.mailfrom="a; dmarc=pass header.from=family.example"@x.example', False),
        (f"{MTA}; spf=fail (a \\); dmarc=pass)", False),
        (f"{MTA}; dmarc=pass (never closed", False),
    ],
)
def test_only_what_our_own_server_checked_is_believed(checked, believed):
    raw = answers.gmail(GIVEN.but(checked=checked))
    assert is_believed(raw) is believed
    assert not read_mail(raw, trusted=Trusted()).is_authentic


def test_results_further_down_may_be_forged_and_do_not_count():
    forged = f"Authentication-Results: {MTA}; dmarc=pass header.from=family.example\n"
    checked = f"{MTA}; dmarc=fail header.from=family.example\nReceived: from x by y"
    raw = answers.exchange(GIVEN.but(checked=checked)).replace(b"From: Mia", forged.encode() + b"From: Mia")
    assert not is_believed(raw)
    together = f"{MTA}; dkim=pass header.d=family.example\nAuthentication-Results: {MTA}; dmarc=fail"
    assert not is_believed(answers.exchange(GIVEN.but(checked=together)))


@pytest.mark.parametrize(
    ("line", "sender"),
    [
        ("Mia <mia@family.example>", "mia@family.example"),
        ('"Lark, Mia <x@y.example>" <mia@family.example>', "mia@family.example"),
        ("mia@family.example (Mia)", "mia@family.example"),
        ("=?utf-8?q?Zo=C3=AB?= <mia@family.example>", "mia@family.example"),
        ("<mia@family.example> <eve@evil.example>", ""),
        ("mia@family.example, eve@evil.example", ""),
        ("mia@family.example)eve@evil.example", ""),
        ("mia@family.example <eve@evil.example>", ""),
        ("mia@family.example\nFrom: eve@evil.example", ""),
        ("Mia <>", ""),
        ("", ""),
    ],
)
def test_a_mail_is_from_one_plain_address_or_from_nobody(line, sender):
    assert read(answers.mail(f"From: {line}\nTo: {UNIT}", "Hello")).sender == sender


# Mails of ours that came back


def test_a_delivery_report_names_the_mail_whom_it_was_for_and_whether_it_is_final():
    for action, status, fate in (
        ("failed", "5.1.1", Fate.FAILED),
        ("failed", "4.4.7", Fate.FAILED),
        ("expired", "4.4.7", Fate.FAILED),
        ("delayed", "4.4.1", Fate.LATE),
        ("delivered", "2.1.5", Fate.ARRIVED),
        ("relayed", "2.1.9", Fate.ARRIVED),
    ):
        found = content(answers.report(OURS, action=action, status=status))
        assert (found.fate, found.message_ids[0], found.status) == (fate, OURS, status)
        assert found.recipients == ("mia.lark@family.example",)


def test_a_report_may_carry_the_whole_mail():
    raw = answers.report(OURS).replace(b"text/rfc822-headers", b"message/rfc822")
    assert content(raw).message_ids[0] == OURS


@pytest.mark.parametrize("kind", bounces.FAILED)
def test_a_mail_that_came_back_names_the_mail_and_the_address_in_whatever_shape_it_comes(kind):
    found = content(bounces.FAILED[kind](OURS, "Mia.Lark@family.example"))
    assert found.fate == Fate.FAILED
    assert OURS in found.message_ids
    named = found.recipients if kind in bounces.NAME_THE_ADDRESS else found.mentioned
    assert "mia.lark@family.example" in named


def test_a_mail_returned_without_a_report_is_known_by_its_words():
    assert content(answers.exim_bounce(OURS)).fate == Fate.FAILED
    late = answers.exim_bounce(OURS, "Warning: message delayed 24 hours")
    assert content(late).fate == Fate.LATE
    assert content(answers.exim_bounce("nothing")).recipients == ("mia.lark@family.example",)


def test_what_a_mail_server_says_otherwise_is_for_a_person():
    raw = answers.mail(f"Return-Path: <>\nFrom: postmaster@out.example\nTo: {UNIT}\nSubject: Notice", "Hello")
    assert content(raw) == Bounce(
        Fate.UNPLAIN, why="A mail server wrote, and not plainly what became of a mail."
    )


def test_a_report_of_an_ordinary_sender_is_for_a_person():
    raw = bounces.from_a_person(answers.report(OURS), "mia.lark@family.example")
    assert content(raw).why == "It reads like a mail that came back, and no mail server sent it."


def test_of_a_mail_with_very_row_addresses_enough_are_read():
    raw = bounces.qmail(OURS, " ".join(f"<a{number}@b.example>" for number in range(9_000)))
    assert len(content(raw).message_ids) <= 200
    assert len(content(raw).mentioned) <= 200


# What nobody wrote


@pytest.mark.parametrize(
    "line",
    [
        "Auto-Submitted: auto-replied; owner-email=x@y.example",
        "Precedence: bulk",
        "List-Id: <news.example>",
        "X-Autoreply: yes",
    ],
)
def test_what_nobody_wrote_needs_nobody(line):
    assert isinstance(content(answers.words("I am away until Monday.", more=f"{line}\n")), Automatic)


def test_an_absence_note_with_an_empty_return_path_is_no_returned_mail():
    away = "I have returned to sender only on Monday: not delivered otherwise."
    raw = answers.words(away, more=f"Auto-Submitted: auto-replied\nIn-Reply-To: {OURS}\n")
    raw = raw.replace(b"Return-Path: <mia.lark@family.example>", b"Return-Path: <>")
    assert isinstance(content(raw), Automatic)


def test_a_mail_that_a_person_marked_as_their_own_is_for_a_person():
    assert isinstance(content(answers.words("Hello", more="Auto-Submitted: no\n")), ForAPerson)


def test_our_own_mails_are_left_alone():
    ours = GIVEN.but(sender=UNIT)
    assert content(answers.words("Copy", ours)) == Automatic("It is from our own mailbox.")
    assert isinstance(content(answers.outlook_com(ours).replace(b"REPLY", b"REQUEST")), Automatic)


# Text for a person


def test_a_person_reads_text_only():
    html = "<style>p {}</style><p>Dear unit,<br>we &amp; she</p><script>alert(1)</script><img src=x>"
    raw = answers.mail(
        f"From: a@b.example\nTo: {UNIT}\nSubject: =?utf-8?q?Caf=C3=A9?=\nContent-Type: text/html", html
    )
    assert read_text(raw).subject == "Café"
    assert read_text(raw).text == "Dear unit,\nwe & she"
    assert read_text(answers.words("Plain \x00 words\x07 \ud83d".encode("utf-8", "replace").decode())).text


def test_what_is_too_large_is_for_a_person_and_still_says_from_whom():
    letter = read(answers.words("x" * LARGEST_MAIL))
    assert letter.content == ForAPerson("The mail is too large to be read by the app.")
    assert letter.sender == GIVEN.sender
    assert letter.message_id == GIVEN.message_id


# Hostile and broken


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_raises_or_takes_long(name):
    began = process_time()
    letter, text = read(HOSTILE[name]), read_text(HOSTILE[name])
    assert process_time() - began < LONGEST
    assert isinstance(letter.content, CalendarAnswer | Bounce | Automatic | ForAPerson)
    assert f"{letter}{text}".encode()


@settings(max_examples=1500)
@given(st.sampled_from(CORPUS), st.integers(0, 2**32))
def test_a_mail_changed_anyhow_is_one_of_the_four_and_can_be_stored(raw, seed):
    changed = mutated(raw, seed)
    letter, text = read(changed), read_text(changed)
    assert isinstance(letter.content, CalendarAnswer | Bounce | Automatic | ForAPerson)
    stored = f"{letter}{text.subject}{text.text}"
    assert "\x00" not in stored
    assert stored.encode()
    if isinstance(letter.content, CalendarAnswer):
        assert letter.content.answer in ("ACCEPTED", "TENTATIVE", "DECLINED")
        assert letter.content.uid
        assert letter.content.attendee


@settings(max_examples=300)
@given(st.binary(max_size=2000))
def test_rubbish_is_for_a_person_or_nobody(raw):
    assert isinstance(content(raw), Automatic | ForAPerson)
