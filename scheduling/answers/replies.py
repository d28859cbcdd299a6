"""Answers of families to their invites, wherever they gave them. None of them moves or cancels anything."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from crmo_clinic.nhsuk.wording import long_date
from patients import audit
from patients.models import Contact
from scheduling.acts import Act, record
from scheduling.models import (
    Answer,
    IncomingMail,
    MailOutcome,
    Reply,
    Session,
    Source,
    TaskKind,
)
from scheduling.states import SessionStatus
from scheduling.tasks.opening import close_declined, open_task

LONGEST_COMMENT = 500


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
    """Record a contact's answer to a session. Without `mail`, one that is recorded already is returned.

    sequence: the revision of the session that was answered. stamp: when, by the clock of whoever answered; a
    time in the future counts as now. mail: the mail it came in, which then counts as an answer. "Cannot come"
    to the session as it is now opens a task. The task is closed once everybody who said so can come. No
    answer cancels anything.
    """
    # The lock makes two answers at once wait for each other: the second sees the first.
    session = Session.objects.select_for_update(of=["self"]).select_related("course").get(pk=session.pk)
    stamp = min(stamp, timezone.now())
    kept = Reply.objects.filter(session=session, contact=contact, sequence=sequence, stamp=stamp)
    reply = kept.filter(answer=answer, source=source, mail=None).first() if mail is None else None
    if reply is None:
        is_repeated = kept.filter(answer=answer).exists()
        reply = Reply.objects.create(
            session=session,
            contact=contact,
            answer=answer,
            source=source,
            sequence=sequence,
            stamp=stamp,
            comment=comment[:LONGEST_COMMENT],
        )
        changes = {"answer": reply.get_answer_display(), "days": [long_date(session.day)], "to": contact.name}
        record(Act.REPLY_RECORDED, reply, by, changes)
        if not is_repeated:
            _ask_or_settle(reply, by)
    if mail is not None:
        mail.outcome, mail.reply, mail.contact, mail.course = (
            MailOutcome.REPLY,
            reply,
            contact,
            session.course,
        )
        mail.save(update_fields=["outcome", "reply", "contact", "course"])
    return reply


def _ask_or_settle(reply: Reply, by: audit.Actor) -> None:
    """Open the task about a session that somebody cannot come to, or close it."""
    session = reply.session
    counts = Reply.objects.filter(pk=reply.pk).counting().exists()
    if not counts or reply.is_stale or not _is_to_come(session):
        return
    if reply.answer == Answer.DECLINED:
        day = f"day {session.number} ({long_date(session.day)})"
        says = (
            f"The family says that they cannot come on {day}. Nothing was cancelled by it. "
            "Ring them, and move or cancel the course if they are sure."
        )
        open_task(TaskKind.DECLINED, says, about=session, due_on=timezone.localdate(), by=by)
    elif reply.answer == Answer.ACCEPTED:
        now_stands = Reply.objects.filter(session=session, sequence=session.sequence)
        declined = set(now_stands.filter(answer=Answer.DECLINED).values_list("contact", flat=True))
        accepted = now_stands.counting().filter(answer=Answer.ACCEPTED).values_list("contact", flat=True)
        if reply.contact_id in declined and declined <= set(accepted):
            close_declined([session], "Whoever could not come can come now.", by=by)


def _is_to_come(session: Session) -> bool:
    return session.status == SessionStatus.BOOKED and session.ends_at > timezone.now()
