"""An ordinary invitation and its mail, changed as a test likes, and the plainest reader of a calendar."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr

from scheduling.ical import Invitation, Mailbox, Method, mail_bytes

UNIT = Mailbox("Day Unit Bookings", "daycase@hospital.example")
PARENT = Mailbox("Zoë Łukasz", "zoe@family.example")
MESSAGE_ID = "<5f0a1c9e-2b7d-4a54-9d51-0c8e6b1f7a32.0@daycase.example>"
# Those of a mail of ours, in order.
HEADERS = [
    "From",
    "Reply-To",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
]


def an_invitation(**changes) -> Invitation:
    """Saturday 24 October 2026, 9am to 2pm in London, as first told on 1 October."""
    ordinary = {
        "method": Method.REQUEST,
        "uid": "5f0a1c9e-2b7d-4a54-9d51-0c8e6b1f7a32@daycase.example",
        "sequence": 0,
        "stamp": datetime(2026, 10, 1, 9, 30, tzinfo=UTC),
        "created": datetime(2026, 10, 1, 9, 30, tzinfo=UTC),
        "starts_at": datetime(2026, 10, 24, 8, 0, tzinfo=UTC),
        "ends_at": datetime(2026, 10, 24, 13, 0, tzinfo=UTC),
        "summary": "Hospital visit, day 1 of 2",
        "description": "Come to the main entrance at 9am.\n\nBring: a drink; a book, a toy.",
        "location": "Example Children's Hospital, main entrance",
        "organizer": UNIT,
        "attendee": PARENT,
        "alarms": (timedelta(hours=15), timedelta(minutes=90)),
    }
    return Invitation(**(ordinary | changes))


def a_mail(invitation: Invitation | None = None, **changes) -> bytes:
    ordinary = {
        "subject": "Hospital visit, day 1 of 2: Sat 24 Oct, 9am",
        "text": "The visit is on Saturday 24 October 2026 at 9am. Please answer, Zoë.",
        "html": "<p>The visit is on Saturday 24 October 2026 at 9am. Please answer, Zoë.</p>",
        "message_id": MESSAGE_ID,
        "date": datetime(2026, 10, 1, 9, 31, tzinfo=UTC),
    }
    return mail_bytes(invitation or an_invitation(), **(ordinary | changes))


def read_mail(raw: bytes) -> EmailMessage:
    """Read with the standard library's newer parser, which shares no header code with the writer."""
    return message_from_bytes(raw, policy=policy.default)


def recipient(raw: bytes) -> tuple[str, str]:
    """The name and address in To. The newer parser puts a space between two encoded words of a name, against
    RFC 2047 §6.2, so the name is decoded by itself."""
    name, address = parseaddr(message_from_bytes(raw)["To"])
    return str(make_header(decode_header(name))), address


def body(part: EmailMessage) -> str:
    return part.get_payload(decode=True).decode().replace("\r\n", "\n")


def content_lines(calendar: bytes) -> list[str]:
    """The unfolded lines of an iCalendar object (RFC 5545 §3.1)."""
    assert calendar.endswith(b"\r\n")
    return calendar.replace(b"\r\n ", b"").decode().removesuffix("\r\n").split("\r\n")


def component(calendar: bytes, name: str) -> list[str]:
    """The lines between BEGIN and END of the one component called `name`, those of its own parts left out."""
    begin, end = f"BEGIN:{name}", f"END:{name}"
    found = content_lines(calendar)
    assert (found.count(begin), found.count(end)) == (1, 1)
    inside, depth = [], 0
    for line in found[found.index(begin) + 1 : found.index(end)]:
        depth += line.startswith("BEGIN:")
        if not depth:
            inside.append(line)
        depth -= line.startswith("END:")
    return inside
