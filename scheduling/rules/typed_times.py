"""Times typed by hand: chooses a chair where none was named, and gives all objections."""

from dataclasses import replace

from crmo_clinic.nhsuk import wording
from scheduling.rules.course import Placement, Shape, Visit
from scheduling.rules.diary import Diary
from scheduling.rules.objections import Objection, Rule, objections

CHAIRS = (Rule.CHAIR_FREE, Rule.CHAIR_EXISTS, Rule.CHAIR_KIND)


def objections_to_typed(asked: Placement, diary: Diary) -> tuple[Placement, tuple[Objection, ...]]:
    """The placement with a chair for every visit that named none (0), and all objections to it.

    The same chair on all days if one is free. If no chair is free at that time, one sentence says so, instead
    of one for each chair.
    """
    diary = diary.without(asked.request.course_id)
    shape = asked.request.shape(diary.nurse_rule)
    of_kind = [chair.id for chair in diary.chairs if shape.chair_kinds <= chair.kinds]
    chairs = [chair for chair in diary.chair_ids if chair in of_kind]
    free = [
        [visit.chair]
        if visit.chair
        else [c for c in chairs if _is_free(replace(visit, chair=c), shape, diary)]
        for visit in asked.visits
    ]
    common = [chair for chair in free[0] if all(chair in others for others in free)]
    chosen = [common[:1] or fits[:1] or chairs[:1] or diary.chair_ids[:1] or [0] for fits in free]
    visits = [replace(visit, chair=chair) for visit, (chair,) in zip(asked.visits, chosen, strict=True)]
    placement = Placement(asked.request, tuple(visits))
    none_free = {visit.day: visit for visit, fits in zip(asked.visits, free, strict=True) if not fits}
    found = []
    for objection in objections(placement, diary):
        if objection.day in none_free and objection.rule in CHAIRS:
            visit = none_free[objection.day]
            begins, ends = visit.start + shape.chair_from, min(visit.start + shape.chair_to, 24 * 60)
            chair = " ".join(["No", *sorted(shape.chair_kinds), "chair"])
            when = f"from {wording.clock_range(begins, ends)}"
            sentence = f"{chair} is free {when} on {wording.long_date(visit.day)}."
            objection = replace(objection, sentence=sentence)
        found.append(objection)
    return placement, tuple(found)


def _is_free(visit: Visit, shape: Shape, diary: Diary) -> bool:
    begins, ends = visit.start + shape.chair_from, visit.start + shape.chair_to
    taken = diary.taken_on(visit.day)
    return not any(t.chair == visit.chair and t.start < ends and begins < t.end for t in taken)
