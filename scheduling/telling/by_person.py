"""Record that somebody told a contact about the coming days: by phone, by letter or face to face."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from crmo_clinic.nhsuk.wording import listed, short_date
from patients import audit
from patients.models import Contact
from scheduling.acts import Act, record
from scheduling.errors import ChangedMeanwhile, Refused
from scheduling.models import Course, Session, Task, TaskKind, Telling, Way
from scheduling.states import SessionStatus
from scheduling.tasks.opening import close_tasks
from scheduling.telling import whom_to_write
from scheduling.telling.knowledge import load_told
from scheduling.telling.unreached import somebody_told
from scheduling.unit.lock import lock_course


@transaction.atomic
def note_told(
    *,
    course: Course,
    contact: Contact,
    way: Way,
    by: audit.Actor,
    seen: str | None = None,
    advice_version: str = "",
) -> list[Telling]:
    """Record that a contact was told about all coming days as they are; close the tasks that asked for it.

    If a person had told this contact about days that are now cancelled, it also records that they know this.

    seen: the `version` of the course that `by` was shown. The same note sent twice is recorded once. Returns
    the new rows. Raises ChangedMeanwhile if the course has changed since, Refused if no day is to come.
    """
    now = timezone.now()
    course = lock_course(course, now, seen)
    sessions = [s for s in whom_to_write.to_come(course, now) if s.status == SessionStatus.BOOKED]
    if not sessions:
        raise Refused("No day of this course is to come, so there is nothing to tell.")
    if contact.patient_id != course.patient_id:
        raise ChangedMeanwhile(course)
    tellings = [_note(session, contact, way, by, advice_version) for session in sessions]
    tellings += [_note(session, contact, way, by, "") for session in _off(course, contact, now)]
    made = [telling for telling in tellings if telling]
    if made:
        days = listed(short_date(session.day) for session in sessions)
        record(Act.COURSE_TOLD, course, by, {"to": contact.name, "way": way.label, "of": days})
        course.tell_from_now_on()
    note = f"{way.label}: {contact.name}."
    somebody_told(course, note, by=by)
    failed = Task.objects.filter(course=course, kind=TaskKind.MAIL_FAILED, message__contact=contact)
    close_tasks(failed, note, by=by)
    return made


def _off(course: Course, contact: Contact, now: datetime) -> list[Session]:
    """The cancelled days, not over yet, that a person had told this contact about."""
    cancelled = course.sessions.filter(status=SessionStatus.CANCELLED, ends_at__gt=now)
    days = load_told(list(cancelled), now).values()
    return [day.session for day in days if (row := day.of(contact)) and row.telling]


def _note(
    session: Session, contact: Contact, way: Way, by: audit.Actor, advice_version: str
) -> Telling | None:
    """The new row; None if exactly this is recorded already."""
    same = {"session": session, "contact": contact, "way": way, "sequence": session.sequence}
    if Telling.objects.filter(**same, by_name=by.name).exists():
        return None
    return Telling.objects.create(**same, by_name=by.name, advice_version=advice_version)
