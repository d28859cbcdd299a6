"""The answer to a message (HL7 v2, chapter 2, “original mode”): AA, AE or AR, with the message's number."""

from dataclasses import dataclass
from secrets import token_hex

from django.utils import timezone

from scheduling.adt.framing import Header
from scheduling.adt.taking_apart import BROKEN, Unreadable

ACCEPTED, ERROR, REJECTED = "AA", "AE", "AR"
# A sender that gets this may send the same message again later.
NOT_STORED = Unreadable(BROKEN, "It could not be stored just now. Send it again.", is_rejected=True)
TOO_BIG = Unreadable(BROKEN, "It is too big.", is_rejected=True)


@dataclass(frozen=True)
class Answer:
    """What is sent back. code: AA, AE or AR. is_stored: whether the message need not come again."""

    code: str
    content: bytes
    is_stored: bool = True

    @property
    def is_accepted(self) -> bool:
        return self.code == ACCEPTED


def answer(header: Header, fault: Unreadable | None = None) -> Answer:
    """The acknowledgement of a message; with what is wrong with it, if anything is."""
    code = ACCEPTED if fault is None else REJECTED if fault.is_rejected else ERROR
    between, part = header.separator, header.signs[0]
    event = header.component(9, 2)
    kind = part.join(["ACK", event, "ACK"]) if event else "ACK"
    now = timezone.localtime().strftime("%Y%m%d%H%M%S%z")
    processing, version = header[11] or "P", header[12] or "2.4"
    # Who sent it is who gets this.
    names = [header[5], header[6], header[3], header[4]]
    msh = ["MSH", header.signs, *names, now, "", kind, token_hex(10), processing, version]
    segments = [msh, ["MSA", code, header[10]]]
    if fault is not None:
        coded = part.join([fault.code, "", "HL70357"])
        place = fault.place.replace("^", part)
        segments.append(["ERR", "", place, coded, "E", "", "", "", fault.words])
    # A letter of the header stands for a byte, so what was sent comes back as it was.
    content = b"".join(between.join(segment).encode("latin-1") + b"\r" for segment in segments)
    return Answer(code, content, is_stored=fault is not NOT_STORED)
