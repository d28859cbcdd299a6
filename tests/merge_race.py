"""Two records made one both ways at once, while colleagues write about both.

`python -m tests.merge_race ROUNDS`, on the database that DATABASE_URL names, prints JSON: of each round what
each of them was told (empty: it was done), how many records are left, and what is left without a child; and
what `doctor` says at the end.
"""

import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import django

django.setup()

from django.db import IntegrityError, connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from patients import audit, changes  # noqa: E402
from patients.errors import Refused  # noqa: E402
from patients.models import Contact, Patient  # noqa: E402
from scheduling.booking import bookings  # noqa: E402
from scheduling.doctor.breaches import find_breaches  # noqa: E402
from scheduling.merging.merge import merge  # noqa: E402
from scheduling.models import Course, Review  # noqa: E402
from tests import builders  # noqa: E402

BY = audit.System("race")


def attempt(act: Callable[[], object], start: Barrier) -> str:
    """Do it when all are ready. Why it was not done; empty if it was."""
    start.wait()
    try:
        act()
    except (Refused, IntegrityError) as why:
        # What is written about a record that is gone by then is refused by the database and by the page.
        return str(why) if isinstance(why, Refused) else "the record is gone"
    finally:
        connection.close()
    return ""


def play(number: int) -> dict[str, object]:
    unit = builders.unit(chairs=2, name=f"Merge {number}")
    one, two = (builders.patient("Ada Lark") for _ in range(2))
    for child in (one, two):
        builders.contact(child, email="mia@example.com")
    course = builders.course(one, unit)
    keys = {one.pk, two.pk}
    fields = {"name": "Tom Lark", "relationship": "father", "parental_responsibility": "yes"}
    acts = [
        lambda: merge(kept=one, gone=two, from_gone=(), by=BY),
        lambda: merge(kept=two, gone=one, from_gone=(), by=BY),
        lambda: bookings.book(
            course=course, visits=builders.visits(course, builders.next_monday(2 + number)), by=BY
        ),
        lambda: changes.save(Contact(patient=one, email="tom@example.com", **fields), by=BY),
        lambda: changes.save(Contact(patient=two, email="ros@example.com", **fields), by=BY),
        lambda: audit.save(
            Review(patient=one, on=timezone.localdate(), recorded_by="Nia"), by=BY, patient=one.pk
        ),
    ]
    start = Barrier(len(acts))
    with ThreadPoolExecutor(len(acts)) as threads:
        said = [each.result() for each in [threads.submit(attempt, act, start) for act in acts]]
    left = set(Patient.objects.filter(pk__in=keys).values_list("pk", flat=True))
    rows = [Contact.objects, Course.objects, Review.objects]
    lost = sum(model.exclude(patient__in=Patient.objects.all()).count() for model in rows)
    return {"said": said, "left": len(left), "lost": lost, "booked": Course.objects.get(pk=course.pk).status}


def main(rounds: str) -> None:
    played = [play(number) for number in range(int(rounds))]
    print(json.dumps({"rounds": played, "breaches": list(find_breaches(timezone.now()))}))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
