"""What a course asks of a visit beside the agreed time: its phases, and what the child needs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import prefetch_related_objects

from scheduling.models import BookedPhases, Course, Session
from scheduling.rules import Care, CourseRequest, Phase
from scheduling.states import SessionStatus


def load_needs(courses: Sequence[Course]) -> None:
    """Read what the children of these courses need. One query, and none if no unit has a list of needs."""
    prefetch_related_objects([c for c in courses if c.unit.has_needs], "patient__visit_needs")


def phases_of(course: Course) -> BookedPhases:
    """The phases that the course asks for now: as its unit has them, where nothing else was agreed."""
    unit, of_needs = course.unit, sum(need.more_cannulation for need in course.needs)
    more = usual_more_cannulation(course) if course.more_cannulation is None else course.more_cannulation
    before = usual_before(course) if course.before_minutes is None else course.before_minutes
    after = usual_after(course) if course.after_minutes is None else course.after_minutes
    return BookedPhases(
        _phase(before, unit.before_care, unit.before_in_chair),
        _phase(after, unit.after_care, unit.after_in_chair),
        more + of_needs,
        of_needs,
    )


def usual_before(course: Course) -> int:
    """The minutes before the cannulation that the unit has for such a course."""
    unit = course.unit
    first = unit.first_before_minutes if course.is_first else None
    return unit.before_minutes if first is None else first


def usual_after(course: Course) -> int:
    """The minutes after the drip that the unit has for such a course."""
    unit = course.unit
    first = unit.first_after_minutes if course.is_first else None
    return unit.after_minutes if first is None else first


def usual_more_cannulation(course: Course) -> int:
    """The minutes to cannulate, beyond those of any course, that the unit has for such a one."""
    return course.unit.first_more_cannulation if course.is_first else 0


def asked_by(course: Course) -> dict[str, Any]:
    """What the course asks for beside days, dates and agreed minutes, as fields of a `CourseRequest`."""
    return {
        **phases_of(course).asked,
        "chair_kinds": frozenset(need.chair_kind for need in course.needs if need.chair_kind),
        "roles": frozenset(need.role for need in course.needs if need.role),
    }


def phases_to_book(course: Course, request: CourseRequest) -> str:
    """The phases of a request as its sessions keep them."""
    of_needs = sum(need.more_cannulation for need in course.needs)
    return BookedPhases(request.before, request.after, request.more_cannulation, of_needs).text


def is_to_come(session: Session, now: datetime) -> bool:
    """Whether it may still be given another length. now: aware."""
    return session.status in (SessionStatus.HELD, SessionStatus.BOOKED) and session.starts_at > now


@dataclass(frozen=True)
class Asked:
    """What one visit of a booked course is judged by, and of which of its days that holds."""

    request: CourseRequest
    sessions: tuple[Session, ...]


def as_booked(
    course: Course, request: CourseRequest, now: datetime, sessions: Sequence[Session] | None = None
) -> list[Asked]:
    """What the days of a booked or held course are judged by: the phases that they were booked with.

    The unit may have changed its settings since. What the child needs counts as it is now; of a visit that
    has begun, also the length is as it was booked. sessions: its live ones, if they were read already.
    """
    # By their phases and, of one that has begun, its length: most days of a course are booked alike.
    alike: dict[tuple[str, int | None], list[Session]] = {}
    for session in course.live_sessions if sessions is None else sessions:
        minutes = None if is_to_come(session, now) else session.agreed_minutes
        alike.setdefault((session.phases, minutes), []).append(session)
    of_needs = sum(need.more_cannulation for need in course.needs)
    found: dict[CourseRequest, list[Session]] = {}
    for (_, minutes), rows in alike.items():
        booked = rows[0].booked_phases
        if minutes is None:
            more = booked.more_cannulation - booked.of_needs + of_needs
            asked = _asking(request, **booked.asked | {"more_cannulation": more})
        else:
            asked = _asking(request, minutes=minutes, **booked.asked)
        found.setdefault(asked, []).extend(rows)
    return [Asked(asked, tuple(rows)) for asked, rows in found.items()]


def _asking(request: CourseRequest, **fields: Any) -> CourseRequest:
    """The request with these fields; itself if they are its own."""
    is_it = all(getattr(request, name) == value for name, value in fields.items())
    return request if is_it else replace(request, **fields)


def _phase(minutes: int, care: str, in_chair: bool) -> Phase | None:
    return Phase(minutes, Care(care), in_chair) if minutes else None
