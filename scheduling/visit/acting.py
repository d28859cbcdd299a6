"""How every act on one visit begins and ends: under the unit's lock, and with a row in the log.

A child cannot arrive in the midst of a move, and of two colleagues at the two days of one course the second
sees what the first did.
"""

from collections.abc import Mapping

from patients import audit
from scheduling.models import Session
from scheduling.unit.lock import lock_unit


def locked(session: Session) -> Session:
    """The visit read anew, with its course, child and unit, nobody else's to change until the act ends."""
    lock_unit(session.course.unit_id)
    return Session.objects.select_related("course__unit", "course__patient").get(pk=session.pk)


def record(action: str, session: Session, by: audit.Actor, changes: Mapping[str, object]) -> None:
    """Write the log's row of an act on a visit."""
    audit.record(action, by=by, on=session, patient=session.course.patient_id, changes=changes)
