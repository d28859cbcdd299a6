"""Messages as a hospital's records system sends them (HL7 v2.4), written by hand from the standard."""

from datetime import datetime
from itertools import count

from django.utils import timezone

from patients.models import Patient

_numbers = count(4711)


def adt(
    event: str, *segments: str, number: str | None = None, charset: str = "UNICODE UTF-8", **msh: str
) -> bytes:
    """One message with these segments after MSH. number: its control id; a new one if none is named."""
    at = msh.get("at") or stamp(timezone.now())
    number = next(_numbers) if number is None else number
    kind, processing = f"ADT^{event}", msh.get("processing", "P")
    head = f"MSH|^~\\&|PAS|RXX|DAYCASE|RXX|{at}||{kind}|{number}|{processing}|2.4||||||{charset}"
    return "\r".join([head, f"EVN|{event}|{at}", *segments, ""]).encode()


def stamp(at: datetime) -> str:
    """A time as HL7 writes it."""
    return timezone.localtime(at).strftime("%Y%m%d%H%M%S%z")


def pid(child: Patient, **fields: str) -> str:
    """The PID segment of a child as it is recorded here, but for `fields`: `numbers`, `name` and so on."""
    first, *_, last = child.name.split()
    nhs = f"~{child.nhs_number}^^^NHS^NH" if child.nhs_number else ""
    values = {
        3: fields.get("numbers", f"{child.hospital_number}^^^RXX^MR{nhs}"),
        5: fields.get("name", f"{last}^{first}^^^^^L"),
        7: fields.get("born", child.birth_date.strftime("%Y%m%d")),
        8: fields.get("sex", ""),
        11: fields.get("address", ""),
        13: fields.get("phone", ""),
        15: fields.get("language", ""),
        29: fields.get("died_at", ""),
        30: fields.get("died", ""),
    }
    return "|".join(["PID", *(values.get(number, "") for number in range(1, 31))])


def a31(
    child: Patient, *more: str, number: str | None = None, at: datetime | None = None, **fields: str
) -> bytes:
    """The child's record was changed: to what is here, but for `fields`."""
    moment = {"at": stamp(at)} if at else {}
    return adt("A31", pid(child, **fields), *more, number=number, **moment)


def a40(child: Patient, gone: str, **fields: str) -> bytes:
    """The record with the numbers `gone` (as MRG-1 has them) was merged into the child's."""
    return adt("A40", pid(child, **fields), f"MRG|{gone}")


def msa(answer: bytes) -> list[str]:
    """The fields of the MSA segment of an acknowledgement."""
    return answer.decode("latin-1").split("\r")[1].split("|")
