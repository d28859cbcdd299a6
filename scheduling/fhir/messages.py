"""A message to a family, as Communication: that it went, to whom and about what, and none of its words.

Mails have the address of the family’s page in them, which is its key.
"""

from scheduling.fhir.care import moment
from scheduling.fhir.codes import MEDIA, MESSAGES, TERMINOLOGY, coded
from scheduling.fhir.people import Resource
from scheduling.models import Message
from scheduling.states import MessageStatus


def communication(row: Message) -> Resource:
    """Select `course` to ask often."""
    about = f"Appointment/{row.session_id}" if row.session_id else f"ServiceRequest/{row.course_id}"
    resource: Resource = {
        "resourceType": "Communication",
        "id": str(row.pk),
        "status": MESSAGES[row.status],
        "basedOn": [{"reference": f"ServiceRequest/{row.course_id}"}],
        "medium": [coded(f"{TERMINOLOGY}/v3-ParticipationMode", *MEDIA[row.channel])],
        "subject": {"reference": f"Patient/{row.course.patient_id}"},
        "topic": {"text": row.get_kind_display()},
        "about": [{"reference": about}],
        "recipient": [{"reference": f"RelatedPerson/{row.contact_id}"}],
    }
    if row.sent_at:
        resource["sent"] = moment(row.sent_at)
    if MESSAGES[row.status] in ("not-done", "stopped"):
        resource["statusReason"] = {"text": MessageStatus(row.status).label}
    return resource
