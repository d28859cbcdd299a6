"""What a big Trust knows of its children besides visits and mails: reviews, ticks, answers, what is to do."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from patients.models import Contact, Patient
from scheduling.management.big_rows import at, in_bulk, write_out
from scheduling.models import (
    ActiveSite,
    ChecklistItem,
    ChecklistVersion,
    ReadinessCheck,
    Reply,
    Review,
    Session,
    Task,
    TaskKind,
    Unit,
)

BY = "Nia Nurse"
REVIEWS_A_CHILD, REVIEWS_OF_FIRST = 10, 1_000
TICKS = ("weight", "consent", "bloods", "dentist", "numbing-cream", "leaflet-read")
TO_DO_ONE_IN, DONE_ONE_IN, ANSWERED_ONE_IN = 10, 4, 3


def write_records(
    units: Sequence[Unit],
    children: Sequence[Patient],
    parents: Mapping[int, list[Contact]],
    sessions: Sequence[Session],
    today: date,
) -> None:
    """Write them. parents: by child. The first child has as many reviews as a page could ever show."""
    reviews = in_bulk(_reviews(children, today))
    write_out(ActiveSite(review=row, site="ribs", side="left") for row in reviews if row.sites_examined)
    for unit in units:
        _checklist(unit, today)
    write_out(_ticks(sessions))
    write_out(_answers(sessions, parents))
    write_out(_tasks(sessions, today))


def _reviews(children: Sequence[Patient], today: date) -> Iterator[Review]:
    for child in children:
        number = REVIEWS_OF_FIRST if child is children[0] else REVIEWS_A_CHILD
        for n in range(number):
            on = today - timedelta(days=3 * n if number == REVIEWS_OF_FIRST else 120 * n + child.pk % 90)
            examined = {"source": "clinician", "pain": n % 10, "chaq": 1, "sites_examined": True}
            measured = {"source": "lab", "esr": 10 + n % 30, "crp": n % 20}
            yield Review(patient=child, on=on, recorded_by=BY, **(measured if n % 2 else examined))


def _checklist(unit: Unit, today: date) -> None:
    since = at(today - timedelta(days=3_650))
    version = ChecklistVersion.objects.create(
        unit=unit, number=1, written_by=BY, written_at=since, put_in_force_by=BY, in_force_since=since
    )
    in_bulk(
        ChecklistItem(version=version, key=key, position=n, label=key.replace("-", " ").capitalize())
        for n, key in enumerate(TICKS)
    )


def _ticks(sessions: Sequence[Session]) -> Iterator[ReadinessCheck]:
    """Of all but one in three courses each item, of the others half of them."""
    for session in sessions:
        if session.number == 1:
            done_on = session.day - timedelta(days=7)
            for key in TICKS if session.course_id % 3 else TICKS[::2]:
                label = key.replace("-", " ").capitalize()
                yield ReadinessCheck(
                    course=session.course, key=key, label=label, is_done=True, done_on=done_on, checked_by=BY
                )


def _answers(sessions: Sequence[Session], parents: Mapping[int, list[Contact]]) -> Iterator[Reply]:
    for session in sessions[::ANSWERED_ONE_IN]:
        came = session.created_at + timedelta(days=1)
        yield Reply(
            session=session,
            contact=parents[session.course.patient_id][0],
            answer="ACCEPTED",
            source="calendar",
            sequence=0,
            stamp=came,
            received_at=came,
        )


def _tasks(sessions: Sequence[Session], today: date) -> Iterator[Task]:
    past = [session for session in sessions if session.day < today]
    for session in past[::DONE_ONE_IN]:
        yield Task(
            kind=TaskKind.UNRECORDED,
            unit=session.course.unit,
            course=session.course,
            session=session,
            says="Record how the visit went.",
            due_on=session.day,
            created_at=session.ends_at,
            done_at=session.ends_at + timedelta(days=1),
            done_by=BY,
            done_note="Recorded.",
        )
    for session in sessions[len(past) :: TO_DO_ONE_IN]:
        yield Task(
            kind=TaskKind.DECLINED,
            unit=session.course.unit,
            course=session.course,
            session=session,
            says="The family cannot come. Ring them.",
            due_on=today,
        )
