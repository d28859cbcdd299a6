"""Why a course is left out, in a sentence for the coordinator."""

from collections.abc import Hashable
from datetime import date, timedelta

from crmo_clinic.nhsuk.wording import long_date, quantity
from scheduling.planner.question import Question
from scheduling.planner.roster import Roster
from scheduling.planner.values import Candidate, LeftOut, Why
from scheduling.planner.work import Work
from scheduling.rules import Diary, Obstacle, Refusal, refusals
from scheduling.rules.first_possible import NO_ROOM
from scheduling.rules.window import search_start


def left_out_because(candidate: Candidate, question: Question, roster: Roster | None, work: Work) -> LeftOut:
    course_id = candidate.request.course_id
    case = question.alone[course_id]
    if not case.first_days:
        if work.is_cut_short and not case.was_read:
            return LeftOut(
                course_id, Why.NOT_DECIDED, "The work was stopped before this course was looked at."
            )
        return LeftOut(course_id, Why.NO_DAY, no_day_sentence(candidate, question.diary, question.last_day))
    if work.is_cut_short and roster is not None and _has_room(roster, course_id):
        return LeftOut(
            course_id, Why.NOT_DECIDED, "The work was stopped before a place was found for this course."
        )
    first = question.first_alone(course_id)
    late = max(0, (first - candidate.due).days)
    if late > question.prices.left_out_days:
        return LeftOut(
            course_id,
            Why.CROWDED,
            f"Its first possible day, {long_date(first)}, is {quantity(late, 'day')} late, "
            "and leaving it out counts for less.",
        )
    return LeftOut(
        course_id,
        Why.CROWDED,
        f"On its own it could start on {long_date(first)}, but other courses have the room, "
        "and it costs less to leave out this one.",
    )


def _has_room(roster: Roster, course_id: Hashable) -> bool:
    cases = roster.master.problem.cases
    return any(
        roster.could_insert(i)
        for i, case in enumerate(cases)
        if case.candidate.request.course_id == course_id
    )


def no_day_sentence(candidate: Candidate, diary: Diary, last_day: date) -> str:
    """The rule that leaves a course no day, in its own words: lack of room if that is it on any day."""
    request = candidate.request
    first = search_start(request, diary)
    last = last_day - timedelta(days=request.days - 1)
    last = min(last, request.latest or last)
    if first > last:
        if request.latest is not None and request.latest < first:
            found = refusals(request, diary, [first])[first]
            if found is not None:
                return found.sentence
        if request.days > 1 and first <= last_day:
            return (
                f"Its first possible day is {long_date(first)}, and {request.days} days from then go beyond "
                f"the last day of the plan, {long_date(last_day)}."
            )
        return f"It cannot start before {long_date(first)}, and the plan ends on {long_date(last_day)}."
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    seen: list[Refusal] = []
    for refusal in refusals(request, diary, days).values():
        if refusal is None:
            continue
        if refusal.obstacle in NO_ROOM:
            return refusal.sentence
        seen.append(refusal)
    family = [refusal for refusal in seen if refusal.obstacle is Obstacle.FAMILY]
    chosen = (family or seen)[:1]
    return chosen[0].sentence if chosen else "No day of its dates has room for it."
