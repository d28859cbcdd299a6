"""The contact log: attempts to reach the family of a course, until its days are booked and answered."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from crmo_clinic.nhsuk.wording import clock
from patients import audit
from patients.stale import is_stale, while_here
from scheduling.acts import Act, record
from scheduling.errors import ChangedMeanwhile, Refused
from scheduling.models import ContactAttempt, ContactOutcome, Course
from scheduling.states import CourseStatus

# The same words again so soon are the same form sent twice; later somebody rang again.
TWICE = timedelta(minutes=10)


@transaction.atomic
def note_attempt(
    *,
    course: Course,
    outcome: ContactOutcome,
    by: audit.Actor,
    note: str = "",
    seen: int | None = None,
    is_booked: bool = False,
) -> ContactAttempt:
    """Record one attempt to reach the family.

    seen: the key of the last attempt that `by` was shown, 0 if there was none; None if no page was shown. An
    attempt sent twice, by a second click or the Back button, is recorded once. Raises Refused if a colleague
    has recorded another since, ChangedMeanwhile if the course is no longer waiting or held; with `is_booked`,
    if it is no longer booked (its family has not answered, or it is to be moved).
    """
    # Not the unit's lock: an attempt takes no capacity, and a new diary version would slow down every search.
    course = Course.objects.select_for_update().get(pk=course.pk)
    last = course.last_attempt
    if last and is_stale(seen, last.pk):
        is_recent = last.at > timezone.now() - TWICE
        if is_recent and (last.by_name, last.outcome, last.note) == (by.name, outcome, note):
            return last
        raise Refused(_noted_meanwhile(last))
    expected = (CourseStatus.BOOKED,) if is_booked else (CourseStatus.WAITING, CourseStatus.HELD)
    if course.status not in expected:
        raise ChangedMeanwhile(course)
    attempt = ContactAttempt.objects.create(course=course, by_name=by.name, outcome=outcome, note=note)
    record(Act.COURSE_CONTACT_ATTEMPTED, course, by, {"outcome": outcome.label, "note": note})
    return attempt


def _noted_meanwhile(last: ContactAttempt) -> str:
    when = clock(timezone.localtime(last.at).time())
    return (
        f"{while_here(f'{last.by_name} noted an attempt at {when}')}: "
        f"{last.get_outcome_display().lower()}. If yours is another one, save it again."
    )
