"""Whom Exchange Online vouches for: it puts no name on its checks, so their place tells who wrote them."""

import pytest

from scheduling.ical import Trusted, read_mail
from tests.ical.answers import UNIT, mail

INSIDE = (
    "Received: from LO2GBR01CA001.GBRP265.PROD.OUTLOOK.COM (2603:10a6::1) by"
    " CW1P265MB0001.GBRP265.PROD.OUTLOOK.COM (2603:10a6::2) with HTTPS; Mon, 1 Mar 2027 10:15:09 +0000"
)
ACROSS = (
    "Received: from LO1GBR01FT001.eop-gbr01.prod.protection.outlook.com (2603:10a6::3) by"
    " LO2GBR01CA001.outlook.office365.com.prod.outlook.com (2603:10a6::1) with SMTP;"
    " Mon, 1 Mar 2027 10:15:08 +0000"
)
CHECKED = (
    "Authentication-Results: spf=pass (sender IP is 192.0.2.9) smtp.mailfrom=family.example;"
    " dkim=pass (signature was verified) header.d=family.example;"
    "dmarc=pass action=none header.from=family.example;compauth=pass reason=100"
)
AT_THE_DOOR = (
    "Received: from mail.family.example (192.0.2.9) by LO1GBR01FT001.mail.protection.outlook.com (10.152.0.1)"
    " with Microsoft SMTP Server; Mon, 1 Mar 2027 10:15:07 +0000"
)
SENDERS = "Received: from [192.0.2.77] by mail.family.example; Mon, 1 Mar 2027 10:15:00 +0000"
AS_IT_COMES = (INSIDE, ACROSS, CHECKED, AT_THE_DOOR, SENDERS)
FAILED = CHECKED.replace("dmarc=pass", "dmarc=fail")
ELSEWHERE = ACROSS.replace("LO2GBR01CA001.outlook.office365.com.prod.outlook.com", "mx.evil.example")


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
