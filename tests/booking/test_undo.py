"""Undoing the last act on a course: in time every row is as it was and nothing leaves; else it says why."""

import json
from collections.abc import Callable
from datetime import time, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from patients import changes
from patients.models import AuditEvent, Patient
from scheduling.answers import replies
from scheduling.booking import (
    agreements,
    bookings,
    contact_log,
    holds,
    lost_days,
    sharing,
    together,
    undo,
)
from scheduling.booking.undoable import forget_old
from scheduling.doctor.breaches import find_breaches
from scheduling.errors import CannotUndo, ChangedMeanwhile
from scheduling.models import (
    Answer,
    Booking,
    CancelReason,
    Closure,
    ContactOutcome,
    Course,
    ImpossibleDates,
    LostBecause,
    Message,
    OpeningHours,
    Session,
    SharedBecause,
    Source,
    Task,
    TaskKind,
    UndoableAct,
    Unit,
    Way,
)
from scheduling.tasks.doing import finish
from scheduling.tasks.opening import open_task
from scheduling.telling import ask_for_days, by_person, delivery, resend
from scheduling.telling.delivery import deliver_due
from scheduling.telling.due_mails import Lot
from scheduling.unit import setup
from tests import builders
from tests.fakes.post import Post

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
FAMILY, UNWELL = CancelReason.FAMILY_REQUEST, CancelReason.FAMILY_UNWELL


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as travel:
        yield travel


@pytest.fixture
def unit(db):
    return builders.unit(undo_minutes=2)


@pytest.fixture
def course(unit):
    child = builders.patient("Ada Lark")
    builders.contact(child, "Mia Lark", email="mia@example.com")
    builders.contact(child, "Dan Lark", email="dan@example.com")
    return builders.course(child, unit)


@pytest.fixture
def other(course):
    """Somebody else who waits, and may come on the same days."""
    return builders.course(builders.patient("Bo Wren"), course.unit)


def fresh(course):
    return Course.objects.select_related("unit", "patient").get(pk=course.pk)


def at(course, weeks=2, **where):
    return builders.visits(course, builders.next_monday(weeks), **where)


def book(course, by, weeks=2, **where):
    return bookings.book(course=fresh(course), visits=at(course, weeks, **where), by=by)


def hold(course, by, weeks=2):
    return holds.hold(course=fresh(course), visits=at(course, weeks), hours=48, by=by)


def move(course, by, weeks=3, reason=FAMILY, **where):
    visits = at(course, weeks, **where)
    return bookings.move(course=fresh(course), visits=visits, reason=reason, by=by)


def move_a_day_later(course, by):
    visits = builders.visits(course, builders.next_monday(2) + timedelta(days=1))
    return bookings.move(course=fresh(course), visits=visits, reason=FAMILY, by=by)


def change_the_chair(course, by):
    return move(course, by, weeks=2, chair=course.unit.chairs.last())


def cancel(course, by, back=True, reason=FAMILY):
    return bookings.cancel(course=fresh(course), reason=reason, back_to_waiting=back, by=by)


def end(course, by):
    return cancel(course, by, back=False, reason=CancelReason.NOT_NEEDED)


def waits(course, by):
    """Nothing has been done with it."""


def is_asked_to_hold_again(course, by):
    open_task(TaskKind.HOLD_LAPSED, "Ring.", about=course, due_on=timezone.localdate(), by=by)


def is_told(course, by):
    book(course, by)
    settled()


def is_told_of_a_move(course, by):
    is_told(course, by)
    move(course, by, weeks=4)
    settled()


def stands_on_a_closed_day(course, by):
    is_told(course, by)
    monday = builders.next_monday(2)
    closure = Closure(unit=course.unit, first_day=monday, last_day=monday, reason="deep clean")
    setup.close_days(closure=closure, seen=[course.pk], by=by)


def is_declined(course, by):
    is_told(course, by)
    for day in course.sessions.all():
        open_task(TaskKind.DECLINED, "Cannot come.", about=day, due_on=timezone.localdate(), by=by)


def nobody_may_be_written_to(course, by):
    is_told(course, by)
    Patient.objects.filter(pk=course.patient_id).update(restricted=True, restricted_because="Court order")


def leaves_room_that_another_takes(course, by):
    """A task says that the place where it goes is free."""
    gone = builders.course(builders.patient("Cy Tern"), course.unit)
    book(gone, by, weeks=3)
    is_told(course, by)
    end(gone, by)
    assert Task.objects.open().filter(kind=TaskKind.FREED).exists()


def is_told_and_may_move(course, by):
    is_told(course, by)
    hold(course, by, weeks=4)


def holds_to_move(course, by):
    return hold(course, by, weeks=3)


def settled():
    """What came before can no longer be undone, and its mails have left."""
    later = timezone.now() + 11 * MINUTE
    deliver_due(now=later, transport=Post())
    UndoableAct.objects.all().delete()


def state():
    """Everything that an act on a course changes, and the place on the waiting list."""
    tasks = Task.objects.filter(done_at=None)
    return {
        "courses": list(Course.objects.order_by("pk").values()),
        "sessions": list(Session.objects.order_by("pk").values()),
        "bookings": list(Booking.objects.order_by("pk").values()),
        "dates": list(ImpossibleDates.objects.order_by("pk").values()),
        "messages": [{**row, "mime": bytes(row["mime"])} for row in Message.objects.order_by("pk").values()],
        "tasks": list(tasks.order_by("pk").values()),
        "waiting list": list(Course.objects.waiting().values_list("pk", flat=True)),
    }


ACTS: list[tuple[Callable, Callable, bool]] = [
    # What came before, the act, and whether a mail waits because of it.
    (waits, book, True),
    (is_asked_to_hold_again, book, True),
    (hold, book, True),
    (hold, lambda course, by: book(course, by, weeks=3), True),
    (nobody_may_be_written_to, cancel, False),
    (waits, hold, False),
    (is_asked_to_hold_again, hold, False),
    (hold, lambda course, by: hold(course, by, weeks=3), False),
    (is_told, holds_to_move, False),
    (is_told_and_may_move, holds_to_move, False),
    (stands_on_a_closed_day, holds_to_move, False),
    (is_told, move, True),
    (is_told, move_a_day_later, True),
    (is_told, change_the_chair, False),
    (is_told_of_a_move, move, True),
    (is_declined, move, True),
    (stands_on_a_closed_day, move, True),
    (leaves_room_that_another_takes, move, True),
    (nobody_may_be_written_to, move, False),
    (book, move, True),
    (is_told, cancel, True),
    (is_told, end, True),
    (is_declined, cancel, True),
    (stands_on_a_closed_day, cancel, True),
    (book, cancel, True),
    (hold, end, False),
    (waits, end, False),
]


def name(case):
    return getattr(case, "__name__", str(case))


@pytest.mark.parametrize(("earlier", "act", "writes"), ACTS, ids=name)
def test_in_time_every_row_is_as_it_was_and_nothing_leaves(
    clock, course, other, coordinator, lead, earlier, act, writes
):
    earlier(course, coordinator)
    UndoableAct.objects.all().delete()
    before = state()
    clock.shift(MINUTE)
    done = act(course, coordinator)
    assert bool(done.messages) == writes
    assert state() != before
    post = Post()
    for wait in (timedelta(0), 2 * MINUTE - SECOND):
        clock.shift(wait)
        deliver_due(transport=post)
    undo.undo(course=course, by=lead)
    assert state() == before
    assert post.mails == []
    assert not UndoableAct.objects.exists()
    assert list(find_breaches(timezone.now())) == []
    last = AuditEvent.objects.filter(record="course", record_id=course.pk, action="course.undone").get()
    assert last.actor_name == "Lee Lead"


FOUR = [(waits, book, 4), (is_told, move, 4), (is_told, cancel, 4), (waits, hold, 0)]


@pytest.mark.parametrize(("earlier", "act", "mails"), FOUR, ids=name)
@pytest.mark.parametrize("minutes", [2, 5])
def test_the_mails_leave_the_moment_it_can_no_longer_be_undone(
    clock, course, coordinator, earlier, act, mails, minutes
):
    """However long the unit has set; a stopped worker changes nothing about it."""
    Unit.objects.update(undo_minutes=minutes)
    earlier(course, coordinator)
    act(course, coordinator)
    post = Post()
    clock.shift(minutes * MINUTE - SECOND)
    deliver_due(transport=post)
    assert post.mails == []
    clock.shift(SECOND)
    left = state()
    with pytest.raises(
        CannotUndo, match=r"The time to undo this \w+ ended at 9:\d\dam, so nothing was undone"
    ):
        undo.undo(course=course, by=coordinator)
    assert state() == left
    deliver_due(transport=post)
    assert len(post.mails) == mails


@pytest.mark.parametrize(("earlier", "act", "mails"), FOUR, ids=name)
def test_a_unit_without_time_to_undo_sends_at_once_and_asks_nothing_more(
    clock, course, coordinator, earlier, act, mails
):
    Unit.objects.update(undo_minutes=0)
    earlier(course, coordinator)
    with CaptureQueriesContext(connection) as queries:
        act(course, coordinator)
    assert [query for query in queries.captured_queries if "undoableact" in query["sql"]] == []
    with pytest.raises(ChangedMeanwhile):
        undo.undo(course=course, by=coordinator)
    post = Post()
    deliver_due(transport=post)
    assert len(post.mails) == mails


def test_mails_of_others_and_those_that_wait_for_a_hold_do_not_wait(clock, course, other, coordinator, unit):
    """Only those about the course itself: an earlier one might be replaced by what is undone."""
    builders.contact(other.patient, "Wil Wren", email="wil@example.com")
    bookings.book(course=other, visits=at(other, 5), by=coordinator)
    clock.shift(MINUTE)
    book(course, coordinator)
    clock.shift(MINUTE)
    post = Post()
    deliver_due(transport=post)
    assert {address for address, _ in post.mails} == {"wil@example.com"}
    clock.shift(MINUTE)
    deliver_due(transport=post)
    assert {address for address, _ in post.mails} == {"wil@example.com", "mia@example.com", "dan@example.com"}

    cancel(course, coordinator, reason=UNWELL)
    settled()
    ask_for_days.ask_for_days(course=fresh(course), by=coordinator)
    hold(course, coordinator)
    deliver_due(transport=post)
    assert len(post.mails) == 2 + 4 + 2


# What happened since stands in the way


def is_told_by_phone(course, by):
    by_person.note_told(course=fresh(course), contact=course.patient.contacts.first(), way=Way.PHONE, by=by)


def a_try_to_reach_the_family(course, by):
    contact_log.note_attempt(course=course, outcome=ContactOutcome.NO_ANSWER, by=by)


def an_answer(course, by):
    day, contact = fresh(course).live_sessions[0], course.patient.contacts.first()
    said = {"answer": Answer.ACCEPTED, "source": Source.PAGE, "sequence": 0, "stamp": timezone.now()}
    replies.record_answer(session=day, contact=contact, by=by, **said)


def a_day_is_lost(course, by):
    lost_days.report(session=fresh(course).live_sessions[0], because=LostBecause.UNWELL, by=by)


def another_priority(course, by):
    changed = fresh(course)
    changed.priority = 0
    agreements.save_agreed(course=changed, impossible_dates=[], by=by, fields=["priority"])


def somebody_may_be_written_to_now(course, by):
    builders.contact(course.patient, "Gran Lark", email="gran@example.com")
    bookings.invite_untold(course=fresh(course), by=by)


def a_mail_is_sent_again(course, by):
    resend.send_again(message=course.messages.first(), by=by)


def another_address(course, by):
    contact = course.patient.contacts.first()
    contact.email = "new@example.com"
    changes.save(contact, by=by)


def the_family_is_rung(course, by):
    finish(task=Task.objects.open().get(kind=TaskKind.NOBODY_TOLD), note="Rung.", by=by)


def another_course_is_agreed(course, by):
    builders.course(course.patient, course.unit)


MEANWHILE = [
    (waits, book, is_told_by_phone, "Lee Lead told the family of the days of this course"),
    (waits, book, a_day_is_lost, "Lee Lead reported that a day of this course cannot happen"),
    (waits, book, another_priority, "Lee Lead changed what was agreed about this course"),
    (waits, book, somebody_may_be_written_to_now, "Lee Lead sent the invites of this course"),
    (waits, book, another_course_is_agreed, "Another course of this child is on the waiting list by now"),
    (is_told, move, an_answer, "Lee Lead recorded this reply"),
    (is_told, move, a_day_is_lost, "Lee Lead reported that a day of this course cannot happen"),
    (is_told, change_the_chair, a_mail_is_sent_again, "A mail about this course was written meanwhile"),
    (is_told, move, another_address, "Lee Lead changed where the mails of this course go"),
    (is_told, cancel, a_try_to_reach_the_family, "Lee Lead tried to reach the family"),
    (nobody_may_be_written_to, cancel, the_family_is_rung, "Lee Lead marked this task as done"),
    (waits, hold, a_try_to_reach_the_family, "Lee Lead tried to reach the family"),
]


@pytest.mark.parametrize(("earlier", "act", "meanwhile", "words"), MEANWHILE, ids=name)
def test_what_was_done_since_stands_in_the_way_by_name(
    clock, course, coordinator, lead, earlier, act, meanwhile, words
):
    earlier(course, coordinator)
    act(course, coordinator)
    clock.shift(SECOND)
    meanwhile(course, lead)
    left = state()
    with pytest.raises(CannotUndo, match=words) as refusal:
        undo.undo(course=course, by=coordinator)
    assert "so nothing was " in str(refusal.value)
    assert state() == left


@pytest.mark.parametrize("seen", ["of the page", None])
def test_another_act_takes_the_place_of_the_one_before(clock, course, coordinator, lead, seen):
    book(course, coordinator)
    before, page = state(), str(UndoableAct.objects.get().pk)
    move(course, lead)
    if seen:
        with pytest.raises(ChangedMeanwhile, match="Lee Lead moved this course"):
            undo.undo(course=course, by=coordinator, seen=page)
    undo.undo(course=course, by=coordinator, seen=str(UndoableAct.objects.get().pk))
    assert state() == before
    with pytest.raises(ChangedMeanwhile, match="Cora Coordinator undid the last change of this course"):
        undo.undo(course=course, by=lead, seen=page if seen else None)


def test_a_hold_that_has_lapsed_is_not_undone(clock, course, coordinator):
    hold(course, coordinator)
    Course.objects.update(held_until=timezone.now() + MINUTE)
    clock.shift(MINUTE)
    with pytest.raises(CannotUndo, match="The hold on this course lapsed"):
        undo.undo(course=course, by=coordinator)


# The place of before


def nobody_starts_another(course, other, by):
    """In another chair at the same time, with the only nurse."""
    Unit.objects.update(cannulation_minutes=30, children_per_nurse=1)
    OpeningHours.objects.update(nurses=1)
    visits = builders.visits(course, builders.next_monday(2), chair=course.unit.chairs.last())
    bookings.book(course=other, visits=visits, by=by)


def somebody_takes_the_chair(course, other, by):
    bookings.book(course=other, visits=at(other), by=by)


def the_unit_closes(course, other, by):
    monday = builders.next_monday(2)
    closure = Closure(unit=course.unit, first_day=monday, last_day=monday, reason="deep clean")
    setup.close_days(closure=closure, seen=[], by=by)


@pytest.mark.parametrize("meanwhile", ["taken", "closed", "lapsed"])
def test_of_days_held_to_move_those_before_come_back_only_if_they_could(
    clock, course, other, coordinator, meanwhile
):
    is_told_and_may_move(course, coordinator)
    holds_to_move(course, coordinator)
    fourth = builders.next_monday(4)
    if meanwhile == "taken":
        bookings.book(course=other, visits=at(other, weeks=4), by=coordinator)
    elif meanwhile == "closed":
        closure = Closure(unit=course.unit, first_day=fourth, last_day=fourth, reason="deep clean")
        setup.close_days(closure=closure, seen=[], by=coordinator)
    else:
        act = UndoableAct.objects.get()
        act.rows["course"]["held_until"] = (timezone.now() - SECOND).isoformat()
        act.save()
        undo.undo(course=course, by=coordinator)
        assert (fresh(course).held_until, Booking.objects.filter(held_for=course).count()) == (None, 0)
        return
    with pytest.raises(CannotUndo, match="no longer fit"):
        undo.undo(course=course, by=coordinator)
    assert {place.visit.day for place in fresh(course).places_to_move_to} == {
        builders.next_monday(3),
        builders.next_monday(3) + timedelta(days=1),
    }


# Several at once


@pytest.fixture
def both(course, other, coordinator):
    """Courses of children who share their days, each in its chair."""
    sharing.link(course=course, other=other, because=SharedBecause.FRIENDS, by=coordinator)
    return [fresh(each) for each in (course, other)]


def placed(both, by, weeks=2):
    chairs = both[0].unit.chairs.all()
    places = zip(both, chairs, strict=False)
    moves = [together.Move(fresh(each), at(each, weeks, chair=chair)) for each, chair in places]
    return together.move_together(moves=moves, reason=FAMILY, by=by)


@pytest.mark.parametrize("earlier", [waits, placed], ids=name)
def test_what_was_done_to_several_at_once_is_undone_for_all(clock, both, coordinator, lead, earlier):
    earlier(both, coordinator)
    settled()
    before = state()
    placed(both, coordinator, weeks=3)
    assert state() != before
    undo.undo(course=both[1], by=lead)
    assert state() == before
    assert list(find_breaches(timezone.now())) == []
    undone = AuditEvent.objects.filter(action="course.undone", actor_name="Lee Lead")
    assert {event.record_id for event in undone} == {each.pk for each in both}


def test_courses_that_changed_places_are_put_back_though_each_stood_where_the_other_was(
    clock, both, coordinator
):
    placed(both, coordinator)
    settled()
    before = state()
    placed(both[::-1], coordinator)
    undo.undo(course=both[0], by=coordinator)
    assert state() == before


def test_what_stands_in_the_way_of_one_is_in_the_way_of_all_and_names_the_child(
    clock, both, other, coordinator, lead
):
    placed(both, coordinator)
    a_day_is_lost(other, lead)
    with pytest.raises(CannotUndo, match="Bo W: Lee Lead"):
        undo.undo(course=both[0], by=coordinator)
    bookings.cancel(course=fresh(other), reason=FAMILY, back_to_waiting=True, by=lead, decided="Dr Wren")
    with pytest.raises(ChangedMeanwhile, match="Lee Lead ended the link"):
        undo.undo(course=both[0], by=coordinator)
    assert fresh(both[0]).status == "booked"


@pytest.mark.parametrize(
    ("earlier", "act"), [(is_told, move), (is_told, cancel), (hold, lambda c, by: hold(c, by, weeks=3))]
)
@pytest.mark.parametrize(
    ("meanwhile", "words"),
    [
        (somebody_takes_the_chair, "Chair 1 is taken from 9am to 1pm"),
        (nobody_starts_another, "nurse"),
        (the_unit_closes, r"The unit is closed \(deep clean\)"),
    ],
    ids=name,
)
def test_a_place_that_is_no_longer_free_is_named_by_its_rule(
    clock, course, other, coordinator, lead, earlier, act, meanwhile, words
):
    earlier(course, coordinator)
    act(course, coordinator)
    meanwhile(course, other, lead)
    left = state()
    with pytest.raises(CannotUndo, match=words) as refusal:
        undo.undo(course=course, by=coordinator)
    assert refusal.value.reasons[0] == "The days that this course had no longer fit, so nothing was undone."
    assert state() == left


def test_where_it_did_not_fit_before_a_taken_chair_is_still_in_the_way(clock, course, other, coordinator):
    stands_on_a_closed_day(course, coordinator)
    move(course, coordinator)
    builders.take(course.unit.chairs.first(), builders.next_monday(2) + timedelta(days=1), time(9), time(10))
    with pytest.raises(CannotUndo, match="Chair 1 is taken from 9am to 10am on Tuesday"):
        undo.undo(course=course, by=coordinator)


# Against the worker


@pytest.mark.parametrize(("earlier", "act", "mails"), FOUR[:3], ids=name)
def test_a_mail_that_has_begun_to_leave_is_too_late(clock, course, coordinator, earlier, act, mails):
    """The worker's clock is ahead of ours."""
    earlier(course, coordinator)
    act(course, coordinator)
    refused = []

    def pressed():
        with pytest.raises(CannotUndo, match="has begun to leave, so nothing was undone") as refusal:
            undo.undo(course=course, by=coordinator)
        refused.append(refusal)

    post = Post(happen=pressed)
    deliver_due(now=timezone.now() + 2 * MINUTE, transport=post)
    assert len(refused) == len(post.mails) == mails


@pytest.mark.parametrize(("earlier", "act", "mails"), FOUR[:3], ids=name)
def test_a_mail_that_a_worker_only_looks_at_does_not_leave_any_more(
    clock, course, coordinator, monkeypatch, earlier, act, mails
):
    earlier(course, coordinator)
    before, why = state(), delivery.why_withheld
    act(course, coordinator)

    def meanwhile(*args):
        monkeypatch.setattr(delivery, "why_withheld", why)
        found = why(*args)
        undo.undo(course=course, by=coordinator)
        return found

    monkeypatch.setattr(delivery, "why_withheld", meanwhile)
    post = Post()
    deliver_due(now=timezone.now() + 2 * MINUTE, transport=post)
    assert post.mails == []
    assert state() == before


def test_an_earlier_mail_withheld_in_the_same_moment_is_not_lost_unseen(
    clock, course, coordinator, monkeypatch
):
    """A worker had the invite in hand, and had asked whether it was as read, when the course was moved."""
    book(course, coordinator)
    clock.shift(2 * MINUTE)
    why = delivery.why_withheld

    def meanwhile(*args):
        monkeypatch.setattr(delivery, "why_withheld", why)
        move(course, coordinator)
        return why(*args)

    monkeypatch.setattr(delivery, "why_withheld", meanwhile)
    monkeypatch.setattr(Lot, "stands", lambda *_: True)
    deliver_due(transport=Post())
    with pytest.raises(CannotUndo, match="An earlier mail was withheld because of this move"):
        undo.undo(course=course, by=coordinator)


def test_what_would_undo_an_act_is_forgotten_a_day_after(clock, course, coordinator):
    book(course, coordinator)
    clock.shift(timedelta(days=1, minutes=2) - SECOND)
    assert str(forget_old()) == "Undo: 0 acts forgotten."
    clock.shift(SECOND)
    assert str(forget_old()) == "Undo: 1 act forgotten."
    assert not UndoableAct.objects.exists()


def test_what_is_kept_names_nobody(clock, course, coordinator):
    is_declined(course, coordinator)
    move(course, coordinator)
    kept = json.dumps(UndoableAct.objects.get().rows)
    for word in ("Ada", "Mia", "Dan", "example.com", "Cora", "Coordinator", "Wren"):
        assert word not in kept
