"""The mails of a big Trust, and its two logs: what there is most of."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import count
from random import Random

from patients.models import AccessEvent, AuditEvent, Contact, User
from scheduling.acts import Act
from scheduling.management.big_rows import write_out
from scheduling.models import Course, Message, MessageKind, Session, Task, TaskKind
from scheduling.models.packed import packed
from scheduling.states import MessageStatus
from scheduling.telling.calendar_mails import write_mail
from scheduling.telling.family_links import new_link
from scheduling.telling.letters import Reader, write_letter

# Of each course, as in a Trust that keeps all it has ever done.
ACTS, LOOKS = 18, 15
FAILED_ONE_IN = 100
CHILDREN_ON_A_LIST = 20
TOLD: tuple[tuple[Act, dict[str, object]], ...] = (
    (Act.MESSAGE_SENT, {"status": ["sending", "sent"]}),
    (Act.COURSE_TOLD, {"to": "M. Lark", "way": "Told by phone", "of": "Mon 3 May"}),
)
PAGES = ("scheduling:show_course", "patients:show_patient", "scheduling:list_visits")


def write_mails(sessions: Sequence[Session], parents: Mapping[int, list[Contact]], today: date) -> int:
    """An invite for each day and parent, and a reminder for each past course; how many. parents: by child.

    Each that failed about a visit to come has its task.
    """
    write_out(
        new_link(session.course, parent)
        for session in sessions
        if session.number == 1
        for parent in parents[session.course.patient_id]
    )
    written = write_out(_mails(sessions, parents, today))
    failed = Message.objects.filter(status=MessageStatus.FAILED, session__day__gte=today)
    write_out(
        Task(
            kind=TaskKind.MAIL_FAILED,
            unit=message.course.unit,
            course=message.course,
            session=message.session,
            message=message,
            says="An invite could not be sent, so the family may not know. Ring them.",
            due_on=today,
        )
        for message in failed.select_related("course__unit", "session").defer("mime")
    )
    return written


def _mails(
    sessions: Sequence[Session], parents: Mapping[int, list[Contact]], today: date
) -> Iterator[Message]:
    written: dict[tuple[int, int], Message] = {}
    numbers = count(1)
    for session in sessions:
        mother, father = parents[session.course.patient_id]
        like = session.course.unit_id, session.number
        if like not in written:
            written[like] = _written(session, mother, today)
        to = [(mother, MessageKind.INVITE)]
        if father.may_receive_invites:
            to.append((father, MessageKind.INVITE))
        if session.number == 1 and session.day < today:
            to.append((mother, MessageKind.REMINDER))
        for contact, kind in to:
            yield _mail(session, contact, kind, next(numbers), written[like])


def _written(session: Session, contact: Contact, today: date) -> Message:
    """An invite as the app writes it, its bytes packed."""
    kind, to = MessageKind.INVITE, contact.email
    letter = write_letter(session, kind, Reader(), today=today, beside=[])
    mail = write_mail(session, contact, to, kind, letter, stamp=session.created_at, earlier=None)
    mail.mime = packed(mail.mime)
    return mail


def _mail(session: Session, contact: Contact, kind: MessageKind, number: int, like: Message) -> Message:
    failed = number % FAILED_ONE_IN == 0
    return Message(
        course=session.course,
        session=session,
        contact=contact,
        kind=kind,
        from_address=like.from_address,
        to_address=contact.email,
        subject=like.subject,
        message_id=f"<{number}@big.example>",
        mime=like.mime,
        advice_version=like.advice_version,
        is_packed=True,
        created_at=session.created_at,
        status=MessageStatus.FAILED if failed else MessageStatus.SENT,
        attempts=1,
        next_attempt_at=session.created_at,
        sent_at=None if failed else session.created_at,
        problem="The mail server does not know this address." if failed else "",
    )


def write_logs(sessions: Sequence[Session], user: User) -> int:
    """Years of acts and looks of one user; how many."""
    courses = [session.course for session in sessions if session.number == 1]
    everybody, chance = [course.patient_id for course in courses], Random("looks")  # noqa: S311
    acts = (_act(course, n, user) for course in courses for n in range(ACTS))
    looks = (_look(course, n, user, everybody, chance) for course in courses for n in range(LOOKS))
    return write_out(acts) + write_out(looks)


def _act(course: Course, n: int, user: User) -> AuditEvent:
    """The first is the booking, the others go back and forth between telling by phone and by mail."""
    act, changes = TOLD[n % 2] if n else (Act.COURSE_BOOKED, {"days": ["Mon 3 May, 8am", "Tue 4 May, 8am"]})
    return AuditEvent(
        at=course.agreed_at + timedelta(hours=n),
        actor_id=user.pk,
        actor_name=user.name,
        patient_id=course.patient_id,
        action=act.value,
        record=act.value.partition(".")[0],
        record_id=course.pk,
        changes=changes,
    )


def _look(course: Course, n: int, user: User, everybody: Sequence[int], chance: Random) -> AccessEvent:
    page = PAGES[n % len(PAGES)]
    is_list = page == "scheduling:list_visits"
    on_list = chance.choices(everybody, k=CHILDREN_ON_A_LIST) if is_list else []
    return AccessEvent(
        at=course.agreed_at + timedelta(hours=n),
        actor_id=user.pk,
        actor_name=user.name,
        page=page,
        patient_id=None if is_list else course.patient_id,
        children=f",{','.join(map(str, on_list))}," if is_list else "",
    )
