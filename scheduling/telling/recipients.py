"""Who is written to about a child, who is not, and why.

The answer depends on the day: at 16, what parents agreed to lapses until the young person has been asked.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from crmo_clinic.nhsuk.wording import plain_date
from patients.models import Contact, Patient
from scheduling.models import Course


@dataclass(frozen=True)
class NotWrittenTo:
    """A contact who gets no mail. why: words that follow `is not written to:`."""

    contact: Contact
    why: str


def recipients(patient: Patient, today: date | None = None) -> tuple[list[Contact], list[NotWrittenTo]]:
    """The contacts who get invites, and the others with the reason. One query. today: in London."""
    today = today or timezone.localdate()
    to, others = [], []
    for contact in patient.contacts.all():
        why = why_not(contact, patient, today)
        if why:
            others.append(NotWrittenTo(contact, why))
        else:
            to.append(contact)
    return to, others


def why_not(contact: Contact, patient: Patient, today: date | None = None) -> str:
    """Why this contact gets no invite; empty if they do. today: London's date if left out."""
    if why := why_not_told(contact, patient, today):
        return why
    if not contact.email:
        return "no email address is recorded"
    if contact.returned_at:
        day = plain_date(timezone.localtime(contact.returned_at))
        return f"a mail to this address came back on {day}: ring, and correct the address"
    return ""


def why_not_told(contact: Contact, patient: Patient, today: date | None = None) -> str:
    """Why this contact may not be told about any visit, by mail or otherwise; empty if they may."""
    if patient.restricted:
        return "messages about this child are restricted"
    if not contact.may_receive_invites:
        return "no permission to receive invites is recorded"
    if contact.permission_has_lapsed(patient.decides_from, today or timezone.localdate()):
        return "the child is 16: ask the young person who may be told"
    return ""


def lapses_on(course: Course, now: datetime) -> date | None:
    """The 16th birthday, if a permission lapses on it and a visit is on that day or later; else None."""
    patient, today = course.patient, timezone.localdate(now)
    birthday = patient.decides_from
    if today >= birthday or patient.restricted:
        return None
    if not any(session.day >= birthday for session in course.live_sessions):
        return None
    lapse = any(
        contact.may_receive_invites and contact.permission_has_lapsed(birthday, birthday)
        for contact in patient.contacts.all()
    )
    return birthday if lapse else None
