"""Ask a family, before a course is booked, which days they cannot do."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from patients import audit
from patients.models import Contact
from scheduling.acts import Act, record
from scheduling.errors import NotReadyToWrite, Refused
from scheduling.ical import InvalidInvitation
from scheduling.models import Course, Message
from scheduling.states import CourseStatus
from scheduling.telling.family_links import link_for
from scheduling.telling.notices import page_key, write_page_notice
from scheduling.telling.recipients import recipients


@transaction.atomic
def ask_for_days(*, course: Course, by: audit.Actor) -> list[Message]:
    """Send each contact the address of their page, where they can enter the days they cannot do.

    Returns the queued mails; contacts who were asked today already get none. Raises Refused if the course is
    neither waiting nor held, if everybody was asked today already, if nobody may be written to, or if a mail
    cannot be written; NotReadyToWrite if the unit lacks what every mail needs.
    """
    now = timezone.now()
    course = Course.objects.select_related("unit", "patient").select_for_update(of=["self"]).get(pk=course.pk)
    if course.status not in (CourseStatus.WAITING, CourseStatus.HELD):
        raise Refused("This course no longer waits, so nobody was asked.")
    if missing := course.unit.missing_for_mail():
        raise NotReadyToWrite(course.unit, missing)
    contacts = [c for c in recipients(course.patient)[0] if not link_for(course, c).revoked_at]
    if not contacts:
        raise Refused("Nobody may be written to about this child, so nobody was asked. Ring the family.")
    keys = {page_key(course, contact, timezone.localdate(now)): contact for contact in contacts}
    asked = set(Message.objects.filter(only_once__in=keys).values_list("only_once", flat=True))
    if len(asked) == len(keys):
        raise Refused("The family was asked today already. Ring them, or ask again tomorrow.")
    queued = [_write_page(course, contact, now) for key, contact in keys.items() if key not in asked]
    changes = {"to": sorted(message.contact.name for message in queued)}
    record(Act.COURSE_DAYS_ASKED, course, by, changes)
    return queued


def _write_page(course: Course, contact: Contact, now: datetime) -> Message:
    try:
        message = write_page_notice(course, contact, now=now)
    except InvalidInvitation as fault:
        raise Refused(f"The mail to {contact} cannot be written. {fault}") from fault
    message.save(force_insert=True)
    return message
