"""Mails in which servers say what became of one of ours, each in the shape of its program. All made up.

Each is made from the Message-ID of the mail that it is about and the address that it was for. They have
little in common: many have no report, some a broken one, and most are marked as automatic.
"""

from base64 import encodebytes

from tests.ical.answers import UNIT, mail, part, parts, report


def exim(returned: str, to: str) -> bytes:
    """Words only; the address stands in a header of its own."""
    words = f"A message that you sent could not be delivered.\n\n  {to}\n    mailbox is full\n"
    more = f"X-Failed-Recipients: {to}\nAuto-Submitted: auto-replied\n"
    return _words(
        "Mail delivery failed: returning message to sender", f"{words}\n{_copy(returned, to)}", more
    )


def qmail(returned: str, to: str) -> bytes:
    """Words only, the address among them."""
    words = (
        f"Hi. This is the qmail-send program.\nI've given up.\n\n<{to}>:\nSorry, no mailbox here. (#5.1.1)\n"
    )
    return _words("failure notice", f"{words}\n--- Below is a copy.\n\n{_copy(returned, to)}")


def postfix(returned: str, to: str) -> bytes:
    return report(returned, to=to)


def broken_report(returned: str, to: str) -> bytes:
    """A report whose parts stand between other boundaries than it says."""
    return postfix(returned, to).replace(b'boundary="r"', b'boundary="another"')


def no_parts(returned: str, to: str) -> bytes:
    """A report that is one text, its fields among the words."""
    words = (
        f"   ----- The following addresses had permanent fatal errors -----\n<{to}>\n\n"
        f"Final-Recipient: RFC822; <{to}>\nAction: failed\nStatus: 5.5.0\n\n{_copy(returned, to)}"
    )
    kind = "multipart/report; report-type=delivery-status; boundary=none"
    return _words("Returned mail: Service unavailable", words, "Auto-Submitted: auto-generated\n", kind)


def mixed(returned: str, to: str) -> bytes:
    """A report that calls itself no report, with the old mail as a file in base64."""
    fields = f"Final-Recipient: rfc822; {to}\nAction: failed\nStatus: 5.2.1\n"
    old = encodebytes(_copy(returned, to).encode()).decode()
    body = parts(
        "m",
        part("text/plain", "Delivery has failed to these recipients.\n", "7bit"),
        f"Content-Type: message/delivery-status\n\nReporting-MTA: dns; out.example\n\n{fields}",
        f"Content-Type: text/plain; name=headers.txt\nContent-Transfer-Encoding: base64\n\n{old}",
    )
    return _words("Undeliverable: Hospital visit", body, kind="multipart/mixed; boundary=m")


def no_brackets(returned: str, to: str) -> bytes:
    """It names the Message-ID in a sentence, without its brackets, in HTML."""
    page = f"<p>Your message {returned[1:-1]} could not be delivered to &lt;{to}&gt;.</p>"
    return _words("Undelivered mail", page, kind="text/html")


def list_mark(returned: str, to: str) -> bytes:
    """With the mark of a mailing list, and from an address without a domain."""
    raw = qmail(returned, to).replace(b"MAILER-DAEMON@out.example", b"mailer-daemon")
    return raw.replace(b"Subject:", b"Precedence: list\r\nAuto-Submitted: auto-replied\r\nSubject:")


def nameless(returned: str, to: str) -> bytes:
    """From a server that gives no address at all."""
    return qmail(returned, to).replace(b"MAILER-DAEMON@out.example", b"MAILER-DAEMON <>")


def no_reply(returned: str, to: str) -> bytes:
    """From an address like others, known by its envelope and its report."""
    return exim(returned, to).replace(b"MAILER-DAEMON@out.example", b"no-reply@out.example")


def expired(returned: str, to: str) -> bytes:
    """An action that no standard knows."""
    return report(returned, action="expired", status="", to=to)


def with_our_invite(returned: str, to: str) -> bytes:
    """With the entry that we sent in a part of its own, as filters take mails apart."""
    entry = "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:1\nEND:VEVENT\nEND:VCALENDAR\n"
    fields = f"Final-Recipient: rfc822; {to}\nAction: failed\nStatus: 5.7.1\n\nMessage-ID: {returned}\n"
    body = parts(
        "m",
        f"Content-Type: text/plain\n\nRejected.\n{fields}",
        f"Content-Type: text/calendar; method=REQUEST\n\n{entry}",
    )
    return _words("Your message was rejected", body, kind="multipart/mixed; boundary=m")


FAILED = {
    "exim": exim,
    "qmail": qmail,
    "postfix": postfix,
    "a broken report": broken_report,
    "a report without parts": no_parts,
    "a mixed mail": mixed,
    "a Message-ID without brackets": no_brackets,
    "the mark of a list": list_mark,
    "no address": nameless,
    "an ordinary name": no_reply,
    "an unknown action": expired,
    "our own invite in it": with_our_invite,
}
NAME_THE_ADDRESS = [
    "exim",
    "postfix",
    "a broken report",
    "a report without parts",
    "a mixed mail",
    "an ordinary name",
    "an unknown action",
    "our own invite in it",
]


def unknown_words(returned: str, to: str) -> bytes:
    return _words(
        "Notice", f"Something about your message {returned} to {to}.", "Auto-Submitted: auto-replied\n"
    )


def in_japanese(returned: str, to: str) -> bytes:
    words = f"メールエラー通知\n\n{to}\n\n{_copy(returned, to)}"
    return _words("=?utf-8?b?44Oh44O844Or?=", words, "Precedence: bulk\n", "text/plain; charset=utf-8")


def an_error(returned: str, to: str) -> bytes:
    return _words("Re: Hospital visit", f"Error:\nInvalid user address: {to}\n\n{_copy(returned, to)}")


UNPLAIN = {"unknown words": unknown_words, "Japanese": in_japanese, "an error in words": an_error}


def exim_warning(returned: str, to: str) -> bytes:
    subject = "Warning: message 1abc-1 delayed 24 hours"
    words = f"It has not yet been delivered to {to}.\nDelivery attempts will continue.\n"
    return _words(subject, f"{words}\n{_copy(returned, to)}", "Auto-Submitted: auto-replied\n")


def gmail_delay(returned: str, to: str) -> bytes:
    words = f"YOU DO NOT NEED TO RESEND YOUR MESSAGE.\nDelivery to {to} has been delayed.\n"
    return _words("Delivery Status Notification (Delay)", f"{words}\n{_copy(returned, to)}")


def late_report(returned: str, to: str) -> bytes:
    return report(returned, action="delayed", status="4.4.7", to=to)


LATE = {"exim": exim_warning, "Gmail": gmail_delay, "a report": late_report}


def from_a_person(raw: bytes, sender: str) -> bytes:
    """The same report, as anybody could write it."""
    raw = raw.replace(b"Return-Path: <>", f"Return-Path: <{sender}>".encode())
    return raw.replace(b"MAILER-DAEMON@out.example (Mail Delivery System)", sender.encode())


def _words(subject: str, words: str, more: str = "", kind: str = "text/plain") -> bytes:
    headers = (
        f"Return-Path: <>\nDelivered-To: {UNIT}\nFrom: MAILER-DAEMON@out.example\nTo: {UNIT}\n"
        f"Subject: {subject}\n{more}MIME-Version: 1.0\nContent-Type: {kind}"
    )
    return mail(headers, words)


def _copy(returned: str, to: str) -> str:
    return f"Return-Path: <{UNIT}>\nTo: {to}\nSubject: Hospital visit\nMessage-ID: {returned}\n\nHello\n"
