"""Mails as they come back to the mailbox, each in the shape its program gives it. All addresses are made up.

The shapes are what matters: which parts, which headers, which properties are there and which are not.
"""

from base64 import encodebytes
from dataclasses import dataclass, replace
from quopri import encodestring

UNIT = "daycase@hospital.example"
MTA = "mx.hospital.example"


@dataclass(frozen=True)
class Given:
    """What somebody answers, in any program."""

    uid: str = "0b9c6f6e-6d2e-4c59-9d39-6a1f2f1d2c11@daycase.example"
    sender: str = "mia.lark@family.example"
    attendee: str = ""
    name: str = "Mia Lark"
    partstat: str = "ACCEPTED"
    sequence: int = 0
    stamp: str = "20270301T101500Z"
    comment: str = ""
    message_id: str = "<one.1@family.example>"
    # What our own mail server says about the sender; empty if it says nothing.
    checked: str = f"{MTA}; dmarc=pass (p=none) header.from=family.example"

    def but(self, **changes) -> "Given":
        return replace(self, **changes)

    @property
    def domain(self) -> str:
        return self.sender.rpartition("@")[2]


GIVEN = Given()


def mail(headers: str, body: str | bytes = "") -> bytes:
    octets = body if isinstance(body, bytes) else body.encode()
    return (
        headers.strip("\n").replace("\n", "\r\n").encode()
        + b"\r\n\r\n"
        + octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    )


def head(given: Given, content_type: str, more: str = "") -> str:
    checked = f"Authentication-Results: {given.checked}\n" if given.checked else ""
    identifier = f"Message-ID: {given.message_id}\n" if given.message_id else ""
    return (
        f"Return-Path: <{given.sender}>\nDelivered-To: {UNIT}\n"
        f"Received: from out.{given.domain} by {MTA}; Mon, 1 Mar 2027 10:15:05 +0000\n{checked}"
        f"From: {given.name} <{given.sender}>\nTo: Day Unit <{UNIT}>\n"
        f"Subject: Accepted: Hospital visit, day 1 of 2\n"
        f"Date: Mon, 1 Mar 2027 10:15:00 +0000\n{identifier}"
        f"MIME-Version: 1.0\n{more}Content-Type: {content_type}"
    )


def calendar(given: Given, product: str, *lines: str, method: str = "REPLY") -> str:
    """A VCALENDAR of one VEVENT with the lines given, after those that every program writes."""
    words = [
        *("BEGIN:VCALENDAR", f"PRODID:{product}", "VERSION:2.0", f"METHOD:{method}", "BEGIN:VEVENT"),
        *(f"UID:{given.uid}", f"DTSTAMP:{given.stamp}", *lines),
        *("END:VEVENT", "END:VCALENDAR", ""),
    ]
    return "\r\n".join(folded(word) for word in words)


def folded(line: str) -> str:
    if "\r\n" in line:
        return line
    return "\r\n ".join([line[:70], *(line[at : at + 70] for at in range(70, len(line), 70))])


def attendee(given: Given, parameters: str) -> str:
    return f"ATTENDEE;{parameters}PARTSTAT={given.partstat}:mailto:{given.attendee or given.sender}"


def part(content_type: str, body: str, encoding: str = "base64", more: str = "") -> str:
    codes = {
        "base64": lambda octets: encodebytes(octets).decode(),
        "quoted-printable": lambda octets: encodestring(octets).decode(),
        "7bit": bytes.decode,
        "8bit": bytes.decode,
    }
    coded = codes[encoding](body.encode()).replace("\r\n", "\n")
    return f"Content-Type: {content_type}\n{more}Content-Transfer-Encoding: {encoding}\n\n{coded}"


def parts(boundary: str, *inner: str) -> str:
    return "".join(f"--{boundary}\n{each}\n" for each in inner) + f"--{boundary}--\n"


def gmail(given: Given = GIVEN) -> bytes:
    """Alternatives with the entry among them, and the same entry as a file."""
    entry = calendar(
        given,
        "-//Google Inc//Google Calendar 70.9054//EN",
        "DTSTART:20270308T090000Z",
        "DTEND:20270308T130000Z",
        f"ORGANIZER;CN=Day Unit:mailto:{UNIT}",
        attendee(given, f"CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;CN={given.name};X-NUM-GUESTS=0;"),
        *([f"COMMENT:{given.comment}"] if given.comment else []),
        f"SEQUENCE:{given.sequence}",
        "STATUS:CONFIRMED",
        "SUMMARY:Hospital visit\\, day 1 of 2",
    )
    words = "Mia Lark has accepted this invitation.\n"
    inner = parts(
        "in",
        part('text/plain; charset="UTF-8"; format=flowed; delsp=yes', words),
        part('text/html; charset="UTF-8"', f"<p>{words}</p>", "quoted-printable"),
        part('text/calendar; charset="UTF-8"; method=REPLY', entry, "7bit"),
    )
    whole = parts(
        "out",
        f'Content-Type: multipart/alternative; boundary="in"\n\n{inner}',
        part(
            'application/ics; name="invite.ics"',
            entry,
            more='Content-Disposition: attachment; filename="invite.ics"\n',
        ),
    )
    sent_by = "Sender: Calendar <calendar-notification@big.example>\nAuto-Submitted: auto-generated\n"
    return mail(head(given, 'multipart/mixed; boundary="out"', sent_by), whole)


def exchange(given: Given = GIVEN) -> bytes:
    """Outlook with Exchange: upper-case names, a quoted CN, and any note in the description."""
    note = given.comment + "\\n"
    entry = calendar(
        given,
        "Microsoft Exchange Server 2010",
        attendee(given, f'CN="{given.name}";').replace("mailto:", "MAILTO:"),
        f"DESCRIPTION;LANGUAGE=en-GB:{note}",
        "SUMMARY;LANGUAGE=en-GB:Accepted: Hospital visit",
        "DTSTART;TZID=GMT Standard Time:20270308T090000",
        "DTEND;TZID=GMT Standard Time:20270308T130000",
        "CLASS:PUBLIC",
        "PRIORITY:5",
        "TRANSP:OPAQUE",
        "STATUS:CONFIRMED",
        f"SEQUENCE:{given.sequence}",
        "X-MICROSOFT-CDO-APPT-SEQUENCE:0",
    )
    inner = parts(
        "_000_",
        part('text/plain; charset="us-ascii"', given.comment + "\n", "quoted-printable"),
        part('text/calendar; charset="utf-8"; method=REPLY', entry),
    )
    more = "X-MS-Has-Attach:\nX-Auto-Response-Suppress: DR, OOF, AutoReply\n"
    return mail(head(given, 'multipart/alternative; boundary="_000_"', more), inner)


def outlook_com(given: Given = GIVEN) -> bytes:
    """Outlook on the web: no ORGANIZER at all."""
    entry = calendar(
        given,
        "-//Microsoft Corporation//Outlook MIMEDIR//EN",
        attendee(given, f"CN={given.name};RSVP=FALSE;"),
        f"SEQUENCE:{given.sequence}",
        f"COMMENT:{given.comment}",
    )
    return mail(
        head(given, "multipart/alternative; boundary=b1"),
        parts("b1", part("text/plain", "\n", "7bit"), part("text/calendar; method=REPLY", entry, "8bit")),
    )


def apple(given: Given = GIVEN) -> bytes:
    """iCloud: the method only in the entry itself, and the address beside a name of its own."""
    entry = calendar(
        given,
        "-//Apple Inc.//iPhone OS 20.1//EN",
        f'ATTENDEE;CN="{given.name}";CUTYPE=INDIVIDUAL;EMAIL="{given.attendee or given.sender}";'
        f"PARTSTAT={given.partstat};ROLE=REQ-PARTICIPANT:/aMTIzNDU2Nzg5MDEyMzQ1/principal/",
        f'ORGANIZER;CN="Day Unit":mailto:{UNIT}',
        "DTSTART;TZID=Europe/London:20270308T090000",
        f"SEQUENCE:{given.sequence}",
        *([f"COMMENT:{given.comment}"] if given.comment else []),
    )
    file = 'Content-Disposition: attachment; filename="iCal-20270301-101500.ics"\n'
    return mail(
        head(given, 'multipart/alternative; boundary="Apple-Mail=_1"'),
        parts(
            "Apple-Mail=_1",
            part("text/plain; charset=us-ascii", "Mia Lark has accepted.\n", "7bit"),
            part('text/calendar; charset="utf-8"; name="iCal.ics"', entry, "quoted-printable", file),
        ),
    )


def thunderbird(given: Given = GIVEN) -> bytes:
    """The entry and a copy as a file, of which only the first names the method."""
    entry = calendar(
        given,
        "-//Mozilla.org/NONSGML Mozilla Calendar V1.1//EN",
        "CREATED:20270228T120000Z",
        f"LAST-MODIFIED:{given.stamp}",
        f"ORGANIZER;PARTSTAT=ACCEPTED;ROLE=CHAIR:mailto:{UNIT}",
        attendee(given, f"CN={given.name};CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;RSVP=TRUE;"),
        "SUMMARY:Hospital visit",
        f"SEQUENCE:{given.sequence}",
        *([f"COMMENT:{given.comment}"] if given.comment else []),
    )
    return mail(
        head(given, 'multipart/mixed; boundary="------------b"', "User-Agent: Mozilla Thunderbird\n"),
        parts(
            "------------b",
            part("text/plain; charset=UTF-8", "Mia Lark has accepted your event invitation.\n", "8bit"),
            part("text/calendar; charset=UTF-8; method=REPLY", entry, "8bit"),
            part("application/ics; name=invite.ics", entry),
        ),
    )


def nextcloud(given: Given = GIVEN) -> bytes:
    """Only the entry, in a mail that the server sends in the person's name."""
    entry = calendar(
        given,
        "-//IDN nextcloud.com//Calendar app 5.0.0//EN",
        f"SEQUENCE:{given.sequence}",
        f"ORGANIZER;CN=Day Unit:mailto:{UNIT}",
        attendee(given, "CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;LANGUAGE=en;"),
        *([f"COMMENT:{given.comment}"] if given.comment else []),
    )
    more = "Auto-Submitted: auto-generated\nContent-Transfer-Encoding: base64\n"
    coded = encodebytes(entry.encode()).decode()
    return mail(head(given, "text/calendar; method=REPLY; charset=UTF-8", more), coded)


PROGRAMS = {
    "Gmail": gmail,
    "Exchange": exchange,
    "outlook.com": outlook_com,
    "Apple": apple,
    "Thunderbird": thunderbird,
    "Nextcloud": nextcloud,
}


def words(text: str, given: Given = GIVEN, more: str = "") -> bytes:
    """A mail that somebody typed."""
    return mail(head(given, 'text/plain; charset="utf-8"', more), text)


def report(
    returned: str, *, action: str = "failed", status: str = "5.1.1", to: str = GIVEN.sender, more: str = ""
) -> bytes:
    """A delivery report (RFC 3464) about the mail with that Message-ID, headers only."""
    blocks = (
        f"Reporting-MTA: dns; out.example\nArrival-Date: Mon, 1 Mar 2027 10:00:00 +0000\n\n"
        f"Final-Recipient: rfc822; {to}\nAction: {action}\nStatus: {status}\n"
        "Diagnostic-Code: smtp; 550 no such user\n"
    )
    whole = parts(
        "r",
        part("text/plain", "Your mail could not be delivered.\n", "7bit"),
        f"Content-Type: message/delivery-status\n\n{blocks}",
        f"Content-Type: text/rfc822-headers\n\nFrom: {UNIT}\nTo: {to}\nMessage-ID: {returned}\n",
    )
    headers = (
        f"Return-Path: <>\nDelivered-To: {UNIT}\nFrom: MAILER-DAEMON@out.example (Mail Delivery System)\n"
        f"To: {UNIT}\nSubject: Undelivered Mail Returned to Sender\nAuto-Submitted: auto-replied\n"
        f"Message-ID: <{action}.{returned[1:-1].replace('@', '.')}@out.example>\nMIME-Version: 1.0\n{more}"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="r"'
    )
    return mail(headers, whole)


def exim_bounce(returned: str, subject: str = "Mail delivery failed: returning message to sender") -> bytes:
    """A mail that came back without a report: in words, with the old mail's headers quoted."""
    headers = (
        f"Return-Path: <>\nFrom: Mail Delivery System <Mailer-Daemon@out.example>\nTo: {UNIT}\n"
        f"X-Failed-Recipients: {GIVEN.sender}\nAuto-Submitted: auto-replied\nSubject: {subject}\n"
        "Message-ID: <e.1@out.example>\nContent-Type: text/plain"
    )
    return mail(
        headers, f"It failed.\n\n------ copy ------\n\nTo: x@y.example\nMessage-ID: {returned}\n\nHello\n"
    )
