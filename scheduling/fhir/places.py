"""A unit and its free days, as Location, Schedule and Slot. Nothing in them is about a child.

A free pair of days is two slots with the same identifier. They are worked out when they are asked for, by the
question that the week board asks: could a course of two days, four hours on each, begin on this day?
"""

from collections.abc import Iterator
from datetime import date, datetime

from django.conf import settings

from scheduling.fhir.care import moment
from scheduling.fhir.people import Resource
from scheduling.models import Unit
from scheduling.rules import Search, Visit, search_window
from scheduling.unit.board import USUAL
from scheduling.unit.diary_rows import diary_for_search


def location(row: Unit) -> Resource:
    resource: Resource = {
        "resourceType": "Location",
        "id": str(row.pk),
        "status": "active",
        "mode": "instance",
        "name": row.name,
        "description": row.place,
    }
    if row.phone:
        resource["telecom"] = [{"system": "phone", "value": row.phone}]
    return resource


def schedule(row: Unit) -> Resource:
    return {
        "resourceType": "Schedule",
        "id": str(row.pk),
        "active": True,
        "serviceType": [{"text": "Course of infusions, 2 days"}],
        "actor": [{"reference": f"Location/{row.pk}"}],
    }


def free_pairs(unit: Unit, only: str, now: datetime) -> Iterator[list[Resource]]:
    """The two slots of each free pair, earliest first. only: of the pair from this day on, `20270608`."""
    diary = diary_for_search(unit, now)
    search = Search(USUAL, diary)
    for day in search_window(USUAL, diary):
        if only in ("", f"{day:%Y%m%d}") and (found := search.best_from(day)):
            yield [_slot(unit, day, number, visit) for number, visit in enumerate(found[1], 1)]


def _slot(unit: Unit, first_day: date, number: int, visit: Visit) -> Resource:
    pair = f"{unit.pk}-{first_day:%Y%m%d}"
    return {
        "resourceType": "Slot",
        "id": f"{pair}-{number}",
        "identifier": [{"system": f"{settings.PUBLIC_URL}/id/free-pair", "value": pair}],
        "schedule": {"reference": f"Schedule/{unit.pk}"},
        "status": "free",
        "start": moment(visit.starts_at),
        "end": moment(visit.ends_at),
        "comment": f"Day {number} of {USUAL.days}",
    }
