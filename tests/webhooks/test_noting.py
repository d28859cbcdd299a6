"""What other systems are told: made of the log of acts, in its order, once, and only what is still so."""

import json
from datetime import UTC, timedelta

import pytest
from django.utils import timezone

from patients import audit
from patients.chain import chain_new_rows
from patients.models import AuditEvent, ErasedBecause, Patient
from scheduling.acts import Act
from scheduling.booking import bookings, holds, lost_days, undo
from scheduling.models import (
    ASKED_FOR,
    Booking,
    CancelReason,
    EventType,
    Given,
    LostBecause,
    Session,
    Task,
    UndoableAct,
    WebhookEvent,
    WebhookProgress,
)
from scheduling.retention.erase import erase
from scheduling.states import SessionStatus, WebhookStatus
from scheduling.visit import presses, recording
from scheduling.webhooks import endpoints, noting
from scheduling.webhooks.delivery import deliver_due
from scheduling.webhooks.sending import Answer
from tests import builders
from tests.builders.webhooks import a_system, noted

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit(db):
    return builders.unit(chairs=3, nurses=9, undo_minutes=2)


@pytest.fixture
def monday():
    return builders.next_monday(2)


def said(event):
    return json.loads(bytes(event.payload))


def types(events):
    return [event.type for event in events]


def take(*_):
    return Answer(204)


def after_the_undo():
    """Moments later nobody can undo the acts of before."""
    UndoableAct.objects.update(until=timezone.now() - timedelta(seconds=1))


def test_a_booking_is_told_with_keys_and_times_and_nobodys_name(unit, monday, coordinator):
    a_system()
    course = builders.book(unit, monday, coordinator, name="Ada Lark")
    (event,) = noted()
    first, second = course.live_sessions
    act = AuditEvent.objects.get(action=Act.COURSE_BOOKED)
    at = act.at.astimezone(UTC)
    visit = {"status": "booked", "sequence": 0}
    start, end = first.starts_at.astimezone(UTC), first.ends_at.astimezone(UTC)
    assert said(event) == {
        "type": "visit.booked",
        "timestamp": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "data": {
            "unit": {"id": str(unit.pk), "name": unit.name},
            "course": {"id": str(course.pk), "status": "booked"},
            "visits": [
                {"id": str(first.pk), "day": 1, **visit}
                | {"start": f"{start:%Y-%m-%dT%H:%M:%SZ}", "end": f"{end:%Y-%m-%dT%H:%M:%SZ}"},
                {"id": str(second.pk), "day": 2, **visit}
                | {
                    "start": f"{start + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}",
                    "end": f"{end + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}",
                },
            ],
        },
    }
    assert "." not in event.webhook_id
    child = course.patient
    for secret in (
        child.name,
        child.family_name if hasattr(child, "family_name") else "Lark",
        child.nhs_number,
    ):
        assert secret.encode() not in bytes(event.payload)


def test_each_act_has_its_type_in_the_order_in_which_it_was_done(unit, monday, coordinator):
    a_system()
    waits = builders.course(builders.patient("Bo Finch"), unit)
    bookings.cancel(course=waits, reason=CancelReason.HOSPITAL_OTHER, back_to_waiting=False, by=coordinator)
    held = builders.course(builders.patient("Cy Heron"), unit)
    later = monday + timedelta(days=21)
    holds.hold(
        course=held,
        visits=builders.visits(held, later),
        until=timezone.now() + timedelta(hours=3),
        by=coordinator,
    )
    bookings.cancel(course=held, reason=CancelReason.HOSPITAL_OTHER, back_to_waiting=False, by=coordinator)
    course = builders.book(unit, monday, coordinator, name="Di Wren")
    later = monday + timedelta(days=7)
    bookings.move(
        course=course,
        visits=builders.visits(course, later),
        reason=CancelReason.HOSPITAL_OTHER,
        by=coordinator,
    )
    second = course.sessions.get(number=2)
    approval = lost_days.Approval(LostBecause.UNWELL, "A fever.", "Dr Wren")
    lost_days.leave_out(session=second, approval=approval, by=coordinator)
    bookings.cancel(course=course, reason=CancelReason.HOSPITAL_OTHER, back_to_waiting=True, by=coordinator)
    assert types(noted()) == [EventType.BOOKED, EventType.MOVED, EventType.CANCELLED, EventType.CANCELLED]
    last = said(noted()[-1])["data"]
    assert last["course"]["status"] == "waiting"
    assert {visit["status"] for visit in last["visits"]} == {"cancelled"}
    assert [visit["sequence"] for visit in last["visits"]] == [2, 2]


def test_a_visit_is_told_whether_it_was_pressed_or_typed(unit, coordinator, nurse):
    a_system()
    pressed, typed, ended = (builders.visit_today(unit, name) for name in ("Bo Finch", "Cy Heron", "Di Wren"))
    for status in (SessionStatus.ARRIVED, SessionStatus.STARTED, SessionStatus.FULFILLED):
        presses.press(session=pressed, status=status, by=nurse)
    assert types(noted()) == [EventType.ARRIVED, EventType.FINISHED]
    assert [said(event)["data"]["visit"] for event in noted()] == [str(pressed.pk)] * 2

    now = timezone.now().replace(microsecond=0)
    came, left = now - timedelta(minutes=9), now - timedelta(minutes=2)
    times = dict.fromkeys(recording.TIMES) | {"arrived_at": came, "started_at": came, "finished_at": left}
    recording.record_times(session=typed, times=times, by=nurse)
    recording.record_outcome(session=typed, given=Given.IN_FULL, by=nurse)
    assert [(event.type, event.at) for event in noted()[2:]] == [
        (EventType.ARRIVED, came),
        (EventType.FINISHED, left),
    ]
    for status in (SessionStatus.ARRIVED, SessionStatus.STARTED):
        presses.press(session=ended, status=status, by=nurse)
    recording.record_outcome(session=ended, given=Given.IN_FULL, by=nurse)
    assert types(noted()[4:]) == [EventType.ARRIVED, EventType.FINISHED]


def test_what_is_undone_in_time_never_leaves(unit, monday, coordinator):
    a_system()
    course = builders.book(unit, monday, coordinator)
    noted()
    assert not deliver_due(post=take)
    undo.undo(course=course, by=coordinator)
    (event,) = noted()
    assert (event.status, event.problem) == (WebhookStatus.WITHHELD, noting.TAKEN_BACK_IN_TIME)
    after_the_undo()
    assert not deliver_due(post=take)
    # Undone before the worker came by at all.
    course = builders.book(unit, monday, coordinator)
    undo.undo(course=course, by=coordinator)
    assert [each.status for each in noted()] == [WebhookStatus.WITHHELD] * 2


def test_what_may_have_left_before_it_was_undone_is_told_to_be_no_more(unit, monday, coordinator):
    a_system()
    course = builders.book(unit, monday, coordinator)
    (booked,) = noted()
    WebhookEvent.objects.update(tried_at=timezone.now())
    gone = [str(session.pk) for session in course.live_sessions]
    undo.undo(course=course, by=coordinator)
    event = noted()[-1]
    assert event.type == EventType.TAKEN_BACK
    assert said(event)["data"] == {
        "unit": {"id": str(unit.pk), "name": unit.name},
        "course": {"id": str(course.pk), "status": "waiting"},
        "visits": [],
        "takes_back": booked.webhook_id,
    }
    assert gone == [visit["id"] for visit in said(booked)["data"]["visits"]]


def test_an_arrival_that_was_pressed_by_mistake_is_taken_back(unit, nurse):
    a_system(events=[EventType.ARRIVED])
    visit = builders.visit_today(unit, "Bo Finch")
    presses.press(session=visit, status=SessionStatus.ARRIVED, by=nurse)
    noted()
    assert deliver_due(post=take).taken == 1
    presses.undo(session=visit, by=nurse)
    arrived, back = noted()
    assert (back.type, said(back)["data"]["takes_back"]) == (EventType.TAKEN_BACK, arrived.webhook_id)
    assert said(back)["data"]["visits"][0]["status"] == "booked"
    assert deliver_due(post=take).taken == 1
    # The next time it is taken back before it left.
    presses.press(session=visit, status=SessionStatus.ARRIVED, by=nurse)
    presses.undo(session=visit, by=nurse)
    assert [each.status for each in noted()][2:] == [WebhookStatus.WITHHELD]


RESTRICTED = {"restricted": True, "restricted_because": "Asked to."}


@pytest.mark.parametrize("mark", [RESTRICTED, {"sensitive": True}])
def test_nothing_is_told_of_a_restricted_or_sensitive_child(unit, monday, coordinator, mark):
    a_system()
    course = builders.book(unit, monday, coordinator)
    Patient.objects.update(**mark)
    assert noted() == []
    Patient.objects.update(restricted=False, restricted_because="", sensitive=False)
    assert noted() == []
    bookings.cancel(course=course, reason=CancelReason.HOSPITAL_OTHER, back_to_waiting=True, by=coordinator)
    (event,) = noted()
    after_the_undo()
    Patient.objects.update(**mark)
    assert deliver_due(post=take).withheld == 1
    event.refresh_from_db()
    assert event.status == WebhookStatus.WITHHELD
    assert AuditEvent.objects.get(action=Act.WEBHOOKEVENT_WITHHELD).patient_id == course.patient_id


def test_a_system_hears_of_its_units_and_of_what_it_asked_for_since_it_was_added(unit, monday, coordinator):
    other = builders.unit(name="Other unit", chairs=3, nurses=9)
    # The worker has not read it when the systems are added.
    before = builders.book(other, monday, coordinator, name="Bo Finch")
    a_system(name="Only moves", events=[EventType.MOVED])
    a_system(name="Only the other", units=[other])
    here = builders.book(unit, monday, coordinator, name="Cy Heron")
    there = builders.book(other, monday, coordinator, name="Di Wren", chair=other.chairs.all()[1])
    for week, course in enumerate((before, here, there), start=1):
        chair = course.unit.chairs.all()[2]
        visits = builders.visits(course, monday + timedelta(days=7 * week), chair=chair)
        bookings.move(course=course, visits=visits, reason=CancelReason.HOSPITAL_OTHER, by=coordinator)
    moved = [("Only moves", EventType.MOVED, course.pk) for course in (before, here, there)]
    booked = [("Only the other", EventType.BOOKED, there.pk)]
    also = [("Only the other", EventType.MOVED, course.pk) for course in (before, there)]
    told = [(event.endpoint.name, event.type, event.course_id) for event in noted()]
    assert sorted(told) == sorted(moved + booked + also)


def test_a_row_that_is_committed_late_is_told_and_none_twice(unit, monday, coordinator, monkeypatch):
    """Keys are given before rows are committed: one that comes late has a lower key than those before."""
    monkeypatch.setattr(noting, "BATCH", 2)
    a_system()
    courses = [
        builders.book(unit, monday + timedelta(days=7 * n), coordinator, name=f"Bo Finch{n}")
        for n in range(5)
    ]
    assert [event.course_id for event in noted()] == [course.pk for course in courses]
    last = AuditEvent.objects.latest("pk")
    facts = {"record": "course", "actor_name": "Cora", "at": timezone.now(), "salt": "s"}
    days = {"days": ["Monday"]}
    early, late = last.pk + 10, last.pk + 20
    AuditEvent.objects.create(
        pk=late, action=Act.COURSE_BOOKED, record_id=courses[1].pk, changes=days, **facts
    )
    assert len(noted()) == 6
    AuditEvent.objects.create(
        pk=early, action=Act.COURSE_BOOKED, record_id=courses[0].pk, changes=days, **facts
    )
    assert [event.act_id for event in noted()[5:]] == [late, early]
    WebhookProgress.objects.update(read_to=0)
    assert len(noted()) == 7


def test_a_worker_that_began_before_another_does_not_read_again(unit, monday, coordinator, monkeypatch):
    """Else a booking would be withheld for the undo of the booking before it."""
    a_system()
    course = builders.book(unit, monday, coordinator)
    chain_new_rows(stopping=bool)
    acts_of = noting._acts

    def and_meanwhile_another(progress, head):
        monkeypatch.setattr(noting, "_acts", acts_of)
        undo.undo(course=course, by=coordinator)
        builders.book(unit, monday + timedelta(days=7), coordinator, name="Cy Heron")
        assert len(noted()) == 2
        return acts_of(progress, head)

    monkeypatch.setattr(noting, "_acts", and_meanwhile_another)
    noting.note_new(timezone.now())
    assert WebhookProgress.objects.get().read_to == noting.head_of_log()


def test_what_was_told_of_an_earlier_act_is_not_taken_back_with_a_later_one(unit, monday, coordinator, lead):
    system, _ = a_system()
    course = builders.book(unit, monday, coordinator)
    wanted = {"name": system.name, "address": system.address, "units": [], "by": lead}

    def move(weeks):
        bookings.move(
            course=course,
            visits=builders.visits(course, monday + timedelta(weeks=weeks)),
            reason=CancelReason.HOSPITAL_OTHER,
            by=coordinator,
        )

    move(1)
    noted()
    WebhookEvent.objects.update(tried_at=timezone.now())
    endpoints.change(endpoint=system, events=[EventType.BOOKED], **wanted)
    move(2)
    noted()
    endpoints.change(endpoint=system, events=[EventType.MOVED], **wanted)
    undo.undo(course=course, by=coordinator)
    assert types(noted()) == [EventType.BOOKED, EventType.MOVED]


def test_a_course_that_is_taken_out_of_the_records_takes_back_what_was_told(unit, monday, coordinator):
    """As taking a spreadsheet back does: of what it brought no row is left."""
    a_system()
    course = builders.book(unit, monday, coordinator)
    (booked,) = noted()
    WebhookEvent.objects.update(tried_at=timezone.now())
    key = str(course.pk)
    Task.objects.all().delete()
    Booking.objects.all().delete()
    Session.objects.all().delete()
    audit.delete(course, by=coordinator, patient=course.patient)
    data = said(noted()[-1])["data"]
    assert (data["course"], data["visits"]) == ({"id": key, "status": "removed"}, [])
    assert data["takes_back"] == booked.webhook_id


def test_an_erased_child_leaves_nothing_in_the_outbox(unit, monday, coordinator, lead):
    a_system()
    course = builders.book(unit, monday, coordinator, name="Bo Finch")
    builders.book(unit, monday, coordinator, name="Cy Heron", chair=unit.chairs.all()[1])
    bookings.cancel(course=course, reason=CancelReason.HOSPITAL_OTHER, back_to_waiting=False, by=coordinator)
    assert len(noted()) == 3
    erase(patient=course.patient, because=ErasedBecause.ASKED, reason="The family asked.", by=lead)
    assert [event.course_id for event in noted()] != [course.pk]
    assert WebhookEvent.objects.count() == 1


def test_while_nothing_happens_nothing_is_written(unit, django_assert_num_queries):
    a_system()
    noted()
    with django_assert_num_queries(4):
        assert noting.note_new(timezone.now()) == 0


def test_every_type_can_be_asked_for_but_the_two_that_follow_by_themselves():
    assert set(EventType) - set(ASKED_FOR) == {EventType.TAKEN_BACK, EventType.TEST}
