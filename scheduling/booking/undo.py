"""Undo the last act on a course while its mails wait: every row is put back as it was, and nothing leaves.

It is refused once the time is over or one of the mails has begun to leave, if anything was done about the
course since, or if its old place is no longer free. Each row is put back exactly, SEQUENCE too: nobody was
sent the revision that is taken back, so a calendar still has what stands again, or nothing. Tasks are closed,
opened again or reworded, so that the log has them. What placed several courses at once is undone for all.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from crmo_clinic.nhsuk.wording import clock, listed
from patients import audit
from patients.stale import is_stale, last_act, nothing_done
from scheduling.acts import Act, record
from scheduling.booking import placing
from scheduling.booking.placing import Done
from scheduling.errors import CannotUndo, ChangedMeanwhile
from scheduling.models import (
    CALENDAR_KINDS,
    Booking,
    Course,
    ImpossibleDates,
    Message,
    Reply,
    Session,
    Task,
    TaskKind,
    Undoable,
    UndoableAct,
)
from scheduling.models.task import TaskQuerySet
from scheduling.rules import Objection, Rule
from scheduling.states import CourseStatus, MessageStatus, SessionStatus
from scheduling.tasks.opening import close_tasks, reopen_tasks, reword_task
from scheduling.unit.freed_room import note_taken
from scheduling.unit.lapse import in_words
from scheduling.unit.lock import lock_course
from scheduling.unit.misfits import RULES, misfits_to_move, objections_to
from scheduling.unit.recheck import close_fitting
from scheduling.unit.shared_days import are_together, group_of

# Whatever is logged about a course since the act stands in the way of undoing it.
SAYS = {act.value: act.says for act in Act}
WITHHELD = {Act.MESSAGE_WITHHELD.value: Act.MESSAGE_WITHHELD.says}
# While one of these is open, a course stands where the rules object, and somebody was asked to see to it.
ASKED = (TaskKind.MISFIT, TaskKind.DAY_LOST)
NOTHING_UNDONE = "so nothing was undone."
NO_LONGER_FIT = f"The days that this course had no longer fit, {NOTHING_UNDONE}"


@transaction.atomic
def undo(*, course: Course, by: audit.Actor, seen: str | None = None) -> Done:
    """Undo the last act on a course, and on all courses that were placed together with it.

    seen: the key of the UndoableAct that `by` was shown; None if no page was shown. Raises ChangedMeanwhile
    if that act was undone, or another followed; CannotUndo if it is too late, if something else was done
    about one of the courses since, or if an old place is taken.
    """
    now = timezone.now()
    acts = _lock(course, now, seen)
    mails = {}
    for each, last in acts.items():
        with _named(each, course):
            _refuse_late(last, now)
            # An answer of the family takes the same lock: it is seen below, or comes after.
            list(each.sessions.select_for_update().values_list("pk", flat=True))
            _refuse_acts_since(last, each)
            mails[each] = _waiting_mails(last, each)
    days = {each: in_words(_days(each, last)) for each, last in acts.items()}
    # All leave before any is put back, as they did when they were placed.
    for each, last in acts.items():
        _free(each, last)
        mails[each].delete()
        _forget_sessions(last.rows["made"])
        _forget_dates(each, last.rows["dates"], by)
        _put_back_course(each, last, now)
        _put_back_sessions(each, last)
    again = {each: Course.objects.select_related("unit", "patient").get(pk=each.pk) for each in acts}
    for each, last in acts.items():
        with _named(each, course):
            _put_back_chairs(again[each], last, now)
    for each, last in acts.items():
        _refuse_apart(again[each])
        _put_back_tasks(last, by)
        stood, stands = days[each] or None, in_words(_days(again[each], last)) or None
        record(Act.COURSE_UNDONE, again[each], by, {"what": last.get_kind_display(), "days": [stood, stands]})
    for each, last in acts.items():
        if last.visits_before:
            note_taken(each.unit, last.visits_before, by=by)
        close_fitting(each.unit, now=now, by=by)
        last.delete()
    return Done(again[course], False, [])


def _lock(course: Course, now: datetime, seen: str | None) -> dict[Course, UndoableAct]:
    """The last act of each course that was placed by it, under the locks of their units."""
    first = UndoableAct.objects.filter(course=course).first()
    keys = (first and first.together) or [course.pk]
    courses = Course.objects.filter(pk__in=keys).order_by("unit", "pk")
    courses = [lock_course(each, now, None) for each in courses]
    acts = {act.course_id: act for act in UndoableAct.objects.filter(course__in=courses)}
    last = acts.get(course.pk)
    if last is None or is_stale(seen, str(last.pk)) or (last.together or [course.pk]) != keys:
        raise ChangedMeanwhile(next(each for each in courses if each.pk == course.pk))
    for each in courses:
        if each.pk not in acts or acts[each.pk].together != last.together:
            raise ChangedMeanwhile(each)
    return {each: acts[each.pk] for each in courses}


@contextmanager
def _named(each: Course, course: Course) -> Iterator[None]:
    """Of several children, name the one whose course stands in the way."""
    try:
        yield
    except CannotUndo as refusal:
        if each == course:
            raise
        raise CannotUndo(*(f"{each.patient.short_name}: {reason}" for reason in refusal.reasons)) from refusal


def _is_to_move(course: Course, last: UndoableAct) -> bool:
    """Whether days were held for moving the course: its own days were not touched."""
    return last.kind == Undoable.HOLD and course.status == CourseStatus.BOOKED


def _days(course: Course, last: UndoableAct) -> Sequence[Session | Booking]:
    return course.places_to_move_to if _is_to_move(course, last) else course.live_sessions


def _free(course: Course, last: UndoableAct) -> None:
    """Delete the bookings that the act made."""
    made = {"held_for": course} if _is_to_move(course, last) else {"session__course": course}
    Booking.objects.filter(**made).delete()


def _refuse_apart(course: Course) -> None:
    """Raise CannotUndo if the child would no longer share its days with those it is linked with."""
    group = group_of(course)
    if not are_together(group):
        names = listed(each.patient.short_name for each in group if each.pk != course.pk)
        raise CannotUndo(f"This child shares the days with {names}. Move them together instead.")


def _refuse_late(last: UndoableAct, now: datetime) -> None:
    if not last.is_open(now):
        ended = clock(timezone.localtime(last.until).time())
        raise CannotUndo(
            f"The time to undo this {last.get_kind_display()} ended at {ended}, {NOTHING_UNDONE}"
        )


def _refuse_acts_since(last: UndoableAct, course: Course) -> None:
    """Raise CannotUndo if the log, or a mail, says that anything else happened to the course since."""
    about = [course, *course.sessions.all(), *Reply.objects.filter(session__course=course)]
    if done := last_act(about, SAYS, since=last.last_event):
        raise CannotUndo(nothing_done(done))
    if course.version != last.left:
        raise ChangedMeanwhile(course)
    if course.messages.filter(kind__in=CALENDAR_KINDS, pk__gt=last.last_message).exists():
        raise CannotUndo(f"A mail about this course was written meanwhile, {NOTHING_UNDONE}")
    # A worker that had an earlier mail in hand at the moment of the act may have held it back because of it.
    withheld = course.messages.filter(status=MessageStatus.WITHHELD).defer("mime")
    if last_act(list(withheld), WITHHELD, since=last.last_event):
        raise CannotUndo(
            f"An earlier mail was withheld because of this {last.get_kind_display()}, {NOTHING_UNDONE}"
        )
    # Whoever was asked to ring a family has rung.
    opened = Task.objects.filter(pk__in=last.rows["opened"], done_at__isnull=False)
    if done := last_act(list(opened.exclude(kind=TaskKind.FREED)), SAYS, since=last.last_event):
        raise CannotUndo(nothing_done(done))


def _waiting_mails(last: UndoableAct, course: Course) -> models.QuerySet[Message]:
    """The mails of the act, locked against the worker. Raises CannotUndo if one has begun to leave.

    A worker claims a mail by a conditional update: it either has claimed it when the lock is got, or finds no
    row to claim.
    """
    mails = Message.objects.filter(pk__in=last.rows["messages"])
    waiting = {"status": MessageStatus.QUEUED, "attempts": 0}
    locked = list(mails.filter(**waiting).select_for_update().values_list("pk", flat=True))
    if len(locked) != len(last.rows["messages"]):
        raise CannotUndo(f"A mail of this {last.get_kind_display()} has begun to leave, {NOTHING_UNDONE}")
    return mails


def _forget_sessions(made: Sequence[int]) -> None:
    """Delete the days that the act made: nobody was told about them."""
    try:
        Session.objects.filter(pk__in=made).delete()
    except ProtectedError as fault:
        raise CannotUndo(f"Something was recorded about these days since, {NOTHING_UNDONE}") from fault


def _forget_dates(course: Course, made: Sequence[int], by: audit.Actor) -> None:
    """Delete the dates that the act noted as impossible for the family."""
    if made:
        before = _ranges(course)
        ImpossibleDates.objects.filter(pk__in=made).delete()
        changes = {"impossible_dates": [before, _ranges(course)]}
        record(Act.COURSE_IMPOSSIBLE_DATES_CHANGED, course, by, changes)


def _ranges(course: Course) -> list[tuple[date, date]]:
    rows = ImpossibleDates.objects.filter(course=course)
    return sorted({(row.first_day, row.last_day) for row in rows})


def _put_back_course(course: Course, last: UndoableAct, now: datetime) -> None:
    values = _typed(Course, last.rows["course"])
    status = CourseStatus(values.pop("status"))
    held_still = _is_to_move(course, last) and values["held_until"] and values["held_until"] > now
    if status == CourseStatus.BOOKED and not held_still:
        # Days that were held for a move were let go by the move, and nobody has them back.
        values |= {"held_until": None, "held_by_id": None}
    waits = (CourseStatus.WAITING, CourseStatus.HELD)
    if status in waits and course.patient.courses.to_book().exclude(pk=course.pk).exists():
        raise CannotUndo(f"Another course of this child is on the waiting list by now, {NOTHING_UNDONE}")
    if status != course.status:
        course.move_to(status, **values)
    else:
        for name, value in values.items():
            setattr(course, name, value)
        course.save(update_fields=list(values))


def _put_back_sessions(course: Course, last: UndoableAct) -> None:
    Session.objects.bulk_create(Session(**_typed(Session, values)) for values in last.rows["gone"])
    changed = {int(pk): _typed(Session, values) for pk, values in last.rows["changed"].items()}
    sessions = {session.pk: session for session in Session.objects.filter(pk__in=changed)}
    days = [(session, changed[pk].get("day", session.day)) for pk, session in sessions.items()]
    for session in placing.without_clash(days):
        values = changed[session.pk]
        if status := values.pop("status", None):
            session.move_to(SessionStatus(status), **values)
            continue
        for name, value in values.items():
            setattr(session, name, value)
        session.save(update_fields=list(values))


def _put_back_chairs(course: Course, last: UndoableAct, now: datetime) -> None:
    """Take the chairs of before again. Raises CannotUndo with every objection to that, by the rules.

    Where the rules objected before, and a task asked somebody to see to it, only a taken chair is in the way.
    """
    if _is_to_move(course, last):
        if course.held_until:
            _take(last.rows["places"])
            _refuse_objections(misfits_to_move(course, now))
        return
    if not last.visits_before:
        return
    stood_wrong = Task.objects.filter(pk__in=last.rows["closed"], course=course, kind__in=ASKED).exists()
    rules = {Rule.CHAIR_FREE} if stood_wrong else RULES
    _refuse_objections(objections_to(course, last.visits_before, now, rules))
    _take(last.rows["bookings"])


def _refuse_objections(objections: Sequence[Objection]) -> None:
    if objections:
        raise CannotUndo(NO_LONGER_FIT, *(str(objection.sentence) for objection in objections))


def _take(rows: Sequence[dict[str, Any]]) -> None:
    try:
        with transaction.atomic():
            Booking.objects.bulk_create(Booking(**_typed(Booking, values)) for values in rows)
    except IntegrityError as clash:
        raise CannotUndo(NO_LONGER_FIT, "Somebody else took the chair since.") from clash


def _put_back_tasks(last: UndoableAct, by: audit.Actor) -> None:
    note = f"The {last.get_kind_display()} was undone."
    close_tasks(_tasks(last.rows["opened"]), note, by=by)
    reopen_tasks(_tasks(last.rows["closed"]), by=by)
    said = {int(pk): says for pk, says in last.rows["reworded"].items()}
    for task in _tasks(said).filter(done_at__isnull=True):
        reword_task(task, said[task.pk], by=by)


def _tasks(keys: Any) -> TaskQuerySet:
    return Task.objects.filter(pk__in=list(keys))


def _typed(model: type[models.Model], values: dict[str, Any]) -> dict[str, Any]:
    """Kept values as the fields of a model have them."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    return {name: fields[name].to_python(value) for name, value in values.items()}
