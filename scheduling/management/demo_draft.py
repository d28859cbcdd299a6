"""One draft of the demo data: the next four weeks, filled in turn. No solver is asked, so its cost is not
known."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from django.utils import timezone

from patients.audit import WORKER
from patients.models import User
from scheduling.acts import Act, record
from scheduling.booking.drafts import asking
from scheduling.booking.drafts.asked import NOTICE_DAYS, weeks_from
from scheduling.models import Course, Draft, DraftMove, LeftOutWhy, Unit
from scheduling.rules import CourseRequest, Diary, Placement, Visit, possible_in_turn, price
from scheduling.states import DraftStatus
from scheduling.unit.course_requests import requests_for
from scheduling.unit.diary_rows import diary_for_search
from scheduling.unit.matches import to_json

WEEKS = 4
HAPPENED = "Made for the demo, one child after the other: a real plan looks at all of them together."
NO_ROOM = "The children before it have the room of these weeks that its dates allow."


def leave_draft(unit: Unit, today: date, coordinator: User) -> None:
    """A draft that is ready, for whoever waits and is not paused, in the order of the list."""
    monday = today + timedelta(days=7 - today.weekday())
    first, last = weeks_from(monday, WEEKS)
    waiting = Course.objects.waiting().filter(unit=unit).not_paused(today)
    requests = {
        course: replace(asked, earliest=max(asked.earliest or first, first))
        for course, asked in requests_for(waiting).items()
        if not course.latest or course.latest >= first
    }
    draft = asking.ask_for_plan(
        unit=unit,
        first_day=first,
        last_day=last,
        courses=[course.pk for course in requests],
        notice_days=NOTICE_DAYS,
        kept_free=0,
        by=coordinator,
    )
    diary = diary_for_search(unit, timezone.now())
    found = possible_in_turn(requests.values(), diary, unit.weights)
    lines = [
        _line(draft, number, course, asked, visits or (), diary)
        for number, ((course, asked), visits) in enumerate(zip(requests.items(), found, strict=True))
    ]
    DraftMove.objects.bulk_create(lines)
    draft.move_to(DraftStatus.WORKING, started_at=timezone.now(), heartbeat=timezone.now())
    draft.move_to(DraftStatus.READY, ended_at=timezone.now(), happened=HAPPENED, share=1.0)
    placed = sum(bool(line.visits) for line in lines)
    record(Act.DRAFT_WORKED_OUT, draft, WORKER, {"placed": placed, "left_out": len(lines) - placed})


def _line(
    draft: Draft,
    number: int,
    course: Course,
    asked: CourseRequest,
    visits: Sequence[Visit],
    diary: Diary,
) -> DraftMove:
    due = course.target or course.earliest or timezone.localdate(course.agreed_at)
    line = DraftMove(draft=draft, course=course, number=number, seen=course.version, due=due)
    if visits and visits[-1].day <= draft.last_day:
        line.visits = to_json(visits)
        line.days_late = max(0, (visits[0].day - due).days)
        line.reasons = list(price(Placement(asked, tuple(visits)), diary, course.unit.weights).reasons)
    else:
        line.why, line.sentence, line.times_left_out = LeftOutWhy.CROWDED, NO_ROOM, 1
    return line
