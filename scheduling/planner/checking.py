"""Every rule that a plan breaks, asked of `rules.objections`: no solver, and nothing of how the plan was
found.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date

from crmo_clinic.nhsuk.wording import long_date
from scheduling.planner.reading import bare, rows_of
from scheduling.planner.values import Candidate, Plan
from scheduling.rules import Diary, Objection, Placement, Rule, Visit, objections
from scheduling.rules.calendar import MINUTES_A_DAY


def objections_to(
    visits: Mapping[Hashable, tuple[Visit, ...]],
    candidates: Sequence[Candidate],
    diary: Diary,
    last_day: date,
) -> dict[Hashable, tuple[Objection, ...]]:
    """What is against each course's visits with all others in the diary; only courses with objections.

    visits: by course_id. The diary's own rows of the candidates are ignored.
    """
    by_id = {candidate.request.course_id: candidate for candidate in candidates}
    diary = bare(diary, by_id, last_day)
    rows = [row for course_id, own in visits.items() for row in rows_of(by_id[course_id], own, diary)]
    diary = diary.with_taken(rows)
    days_of: dict[Hashable, dict[date, list[Hashable]]] = defaultdict(lambda: defaultdict(list))
    for course_id, own in visits.items():
        if (child := by_id[course_id].child) is not None:
            for visit in own:
                days_of[child][visit.day].append(course_id)
    found: dict[Hashable, tuple[Objection, ...]] = {}
    for course_id, own in visits.items():
        candidate = by_id[course_id]
        against = [_no_visit(visit) for visit in own if not _is_of_a_day(visit)]
        if own and not against:
            against = list(objections(Placement(candidate.request, own), diary))
        against += [
            Objection(
                Rule.LATEST_DATE,
                f"{long_date(visit.day)} is after the last day of the plan, {long_date(last_day)}.",
                visit.day,
            )
            for visit in own
            if visit.day > last_day
        ]
        if candidate.child is not None:
            against += [
                Objection(
                    Rule.OTHER_VISIT,
                    f"The child has two visits on {long_date(visit.day)} in this plan.",
                    visit.day,
                )
                for visit in own
                if len(days_of[candidate.child][visit.day]) > 1
            ]
        if against:
            found[course_id] = tuple(against)
    return found


def _is_of_a_day(visit: Visit) -> bool:
    """Whether it begins on its day and lasts some time: the rules have words for nothing else."""
    return 0 <= visit.start < MINUTES_A_DAY and 0 < visit.minutes <= MINUTES_A_DAY


def _no_visit(visit: Visit) -> Objection:
    return Objection(Rule.LENGTH, f"On {long_date(visit.day)} there is no such time.", visit.day)


def faults_of(plan: Plan, candidates: Sequence[Candidate], diary: Diary, last_day: date) -> tuple[str, ...]:
    """Every rule that the plan breaks, as sentences."""
    by_id = {candidate.request.course_id: candidate for candidate in candidates}
    named = [placed.course_id for placed in plan.placed] + [left.course_id for left in plan.left_out]
    found = [f"Course {course_id} is not one of the candidates." for course_id in _unknown(named, by_id)]
    counts: dict[Hashable, int] = dict.fromkeys(by_id, 0)
    for course_id in named:
        if course_id in counts:
            counts[course_id] += 1
    found += [
        f"Course {course_id} is named {n} times, not once." for course_id, n in counts.items() if n != 1
    ]
    visits: dict[Hashable, tuple[Visit, ...]] = {}
    for placed in plan.placed:
        if placed.course_id not in by_id:
            continue
        if not placed.visits:
            found.append(f"Course {placed.course_id} is placed without a visit.")
        visits[placed.course_id] = placed.visits
    for course_id, candidate in by_id.items():
        if candidate.pinned and visits.get(course_id) != candidate.pinned:
            found.append(f"Course {course_id} is not where it was pinned.")
    against = objections_to(visits, candidates, diary, last_day)
    for course_id, objected in against.items():
        found += [f"Course {course_id}: {objection.sentence}" for objection in objected]
    return tuple(found)


def _unknown(named: Iterable[Hashable], by_id: Mapping[Hashable, Candidate]) -> list[Hashable]:
    return [course_id for course_id in named if course_id not in by_id]
