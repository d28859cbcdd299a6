"""Visits that go to other chairs on the same day at the same times: is anything against it?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from scheduling.rules.course import CourseRequest, Placement, Visit
from scheduling.rules.diary import Diary
from scheduling.rules.objections import Objection, objections
from scheduling.rules.pairs import with_visits


@dataclass(frozen=True, slots=True)
class ChairChange:
    """One visit of a course and the chair it goes to. request: what the whole course asks for."""

    request: CourseRequest
    stands: Visit
    chair: int

    @property
    def then(self) -> Visit:
        return replace(self.stands, chair=self.chair)


def objections_to_chairs(changes: Sequence[ChairChange], diary: Diary) -> tuple[Objection, ...]:
    """What is against these changes together: each is judged with the others where they go.

    Whatever is against a visit where it stands is no objection: day and time stay, and so does who answered
    for them.
    """
    emptied = diary
    for change in changes:
        emptied = emptied.without(change.request.course_id)
    found: list[Objection] = []
    for change in changes:
        asked = replace(change.request, days=1, is_split=True)
        others = [other.then for other in changes if other is not change]
        stood = set(map(str, objections(Placement(asked, (change.stands,)), diary)))
        against = objections(Placement(asked, (change.then,)), with_visits(emptied, others, "changed"))
        found += [objection for objection in against if str(objection) not in stood]
    return tuple(found)
