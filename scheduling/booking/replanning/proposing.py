"""Work out new days for the courses that have to move, in the process of a draft, and keep them as its lines.

Each proposal of the planner becomes an option of the draft: the first moves nobody else. Nothing else is read
of a child than what the ordinary search reads.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from patients.audit import WORKER
from scheduling import planner
from scheduling.acts import Act, record
from scheduling.booking.drafts import results
from scheduling.booking.drafts.candidates import due_of
from scheduling.booking.drafts.pulse import Pulse
from scheduling.booking.placing import first_begun
from scheduling.booking.replanning.asking import Asked
from scheduling.booking.replanning.hit import Apart, Leads, find_hit, undecided_among
from scheduling.models import Course, Draft, DraftMove, LeftOutWhy
from scheduling.planner import Candidate, LeftOut, Placed, Plan, Standing
from scheduling.rules import Closure, CourseRequest, Diary, Placement, objections
from scheduling.states import CourseStatus, DraftStatus
from scheduling.unit.course_requests import requests_for
from scheduling.unit.diary_rows import load_diary
from scheduling.unit.matches import to_json

A_DAY = timedelta(days=1)
# So far around the days the diary is read, for pricing looks for days left free alone.
REACH = timedelta(days=7)
# A family that comes so soon is not moved to make room for another.
OTHERS_HEAR = timedelta(days=7)
MOST_SECONDS = 120.0


@dataclass(frozen=True)
class Standings:
    """What the planner is given, the courses by key, and those that a person decides about first."""

    standing: tuple[Standing, ...]
    diary: Diary
    courses: Mapping[int, Course]
    apart: tuple[Apart, ...] = ()


def work_out_replan(draft: Draft, pulse: Pulse, now: datetime) -> None:
    """Work on a draft to its end, as `booking/drafts/working` does with other kinds."""
    given = read_standings(draft, now)
    plans = planner.replan(
        given.standing, given.diary, last_day=draft.last_day, seconds=MOST_SECONDS, watch=pulse
    )
    if not (pulse.was_cancelled or pulse.machine_stops):
        keep(draft, given, plans, stopped=pulse.was_stopped)


def read_standings(draft: Draft, now: datetime) -> Standings:
    """The courses that have to move and are still booked, and those that may make room for them."""
    asked = Asked.from_json(draft.settings)
    diary = load_diary(draft.unit, draft.first_day, draft.last_day + REACH, now).with_taken(asked.taken)
    # It may have waited for a worker over night: nobody gets a day of which the family hears too late.
    diary = _from(max(draft.first_day, timezone.localdate(now) + A_DAY), diary)
    booked = Course.objects.filter(unit=draft.unit_id, status=CourseStatus.BOOKED)
    in_weeks = booked.filter(sessions__day__range=(draft.first_day, draft.last_day))
    rows = booked.filter(pk__in=[*asked.courses, *in_weeks.values_list("pk", flat=True)])
    requests = requests_for(rows.prefetch_related("sessions__booking"))
    # Since it was asked, one may have begun, lost a day, or been linked to another.
    apart = find_hit(draft.unit, now, asked.taken).apart
    must = {course.pk for course in requests if course.pk in asked.courses}
    must -= {each.course.pk for each in apart}
    rest = [course for course in requests if course.pk not in must]
    free = diary
    for pk in must:
        free = free.without(pk)
    may = _may_make_room(rest, requests, free, now)
    chosen = [course for course in requests if course.pk in must or course.pk in may]
    chosen.sort(key=lambda course: (course.pk not in must, _first_day(course), course.pk))
    standing = (
        Standing(
            candidate=Candidate(
                request=requests[course],
                weight=asked.rates.weight(course.priority),
                due=due_of(course),
                child=course.patient_id,
            ),
            visits=tuple(session.visit for session in course.live_sessions),
            must_move=course.pk in must,
        )
        for course in chosen
    )
    courses = {course.pk: course for course in requests}
    return Standings(tuple(standing), diary, courses, apart)


def _from(first: date, diary: Diary) -> Diary:
    """The diary in which nobody gets a day before the first one."""
    too_soon = Closure(min(diary.today, first - A_DAY), first - A_DAY, "too soon to tell the family")
    calendar = replace(diary.calendar, closures=(*diary.calendar.closures, too_soon))
    return replace(diary, calendar=calendar)


def _may_make_room(
    others: Sequence[Course], requests: Mapping[Course, CourseRequest], diary: Diary, now: datetime
) -> set[int]:
    """Keys of those that could be moved for another: whole, not begun, not soon, and nothing decided of them.

    diary: without those that have to move.
    """
    soon = timezone.localdate(now) + OTHERS_HEAR
    undecided = undecided_among(others)
    found = set()
    for course in others:
        sessions = course.live_sessions
        stays = (
            course.pk in undecided
            or not sessions
            or _first_day(course) <= soon
            or first_begun(sessions, now)
            or course.is_split
            or course.shared_id
            or course.held_until
            or course.overridden
            or course.patient.restricted
        )
        if stays:
            continue
        placement = Placement(requests[course], tuple(session.visit for session in sessions))
        # One that does not fit is in the list of who is hit, or somebody has allowed it there.
        if not objections(placement, diary):
            found.add(course.pk)
    return found


def _first_day(course: Course) -> date:
    return course.live_sessions[0].day if course.live_sessions else date.max


def keep(draft: Draft, given: Standings, plans: Sequence[Plan], *, stopped: bool) -> None:
    """Keep the proposals as the draft's lines, unless somebody has cancelled it meanwhile."""
    status = DraftStatus.STOPPED if stopped else DraftStatus.READY
    cut = any(plan.cut_short for plan in plans)
    happened = results.STOPPED if stopped else results.CUT_SHORT if cut else results.READY
    lines = [line for option, plan in enumerate(plans) for line in _lines(draft, given, option, plan)]
    with transaction.atomic():
        locked = Draft.objects.select_for_update().filter(pk=draft.pk, status=DraftStatus.WORKING)
        if not locked.exists():
            return
        DraftMove.objects.bulk_create(lines)
        draft.move_to(
            status,
            ended_at=timezone.now(),
            happened=happened,
            value=plans[0].value,
            bound=plans[0].bound,
            preferences=plans[0].preferences,
            cut_short=cut,
            solver=plans[0].solver[:60],
            figures={"options": [_figures(given, plan) for plan in plans]},
            share=1.0,
        )
        first = plans[0]
        record(
            Act.DRAFT_WORKED_OUT,
            draft,
            WORKER,
            {
                "placed": sum(line.option == 0 and bool(line.visits) for line in lines),
                "left_out": len(first.left_out),
            },
        )


def _lines(draft: Draft, given: Standings, option: int, plan: Plan) -> list[DraftMove]:
    """Those that have to move, and of the others those that do."""
    answers: dict[Any, Placed | LeftOut] = {each.course_id: each for each in (*plan.placed, *plan.left_out)}
    lines = []
    for each in given.standing:
        key: Any = each.candidate.request.course_id
        answer = answers[key]
        if not each.must_move and key not in plan.moved:
            continue
        line = DraftMove(
            draft=draft,
            course=given.courses[key],
            option=option,
            number=len(lines),
            stood=to_json(each.visits),
            must_move=each.must_move,
            seen=given.courses[key].version,
            weight=each.candidate.weight,
            due=each.candidate.due,
        )
        if isinstance(answer, Placed):
            line.visits, line.alone = to_json(answer.visits), answer.alone
            line.days_late = max(0, _later(each, answer))
        else:
            line.why, line.sentence = LeftOutWhy(answer.why.value), answer.sentence[:500]
        lines.append(line)
    for number, apart in enumerate(given.apart, start=len(lines)):
        shared = apart.leads == Leads.SHARED
        lines.append(
            DraftMove(
                draft=draft,
                course=apart.course,
                option=option,
                number=number,
                stood=to_json([session.visit for session in apart.course.live_sessions]),
                must_move=True,
                seen=apart.course.version,
                due=due_of(apart.course),
                why=LeftOutWhy.SHARED if shared else LeftOutWhy.PERSON,
                sentence=apart.decide[:500],
            )
        )
    return lines


def _later(standing: Standing, placed: Placed) -> int:
    return (placed.visits[0].day - standing.visits[0].day).days


def _figures(given: Standings, plan: Plan) -> dict[str, int]:
    """What a person weighs up: who else moves, who has no days, and how much later they come in all."""
    stood = {each.candidate.request.course_id: each for each in given.standing}
    return {
        "value": plan.value,
        "bound": plan.bound,
        "others": len(plan.moved),
        "lost": len(plan.left_out),
        "later": sum(max(0, _later(stood[each.course_id], each)) for each in plan.placed),
    }
