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
from scheduling.unit.due_days import due_before

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
    received_at: datetime | None = None,
) -> Reply:
    """Keep one answer of a contact to a session; the same page sent twice is kept once.

    sequence: the revision of the session that was answered. stamp: when, by the clock of whoever answered:
    nothing is judged by it alone, for some calendars give each answer the time of the invite. received_at:
    when it came, if not now. A time to come counts as now. mail: the mail it came in, an answer from then on.

    "Cannot come" to the session as it stands opens a task, and "Can come" of all who said so closes it,
    unless by their clock they said it before. No answer cancels.
    """
    # The lock makes two answers at once wait for each other: the second sees the first.
    session = Session.objects.select_for_update(of=["self"]).select_related("course").get(pk=session.pk)
    now = timezone.now()
    received_at = min(received_at or now, now)
    said = {"answer": answer, "sequence": sequence, "stamp": min(stamp, received_at), "source": source}
    before = Reply.objects.filter(session=session, contact=contact).counting().first()
    if source == Source.PAGE and before and all(getattr(before, key) == said[key] for key in said):
        reply = before
    else:
        reply = Reply.objects.create(
            session=session,
            contact=contact,
            received_at=received_at,
            comment=comment[:LONGEST_COMMENT],
            **said,
        )
        changes = {"answer": reply.get_answer_display(), "days": [long_date(session.day)], "to": contact.name}
        record(Act.REPLY_RECORDED, reply, by, changes)
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
        open_task(TaskKind.DECLINED, says, about=session, due_on=due_before(session.course), by=by)
    elif reply.answer == Answer.ACCEPTED:
        now_stands = Reply.objects.filter(session=session, sequence=session.sequence)
        declined = now_stands.filter(answer=Answer.DECLINED).order_by("stamp")
        latest_no = dict(declined.values_list("contact", "stamp"))
        accepted = dict(now_stands.counting().filter(answer=Answer.ACCEPTED).values_list("contact", "stamp"))
        settled = all(who in accepted and accepted[who] >= said for who, said in latest_no.items())
        if reply.contact_id in latest_no and settled:
            close_declined([session], "Whoever could not come can come now.", by=by)


def _is_to_come(session: Session) -> bool:
    return session.status == SessionStatus.BOOKED and session.ends_at > timezone.now()
