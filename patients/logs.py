"""Reading the two logs: who looked at what, and who wrote what, of one child or by one person."""

from django.db.models import QuerySet

from patients.models import AccessEvent, AuditEvent, Event, Patient, User

LOOKS, WRITES = "looks", "writes"


def log_of(about: Patient | User, what: str) -> QuerySet[Event]:
    """The looks, or the writes, about a child or by a person, the latest first."""
    model = AuditEvent if what == WRITES else AccessEvent
    if isinstance(about, Patient):
        return model.objects.filter(patient_id=about.pk)
    return model.objects.filter(actor_id=about.pk)


def children_of(events: list[Event]) -> dict[int, Patient]:
    """The children that log rows are about, by key: a log has no foreign keys."""
    return Patient.objects.in_bulk({event.patient_id for event in events if event.patient_id})
