"""Keeping what a family answered to an invite."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from patients import audit
from patients.models import Contact
from scheduling.models import Answer, IncomingMail, Reply, Session, Source, TaskKind
from scheduling.tasks import open_task


@transaction.atomic
def record_answer(
    *,
    session: Session,
    contact: Contact,
    answer: Answer,
    source: Source,
    sequence: int,
    stamp: datetime,
    by: audit.Actor,
    comment: str = "",
    mail: IncomingMail | None = None,
) -> Reply:
    """Keep one answer; "cannot come" opens a task and cancels nothing."""
    reply = Reply.objects.create(
        session=session,
        contact=contact,
        answer=answer,
        source=source,
        sequence=sequence,
        stamp=stamp,
        comment=comment,
    )
    patient = session.course.patient_id
    audit.record("reply.recorded", by=by, on=reply, patient=patient, changes={"answer": answer.label})
    if answer == Answer.DECLINED:
        says = "The family cannot come on this day. Ring them: nothing has been cancelled."
        open_task(TaskKind.DECLINED, says, about=session, due_on=timezone.localdate(), by=by)
    return reply
