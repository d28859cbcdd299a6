"""Mails that are broken, and mails that mean harm."""

import random

from tests.ical import answers
from tests.ical.answers import GIVEN, MTA, PROGRAMS

OURS = "<0e6c.3@daycase.example>"
ME = "ATTENDEE;PARTSTAT=ACCEPTED:mailto:mia.lark@family.example"


def plain(*lines: str, method: str | None = "REPLY", parameter: str = "; method=REPLY", **asked) -> bytes:
    """A mail with nothing but an entry of these lines."""
    entry = answers.calendar(GIVEN.but(**asked), "-//Somebody//Else//EN", *lines, method=method or "")
    if method is None:
        entry = entry.replace("METHOD:\r\n", "")
    return answers.mail(answers.head(GIVEN, f"text/calendar{parameter}; charset=utf-8"), entry)


DEEP = "".join(f'Content-Type: multipart/mixed; boundary="{n}"\n\n--{n}\n' for n in range(14))
HOSTILE = {
    "nothing": b"",
    "no headers": b"\r\n\r\n" + b"\xff" * 1000,
    "only line ends": b"\n" * 900_000,
    "lines without end": b"a" * 999_000,
    "many headers": b"".join(b"A%d: b\n" % n for n in range(60_000)),
    "a long header": b"From: " + b"x <" * 300_000,
    "a long folded header": b"Subject:" + b"\r\n =?utf-8?q?a?=" * 50_000,
    "a long content type": b"Content-Type: multipart/mixed; " + b";" * 900_000,
    "content types": b"Content-Type: multipart/mixed; boundary=x\n\n"
    + b"--x\nContent-Type: text/plain\n\n" * 30_000,
    "many parts": b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\n" * 190_000,
    "many parts after CR": b"Content-Type: multipart/mixed; boundary=x\r\r" + b"--x\r\r" * 190_000,
    "deep parts": b"".join(
        b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(15_000)
    ),
    "deep enough": DEEP.encode() + b"\n" * 24_000,
    "mails within mails": b"Content-Type: message/rfc822\n\n" * 30_000,
    "a digest": b"Content-Type: multipart/digest; boundary=x\n\n" + b"--x\n\n\n" * 900,
    "report blocks": answers.report(OURS).replace(
        b"Final-Recipient", b"Action: failed\r\n\r\n" * 15_000 + b"Final-Recipient"
    ),
    "bad base64": answers.nextcloud().replace(b"QkVHSU4", b"%%%%\xff"),
    "an unclosed quote": plain('ATTENDEE;CN="' + "x" * 60_000),
    "parameters": plain("ATTENDEE" + ";A=B" * 15_000 + ":x"),
    "spaces in parameters": plain("ATTENDEE;" + " \t" * 15_000 + "=:x"),
    "commas": plain("ATTENDEE;A=" + "," * 60_000 + ":x"),
    "backslashes": plain("UID:" + "\\" * 60_000),
    "components": plain("BEGIN:VEVENT\r\n" * 4_000),
    "results": answers.gmail(GIVEN.but(checked=MTA + "; " + "(" * 60_000)),
    "many results": answers.gmail(GIVEN.but(checked=f"{MTA}; " + "a=b;" * 15_000)),
    "half an emoji": answers.words("x").replace(b"Subject: ", b"Subject: \xed\xa0\xbd"),
    "tags": answers.mail("Content-Type: text/html", "<style>" * 25_000),
    "tags without end": answers.mail("Content-Type: text/html", "<" * 190_000),
    "identifiers": answers.mail("References: " + "<a@b.example> " * 50_000, "x"),
    "addresses": answers.mail("To: " + "a@b.example, " * 5_000, "x"),
    "a year that is none": plain(ME, stamp="99999999T999999Z"),
}

CORPUS = [
    *(program(GIVEN.but(comment="We come")) for program in PROGRAMS.values()),
    answers.report(OURS),
    answers.exim_bounce(OURS),
    answers.words("Hello"),
]
PIECES = [
    *(b"\r\n", b"\n\n", b":", b";", b'"', b"=", b"--", b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"=?utf-8?b?"),
    *(b"Content-Type: multipart/mixed; boundary=", b"Content-Transfer-Encoding: x-uuencode\r\n", b"(", b"<>"),
    *(b"BEGIN:VEVENT\r\n", b"END:VEVENT\r\n", b"METHOD:", b"charset*0*=utf-16''%00", b"\\", b"mailto:"),
]


def mutated(raw: bytes, seed: int) -> bytes:
    """The mail with a few pieces cut, doubled, moved or put in."""
    dice, octets = random.Random(seed), bytearray(raw)
    for _ in range(dice.randint(1, 8)):
        at = dice.randrange(len(octets) + 1)
        to = min(len(octets), at + dice.choice([1, 2, 10, 100]))
        match dice.randrange(4):
            case 0:
                del octets[at:to]
            case 1:
                octets[at:at] = octets[at:to] * dice.choice([1, 2, 50])
            case 2:
                octets[at:at] = dice.choice(PIECES)
            case _:
                octets[at:to] = dice.randbytes(to - at)
    return bytes(octets)
