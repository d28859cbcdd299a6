"""What a system reads: keys, times and statuses, and no name. The rest it fetches, where each look is logged.

The keys are those of FHIR: a course is a ServiceRequest, a visit an Appointment.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from scheduling.models import Course, EventType, Session, Unit
from scheduling.states import SessionStatus

# What a course is called that was taken out of the records again.
REMOVED = "removed"


def about_visits(
    kind: EventType,
    at: datetime,
    *,
    unit: Unit,
    course: tuple[int, str],
    visits: Sequence[Session],
    visit: int | None = None,
    takes_back: str = "",
) -> bytes:
    """The bytes of an event, which says how all visits of the course stand now, whatever followed the act.

    course: its key and its status. visit: the key of the one that it is about, if it is about one.
    takes_back: the webhook-id of the event that is no longer so.
    """
    key, status = course
    data: dict[str, Any] = {
        "unit": {"id": str(unit.pk), "name": unit.name},
        "course": {"id": str(key), "status": status},
        "visits": [_visit(each) for each in visits],
    }
    if visit:
        data["visit"] = str(visit)
    if takes_back:
        data["takes_back"] = takes_back
    return _bytes(kind, at, data)


def for_a_test(at: datetime) -> bytes:
    return _bytes(EventType.TEST, at, {})


def visits_of(course: Course) -> list[Session]:
    """Those that a system may hear of: days that are only held nobody is told."""
    return [session for session in course.sessions.all() if session.status != SessionStatus.HELD]


def _visit(session: Session) -> dict[str, Any]:
    return {
        "id": str(session.pk),
        "day": session.number,
        "status": session.status,
        "start": _moment(session.starts_at),
        "end": _moment(session.ends_at),
        "sequence": session.sequence,
    }


def _bytes(kind: EventType, at: datetime, data: dict[str, Any]) -> bytes:
    said = {"type": kind.value, "timestamp": _moment(at), "data": data}
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()


def _moment(at: datetime) -> str:
    """In UTC, `2027-06-15T08:00:00Z`: visits are told as moments, and no reader has to know of summer."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
