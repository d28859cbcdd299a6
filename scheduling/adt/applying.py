"""Writing into the records what a message says, once, by the ordinary verbs, in the name of the system that
sent it; and asking a person for the rest."""

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, transaction
from django.utils import timezone

from crmo_clinic.nhsuk.wording import listed, quantity
from patients import audit, changes
from patients.acts import PatientAct
from patients.errors import Refused
from patients.models import FormerNumber, Patient, User
from patients.models.merged import NumberKind
from scheduling.acts import Act, record
from scheduling.adt.differing import DEATH
from scheduling.adt.judging import LABELS, NAME, NOT_HERE, Verdict, judge, only_death
from scheduling.adt.reading import Said, read
from scheduling.adt.taking_apart import Unreadable
from scheduling.merging.merge import lock_both
from scheduling.models import AdtMessage, AdtState, Task, TaskKind, Unit
from scheduling.tasks.opening import close_tasks, open_task
from scheduling.unit.due_days import due_day

# The clocks of two systems may differ by so much.
CLOCKS_DIFFER = timedelta(minutes=10)
HOSPITAL = audit.System(NAME)
DIED = "The hospital’s records say that this child has died. Ask before anything is sent."
CLASH = "Somebody else saved something like this just now. Try again."
BROKE = "It broke down while it was applied. Tell whoever looks after this app."
ASK_DEATH = (
    "The hospital’s records say that this child has died. Nothing is sent to the family from now on. Find "
    "out whether it is true, and cancel what is to come; if it is not, take the restriction off."
)
ASK_WHOSE_DEATH = (
    "The hospital’s records say that somebody has died who may be this child. Find out today who it is, "
    "before anything is sent."
)
ASK_DOUBLE = (
    "Messages of the hospital’s records have the number of an earlier one and say something else. Look at "
    "them."
)
ASK_FAILED = "Messages of the hospital’s records could not be applied. Look at them, and try them again."
ASK_UNREADABLE = (
    "Messages of the hospital’s records cannot be read. Look at them, and tell whoever sends them."
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Applied:
    """How many messages were looked at in a round of the worker; false if none."""

    messages: int

    def __bool__(self) -> bool:
        return self.messages > 0

    def __str__(self) -> str:
        return f"Hospital’s records: {quantity(self.messages, 'waiting message')} applied."


def apply_waiting(*, stopping: Callable[[], bool] = lambda: False) -> Applied | None:
    """Apply what was stored and not applied, as when a process was killed between the two. None, without a
    query, if no such messages are read here."""
    if not is_set_up():
        return None
    applied = 0
    for key in list(
        AdtMessage.objects.filter(state=AdtState.RECEIVED).order_by("pk").values_list("pk", flat=True)
    ):
        if stopping():
            break
        try:
            applied += apply(key)
        except DatabaseError as error:
            # One that cannot be applied now holds up no other.
            logger.error("ADT message %s waits to be applied: %s.", key, type(error).__name__)
    return Applied(applied)


def is_set_up() -> bool:
    """Whether messages of the hospital's records are read here."""
    return bool(settings.ADT_DIR or settings.ADT_PORT)


def apply(key: int) -> bool:
    """Apply one message that was not applied yet; else nothing happens. Whether it was.

    Raises OperationalError or InterfaceError if the database is away: then it waits.
    """
    with transaction.atomic():
        found = AdtMessage.objects.select_for_update(of=("self",), skip_locked=True)
        message = found.filter(pk=key, state=AdtState.RECEIVED).first()
        unit = Unit.objects.order_by("pk").first()
        if message is None or unit is None:
            # Without a unit there is nobody to ask.
            return False
        _apply(message, unit)
    return True


@transaction.atomic
def tell_death(key: int) -> None:
    """Of a message with the number of another nothing is taken but that a child died, once."""
    message = AdtMessage.objects.select_for_update(of=("self",)).get(pk=key)
    unit = Unit.objects.order_by("pk").first()
    said = read(bytes(message.raw))
    if not said.has_died or message.questions or unit is None:
        return
    verdict = only_death(judge(message, said))
    if verdict.child and verdict.writes:
        lock_both(verdict.child.pk)
        verdict = only_death(judge(message, said))
    _write(message, verdict)
    _ask(message, verdict, unit)
    message.questions = [asdict(question) for question in verdict.questions]
    message.save(update_fields=["questions", "patient"])


@transaction.atomic
def try_again(*, message: AdtMessage, by: User) -> AdtMessage:
    """Apply a message that could not be, or that asked something. Raises Refused if somebody else did, or its
    words are gone."""
    found = AdtMessage.objects.select_for_update().get(pk=message.pk)
    if not found.may_be_tried:
        raise Refused("This message was applied already, or its words are no longer kept.")
    record(Act.ADTMESSAGE_TRIED_AGAIN, found, by)
    found.state, found.says, found.questions = AdtState.RECEIVED, "", []
    found.save(update_fields=["state", "says", "questions"])
    apply(found.pk)
    found.refresh_from_db()
    return found


def ask_about_double(message: AdtMessage) -> None:
    """Somebody has to look at messages that have the number of another: one task, however many there are."""
    _ask_once(ASK_DOUBLE, message)


def ask_about_unreadable(message: AdtMessage) -> None:
    """One task, however many cannot be read: they have one cause as a rule."""
    _ask_once(ASK_UNREADABLE, message)


def close_merged(child: Patient, *, by: User) -> None:
    """Whoever made two records one has answered whether they are of one child."""
    asked = Task.objects.filter(kind=TaskKind.ADT, adt__patient=child, adt__other=child)
    close_tasks(asked, "The two records were made one.", by=by)


def _ask_once(says: str, message: AdtMessage) -> None:
    if not Task.objects.open().filter(kind=TaskKind.ADT, says=says).exists():
        _ask_about(says, message)


def _ask_about(says: str, message: AdtMessage) -> None:
    if unit := Unit.objects.order_by("pk").first():
        due_on = due_day(unit, timezone.localdate())
        open_task(TaskKind.ADT, says, about=message, unit=unit, due_on=due_on, by=HOSPITAL)


def _apply(message: AdtMessage, unit: Unit) -> None:
    try:
        with transaction.atomic():
            said = read(bytes(message.raw))
            _date(message, said)
            verdict = judge(message, said)
            if verdict.child and verdict.writes:
                # Locked in the order of every act, and judged by what stands there then.
                lock_both(verdict.child.pk)
                verdict = judge(message, said)
            lines = _write(message, verdict)
            _ask(message, verdict, unit)
    except Unreadable as fault:
        message.state, message.says = AdtState.UNREADABLE, fault.words
    except (IntegrityError, Refused):
        message.state, message.says = AdtState.FAILED, CLASH
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        # Without the error's own text, which may quote the message.
        logger.error("ADT message %s broke down: %s.", message.pk, type(error).__name__)
        message.state, message.says = AdtState.FAILED, BROKE
    else:
        message.state, message.says = verdict.state, "\n".join(lines)
        message.questions = [asdict(question) for question in verdict.questions]
        message.patient, message.other, message.is_taken = verdict.child, verdict.other, verdict.is_taken
        if verdict.child is None:
            # Of children who are not here nothing is kept.
            message.raw, message.says = b"", NOT_HERE
    message.save()
    if message.state == AdtState.FAILED:
        _ask_once(ASK_FAILED, message)


def _date(message: AdtMessage, said: Said) -> None:
    """What could not be read when it came in says only now what happened, and when."""
    message.event = said.event
    if said.happened_at and said.happened_at <= message.received_at + CLOCKS_DIFFER:
        message.happened_at = said.happened_at


def _write(message: AdtMessage, verdict: Verdict) -> list[str]:
    """What was changed, and what else there is to say, a sentence each."""
    child = verdict.child
    if child is None:
        return []
    source = {"source": message.origin}
    said = [_in_words(name, getattr(child, name), value) for name, value in verdict.changes.items()]
    for name, value in verdict.changes.items():
        setattr(child, name, value)
    if verdict.stops_messages and not child.restricted:
        child.restricted, child.restricted_because = True, DIED
        said.append("Messages to the family were stopped.")
    if verdict.changes or verdict.stops_messages:
        changes.save(child, by=HOSPITAL, details=source)
    for kind, number in verdict.numbers:
        FormerNumber.objects.create(patient=child, kind=kind, number=number)
        audit.record(
            PatientAct.PATIENT_NUMBER_KEPT,
            by=HOSPITAL,
            on=child,
            patient=child,
            changes={"number": number, **source},
        )
        what = "NHS number" if kind == NumberKind.NHS else "hospital number"
        said.append(f"The {what} {number} finds this child too.")
    if child.restricted and verdict.changes:
        said.append("Messages to the family are restricted; nothing was sent.")
    return [*said, *verdict.lines]


def _in_words(name: str, before: str | None, after: str) -> str:
    return f"{LABELS[name]}: {before or 'nothing'} → {after or 'nothing'}."


def _ask(message: AdtMessage, verdict: Verdict, unit: Unit) -> None:
    if not verdict.questions:
        return
    # The task stands beside a course of the child.
    message.patient = verdict.child
    course, today = message.course, timezone.localdate()
    asked = course.unit if course else unit
    about = listed(dict.fromkeys(each.about for each in verdict.questions if each.about != DEATH))
    if verdict.has_died:
        says = ASK_DEATH if verdict.is_sure else ASK_WHOSE_DEATH
        open_task(TaskKind.DIED, says, about=message, unit=unit, due_on=today, by=HOSPITAL)
    if about and not Task.objects.open().filter(kind=TaskKind.ADT, adt=message).exists():
        says = (
            f"The hospital’s records ask about {about}. Look at what they say, and change what is wrong here."
        )
        due_on = due_day(asked, today)
        open_task(TaskKind.ADT, says, about=message, unit=unit, due_on=due_on, by=HOSPITAL)
