"""Who is written to about a child, and who is not and why."""

from dataclasses import dataclass

from patients.models import Contact, Patient


@dataclass(frozen=True)
class NotWrittenTo:
    """A contact no mail goes to; `why` completes «is not written to: …»."""

    contact: Contact
    why: str


def recipients(patient: Patient) -> tuple[list[Contact], list[NotWrittenTo]]:
    """The contacts an invite goes to now, and the others with the reason. One query."""
    to, others = [], []
    for contact in patient.contacts.all():
        why = why_not(contact, patient)
        if why:
            others.append(NotWrittenTo(contact, why))
        else:
            to.append(contact)
    return to, others


def why_not(contact: Contact, patient: Patient) -> str:
    """Why this contact gets no invite; empty if they do."""
    if patient.restricted:
        return "messages about this child are restricted"
    if not contact.may_receive_invites:
        return "no permission to receive invites is recorded"
    if not contact.email:
        return "no email address is recorded"
    return ""
