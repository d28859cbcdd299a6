"""Visits of today that nobody has recorded: a person is asked that evening, for the notes wait for it."""

from collections.abc import Callable
from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from crmo_clinic.nhsuk.wording import long_date
from patients.audit import WORKER
from scheduling.models import Session, Task, TaskKind
from scheduling.states import CourseStatus, SessionStatus
from scheduling.tasks.opening import TasksOf, open_task

# By then the day is over, and the message between two days is due.
ASKED_AT = time(18)
# A visit that ends late is asked about so long after its end.
AFTER_ITS_END = timedelta(minutes=30)
# So far back a worker that was stopped looks for what it missed.
LOOKS_BACK = timedelta(days=7)
LEFT = {
    SessionStatus.BOOKED: "whether the child came and how much was given",
    SessionStatus.ARRIVED: "when the drip ran and how much was given",
    SessionStatus.STARTED: "when the drip ended and how much was given",
}


def ask_about_unrecorded(
    *, now: datetime | None = None, stopping: Callable[[], bool] = lambda: False
) -> TasksOf:
    """A task for each visit of today, or of the last week, of which nobody has said what became of it; once.

    It is opened at 6pm, or later for a visit that ends later. What says what became of the visit closes it
    (`transitions`). One query if there is nothing to do. now: for tests.
    """
    now = now or timezone.now()
    opened = 0
    for session in _unrecorded(now):
        if not stopping() and _asked_from(session) <= now:
            opened += _ask(session)
    return TasksOf("Visits not recorded", opened)


def _unrecorded(now: datetime) -> QuerySet[Session]:
    """Of the courses that are still booked, and not asked about since the visit began."""
    asked = Task.objects.filter(
        kind=TaskKind.UNRECORDED, session=OuterRef("pk"), created_at__gte=OuterRef("starts_at")
    )
    today = timezone.localdate(now)
    sessions = Session.objects.filter(
        ~Exists(asked),
        day__range=(today - LOOKS_BACK, today),
        status__in=LEFT,
        course__status=CourseStatus.BOOKED,
    )
    return sessions.select_related("course__unit", "course__patient").order_by("pk")


def _asked_from(session: Session) -> datetime:
    evening = datetime.combine(session.day, ASKED_AT, tzinfo=timezone.get_default_timezone())
    return max(evening, session.ends_at + AFTER_ITS_END)


@transaction.atomic
def _ask(session: Session) -> bool:
    """Whether it was still to be asked about: somebody may record it meanwhile. The row is locked."""
    found = Session.objects.select_for_update(of=["self"]).select_related("course__unit")
    session = found.get(pk=session.pk)
    if session.status not in LEFT:
        return False
    says = (
        f"Nobody has recorded the visit of {long_date(session.day)}. Record "
        f"{LEFT[SessionStatus(session.status)]}. The family’s notes wait for it."
    )
    return bool(open_task(TaskKind.UNRECORDED, says, about=session, due_on=session.day, by=WORKER))
