"""What families do on their page: ask for something, say what they cannot do, say how it went.

None of it changes a booked day: a person reads it.
"""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from patients import audit
from patients.models import Contact
from scheduling.acts import Act, record
from scheduling.answers.family_limits import is_less
from scheduling.booking.agreements import save_agreed
from scheduling.booking.child_limits import Limits, all_limits, limits_of, set_limits
from scheduling.errors import ChangedMeanwhile, Refused
from scheduling.models import (
    Ask,
    CheckIn,
    Course,
    Effect,
    FamilyRequest,
    TaskKind,
)
from scheduling.models.family import LONGEST_SAID
from scheduling.states import CourseStatus
from scheduling.tasks.opening import open_task
from scheduling.telling.open_on_symptoms import open_until
from scheduling.unit.due_days import due_before
from scheduling.unit.lock import lock_unit

# The same words again within this time are the same form sent twice.
TWICE = timedelta(minutes=10)

TASKS = {
    Ask.CHANGE: (
        TaskKind.CHANGE,
        "The family asks for a change. Ring them: until then nothing changes.",
    ),
    Ask.UNWELL: (TaskKind.UNWELL, "The family says that the child is unwell. Ring them today."),
    Ask.PAIN: (
        TaskKind.PAIN_BACK,
        "The child is open on symptoms, and the family says that the pain is back. Ring them today.",
    ),
    Ask.LATE: (
        TaskKind.CHANGE,
        "The family sent this from its page while the course was being changed, so nothing was done with it. "
        "Read it, and ring them.",
    ),
    Ask.DATES: (TaskKind.DATES, "The family says which days it cannot do. Read it before you book or move."),
}
TAKEN_BACK = (
    "On the family’s page somebody took back days or times that were given as impossible. See on the course "
    "page what changed, and ask whoever brings the child before you book."
)


@transaction.atomic
def name_child(*, contact: Contact, name: str, by: audit.Actor) -> None:
    """Keep how a contact wants the child to be called in what goes to it; empty for no name any more."""
    contact = Contact.objects.select_for_update().get(pk=contact.pk)
    contact.calls_child = name
    audit.save(contact, by=by, patient=contact.patient_id)


@transaction.atomic
def ask(
    *, course: Course, contact: Contact, kind: Ask, says: str, by: audit.Actor, sentence: str = ""
) -> FamilyRequest:
    """Save what a family asks for, with a task for today. The same form sent twice is saved once.

    sentence: what the task says, if not the usual words for this kind.
    """
    # The lock makes two clicks at once wait for each other.
    course = Course.objects.select_for_update(of=["self"]).select_related("unit").get(pk=course.pk)
    now, says = timezone.now(), says[:LONGEST_SAID]
    task, usual = TASKS[kind]
    before = course.family_requests.filter(contact=contact, kind=kind).first()
    # Without a word of theirs, what the task says is all that tells two apart.
    asked_before = before and before.tasks.filter(kind=task, says=sentence or usual).exists()
    if asked_before and before.says == says and before.at > now - TWICE:
        return before
    request = FamilyRequest.objects.create(course=course, contact=contact, kind=kind, says=says, at=now)
    record(Act.COURSE_FAMILY_ASKED, course, by, {"what": kind.label})
    open_task(task, sentence or usual, about=request, due_on=due_before(course), by=by)
    return request


@transaction.atomic
def pain_is_back(*, course: Course, contact: Contact, pain: int, says: str, by: audit.Actor) -> FamilyRequest:
    """Save that the pain is back, with a task for a nurse today. The history shows the pain as a check-in.

    says: how it is, where and since when, in words. Raises Refused if the child is not open on symptoms.
    """
    if open_until(course.patient, timezone.localdate()) is None:
        raise Refused("The child is not open on symptoms any more.")
    before = course.family_requests.filter(contact=contact, kind=Ask.PAIN).first()
    request = ask(course=course, contact=contact, kind=Ask.PAIN, says=says, by=by)
    if request != before:
        CheckIn.objects.create(course=course, contact=contact, pain=pain, at=request.at)
        record(Act.COURSE_CHECKED_IN, course, by)
    return request


@transaction.atomic
def tell_limits(
    *,
    course: Course,
    contact: Contact,
    said: Limits,
    wishes: str,
    by: audit.Actor,
) -> Course:
    """Save when a contact cannot come, so that every search for this child keeps to it. wishes: free text,
    which becomes a task.

    said: replaces what this contact had said; what others said stays. Of the answers about short notice the
    last one given counts. There is also a task if something has become possible again, and after any change
    while days are held, as the family may not be able to do them. Raises ChangedMeanwhile if the course's
    status has changed since the page was opened.
    """
    lock_unit(course.unit_id)
    saved = Course.objects.select_related("unit", "patient").get(pk=course.pk)
    if saved.status != course.status:
        raise ChangedMeanwhile(saved)
    before = all_limits(saved)
    if said.short_notice is not None or limits_of(saved.patient_id, contact).short_notice is not None:
        saved.short_notice = said.short_notice
        dates = saved.impossible_ranges
        saved = save_agreed(course=saved, impossible_dates=dates, fields=("short_notice",), by=by)
    set_limits(patient=saved.patient, contact=contact, said=said, by=by)
    taken_back = is_less(before, all_limits(saved), timezone.localdate())
    if wishes or taken_back or saved.status == CourseStatus.HELD:
        sentence = TAKEN_BACK if taken_back else ""
        ask(course=saved, contact=contact, kind=Ask.DATES, says=wishes, by=by, sentence=sentence)
    return saved


@transaction.atomic
def check_in(
    *,
    course: Course,
    contact: Contact,
    pain: int | None,
    effects: Sequence[Effect] | None,
    note: str,
    by: audit.Actor,
) -> CheckIn:
    """Save how it went, with a task for a nurse to read it. The same form sent twice is saved once.

    pain: 0 to 10, or None. effects: those there were; empty for none of them, None if not answered. If the
    only answer is that there were none, no task is opened. Raises Refused if nothing was answered.
    """
    if pain is None and effects is None and not note:
        raise Refused("Nothing was answered.")
    course = Course.objects.select_for_update(of=["self"]).select_related("unit").get(pk=course.pk)
    now, values = timezone.now(), None if effects is None else [str(effect) for effect in effects]
    before = course.check_ins.filter(contact=contact).first()
    if (
        before
        and before.at > now - TWICE
        and (before.pain, before.effects, before.note) == (pain, values, note)
    ):
        return before
    made = CheckIn.objects.create(
        course=course, contact=contact, pain=pain, effects=values, note=note, at=now
    )
    record(Act.COURSE_CHECKED_IN, course, by)
    if pain is not None or effects or note:
        says = "The family says how it went. Read it, and ring them if that is needed."
        open_task(TaskKind.CHECK_IN, says, about=made, due_on=due_before(course), by=by)
    return made
