"""Whom Exchange Online vouches for: it puts no name on its checks, so their place tells who wrote them."""

import pytest

from scheduling.ical import Trusted, read_mail
from tests.ical.answers import UNIT, mail
from tests.ical.nhsmail import ACROSS, AS_IT_COMES, AT_THE_DOOR, CHECKED, ELSEWHERE, FAILED, INSIDE, SENDERS

NHSMAIL = Trusted(exchange_online=True)


def is_believed(*headers: str, trusted: Trusted = NHSMAIL) -> bool:
    raw = mail("\n".join([*headers, "From: Mia Lark <mia.lark@family.example>", f"To: {UNIT}"]), "Hello")
    return read_mail(raw, trusted=trusted).is_authentic


def test_its_topmost_check_is_believed():
    assert is_believed(*AS_IT_COMES)


def test_it_may_be_folded():
    assert is_believed(*(header.replace(" by ", "\n by ").replace("; ", ";\n ") for header in AS_IT_COMES))


def test_without_the_setting_nobody_is_believed():
    assert not is_believed(*AS_IT_COMES, trusted=Trusted())
    assert not is_believed(*AS_IT_COMES, trusted=Trusted("mx.hospital.example"))


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ((INSIDE, ACROSS, FAILED, AT_THE_DOOR, SENDERS), "it says no"),
        ((INSIDE, ACROSS, FAILED, CHECKED, AT_THE_DOOR, SENDERS), "the topmost counts"),
        ((INSIDE, ACROSS, AT_THE_DOOR, CHECKED, SENDERS), "it stands below the door"),
        ((INSIDE, ACROSS, AT_THE_DOOR, CHECKED, AT_THE_DOOR, SENDERS), "a door below it may be forged"),
        ((CHECKED, AT_THE_DOOR, SENDERS), "nobody has passed it on"),
        ((INSIDE, ACROSS, CHECKED, SENDERS), "it did not come in at the door"),
        ((INSIDE, ACROSS, CHECKED), "it came from nowhere"),
        ((INSIDE, ELSEWHERE, CHECKED, AT_THE_DOOR, SENDERS), "somebody else has passed it on"),
        ((SENDERS, CHECKED, AT_THE_DOOR), "it came through somebody else in the end"),
        ((INSIDE, ACROSS, CHECKED.replace("family.example", "evil.example"), AT_THE_DOOR), "another domain"),
        (
            (INSIDE, ACROSS, CHECKED.replace("s: spf", "s: mx.evil.example; spf"), AT_THE_DOOR),
            "another server",
        ),
        ((INSIDE, ACROSS, CHECKED.replace("compauth=pass", "compauth=fail"), AT_THE_DOOR), "doubt in all"),
        (
            (INSIDE, ACROSS, CHECKED, AT_THE_DOOR.replace(".outlook.com", ".outlook.com.evil.example")),
            "a like name",
        ),
        (
            (INSIDE, ACROSS, CHECKED, AT_THE_DOOR.replace("by LO1", "by evil.example (by LO1")),
            "a name in a comment",
        ),
    ],
)
def test_nothing_else_is(headers, why):
    assert not is_believed(*headers)


def test_where_dmarc_says_nothing_one_aligned_check_is_enough():
    silent = CHECKED.replace("dmarc=pass", "dmarc=none")
    assert is_believed(INSIDE, ACROSS, silent, AT_THE_DOOR)
    assert not is_believed(INSIDE, ACROSS, silent.replace("=family", "=other"), AT_THE_DOOR)
    assert not is_believed(INSIDE, ACROSS, CHECKED.replace("dmarc=pass", "dmarc=bestguesspass"), AT_THE_DOOR)
