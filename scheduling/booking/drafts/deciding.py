"""What a person decides about one line of a draft. The next plan keeps to it; nothing is booked by it."""

from collections.abc import Sequence

from django.db import transaction

from patients import audit
from scheduling.acts import Act, record
from scheduling.errors import Refused
from scheduling.models import Decide, DraftMove
from scheduling.rules import Visit
from scheduling.unit.matches import to_json

NO_DAYS = "This course has no days in the draft, so there is nothing to keep."
BEING_DONE = (
    "These days are held or booked already, or are just being done: go on from the page of the course."
)


@transaction.atomic
def decide(
    *,
    line: DraftMove,
    decision: Decide,
    visits: Sequence[Visit] = (),
    reasons: Sequence[str] = (),
    by: audit.Actor,
) -> None:
    """Decide about a line, or with NONE take the decision back. visits, reasons: of OTHER_DAYS.

    Raises Refused if the line was accepted, or has no days to keep.
    """
    line = DraftMove.objects.select_for_update().get(pk=line.pk)
    if not line.is_open:
        raise Refused(BEING_DONE)
    keeps = decision in (Decide.KEEP, Decide.KEEP_DAYS)
    if keeps and not line.proposed:
        raise Refused(NO_DAYS)
    if decision == Decide.OTHER_DAYS:
        line.decided, line.reasons = to_json(visits), list(reasons)
    elif not keeps:
        line.decided = []
    line.decision, line.decided_by_id = decision, by.pk if decision else None
    # What was refused may be tried anew: the days may be others now.
    line.accepted, line.accepted_by, line.accepted_at, line.hold_until = "", None, None, None
    line.outcome, line.outcome_at, line.refusal, line.next_offer = "", None, "", []
    line.save()
    days = [f"{visit.day:%-d %B %Y}" for visit in line.proposed]
    said = decision.label if decision else "As the draft has it"
    record(Act.DRAFTMOVE_DECIDED, line, by, {"decision": said, "days": days})
