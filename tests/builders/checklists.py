"""Checklists of units, and what is ticked on them."""

from datetime import date, timedelta

from django.utils import timezone

from scheduling.checklist.readiness import readiness_of
from scheduling.models import ChecklistItem, ChecklistVersion, Course, ReadinessCheck, Unit


def checklist(at: Unit, *items: dict, number: int = 1, **fields) -> ChecklistVersion:
    """A checklist in force since yesterday; each item is a must that never runs out, unless said."""
    since = timezone.now() - timedelta(days=1)
    version = ChecklistVersion.objects.create(
        **{"unit": at, "number": number, "written_by": "Lee Lead"}
        | {"in_force_since": since, "put_in_force_by": "Lee Lead"}
        | fields
    )
    for position, item in enumerate(items or ({"key": "consent"},), start=1):
        label = item["key"].capitalize()
        ChecklistItem.objects.create(**{"version": version, "position": position, "label": label} | item)
    return version


def check(of: Course, key: str, done_on: date | None, by: str = "Nia Nurse", **fields) -> ReadinessCheck:
    """An item ticked as done on that day; without a day, its tick taken back."""
    return ReadinessCheck.objects.create(
        course=of,
        key=key,
        label=key.capitalize(),
        is_done=done_on is not None,
        done_on=done_on,
        checked_by=by,
        **fields,
    )


def tick_all(of: Course) -> None:
    """Tick everything on the checklist of the course, if there is one, as done today."""
    now = timezone.now()
    for each in ((readiness := readiness_of(of, now)) and readiness.items) or ():
        check(of, each.item.key, timezone.localdate(now))
